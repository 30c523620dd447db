"""Protocol of an estimator of mutual information: columns are prepared once each, then compared pair by pair."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Estimator(Protocol):
    """From columns of values to the mutual information of pairs of them, in nats."""

    def prepare(self, columns: np.ndarray) -> np.ndarray:
        """Prepare columns for comparison, so that a column in many pairs is prepared once.

        Parameters
        ----------
        columns : numpy.ndarray of shape (n_columns, n_samples)
            Finite values, one row a feature.

        Returns
        -------
        numpy.ndarray of shape (n_columns, n_samples)
            With the samples in the same order, so that permuting commutes with preparing.
        """
        ...

    def __call__(self, first: np.ndarray, second: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Return the mutual information of pairs of prepared columns.

        Parameters
        ----------
        first, second : numpy.ndarray of shape (n_columns, n_samples)
            Prepared columns, one row a feature.
        pairs : numpy.ndarray of shape (n_pairs, 2)
            Rows of `first` and of `second`.

        Returns
        -------
        numpy.ndarray of shape (n_pairs,), float64, nats
        """
        ...
