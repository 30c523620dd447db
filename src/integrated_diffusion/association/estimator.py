"""What an estimator of mutual information is: columns are prepared once each, then compared pair by pair."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Estimator(Protocol):
    """From columns of values to the mutual information of pairs of them, in nats."""

    def prepare(self, columns: np.ndarray) -> np.ndarray:
        """Turn columns into what they are compared by, so that a column in many pairs is prepared once.

        Parameters
        ----------
        columns
            Finite values, `(n_columns, n_samples)`, a row a column.

        Returns
        -------
        numpy.ndarray of shape (n_columns, n_samples)
            In the same order of the samples, so that shuffling commutes with preparing.
        """
        ...

    def __call__(self, first: np.ndarray, second: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Return the mutual information of pairs of prepared columns.

        Parameters
        ----------
        first, second
            Prepared columns, `(n_columns, n_samples)`, a row a column.
        pairs
            Rows of `first` and of `second`, `(n_pairs, 2)`.

        Returns
        -------
        numpy.ndarray of shape (n_pairs,), float64, nats
        """
        ...
