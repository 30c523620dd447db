"""Sparse counts, such as words of documents, to weights of unit length for each sample."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from integrated_diffusion.views.normalisation import ALL, Columns, floored, scale_features, scale_samples, with_data
from integrated_diffusion.views.statistics import FEATURE_NONZERO, Statistics, Values, sums_along


@dataclass(frozen=True, eq=False)
class TextTfIdf:
    """Counts to `(1 + log x) idf`, every sample then scaled to length one, so that distances are those of cosines.

    `idf = 1 + log((1 + N) / (1 + n))`, `n` the number of the `N` training samples in which a feature is not zero; the
    same as scikit-learn's `TfidfTransformer(sublinear_tf=True)`.

    Parameters
    ----------
    idf : numpy.ndarray of shape (n_features,)
        Inverse document frequency of each feature in the training samples.
    """

    of_samples: ClassVar[Collection[str]] = ()
    of_features: ClassVar[Collection[str]] = (FEATURE_NONZERO,)
    idf: np.ndarray

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Fit the inverse document frequencies."""
        return cls(1 + np.log((1 + statistics.shape[0]) / (1 + statistics[FEATURE_NONZERO])))

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise whole samples; see `Normalisation`.

        Raises
        ------
        ValueError
            If `X` has not all features, by which a sample's length is taken.
        """
        if X.shape[1] != len(self.idf):
            raise ValueError(
                f"expected all {len(self.idf)} features, as a sample's length is taken over all, found {X.shape[1]}; "
                "normalise whole samples"
            )
        weights = scale_features(_sublinear(X), self.idf)
        squared = np.square(weights) if isinstance(weights, np.ndarray) else with_data(weights, np.square(weights.data))
        return scale_samples(weights, 1 / np.sqrt(floored(sums_along(squared, axis=1))))


def _sublinear(X: Values) -> Values:
    """`1 + log x` of every value above zero; zeros stay zero."""
    values = X if isinstance(X, np.ndarray) else X.data
    logs = np.log(values, out=np.zeros_like(values), where=values > 0) + (values > 0).astype(X.dtype)
    return logs if isinstance(X, np.ndarray) else with_data(X, logs)
