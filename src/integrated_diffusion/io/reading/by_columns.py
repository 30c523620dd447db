"""The recipes of `preprocessing` for a few columns at a time, of a matrix whose sums were taken before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.normalisation import standardise
from integrated_diffusion.views.validation import View

_SCALE = 1e4  # TF-IDF: counts per ten thousand before the logarithm, as in `preprocessing`


@dataclass(frozen=True, eq=False)
class Totals:
    """What recipes ask of all values, float64.

    Attributes
    ----------
    depth
        Sum of each sample, `(n_samples,)`.
    log_depth
        Sum of `log(1 + x)` of each sample, `(n_samples,)`.
    by_feature
        Sum of each feature, `(n_features,)`.
    """

    depth: np.ndarray
    log_depth: np.ndarray
    by_feature: np.ndarray

    @classmethod
    def zero(cls, shape: tuple[int, int]) -> Totals:
        """Before anything was counted."""
        return cls(np.zeros(shape[0]), np.zeros(shape[0]), np.zeros(shape[1]))

    def count(self, rows: slice, columns: slice, part: View | sp.csc_array) -> None:
        """Count the values of a part of the matrix."""
        self.depth[rows] += part.sum(axis=1, dtype=np.float64)
        self.log_depth[rows] += _log1p(part).sum(axis=1, dtype=np.float64)
        self.by_feature[columns] += part.sum(axis=0, dtype=np.float64)


Normalise = Callable[[View | sp.csc_array, Totals, np.ndarray], View | sp.csc_array]
"""From columns as they were measured, the totals and the columns' numbers to normalised ones."""


def _library_size_log(X: View | sp.csc_array, totals: Totals, columns: np.ndarray) -> View | sp.csc_array:
    return _log1p(_rows_times(X, np.median(totals.depth) / _floored(totals.depth)))


def _tf_idf(X: View | sp.csc_array, totals: Totals, columns: np.ndarray) -> View | sp.csc_array:
    tf = _rows_times(X, _SCALE / _floored(totals.depth))
    return _log1p(_columns_times(tf, len(totals.depth) / _floored(totals.by_feature[columns])))


def _centred_log_ratio(X: View | sp.csc_array, totals: Totals, columns: np.ndarray) -> View | sp.csc_array:
    return _log1p(_rows_times(X, np.exp(-totals.log_depth / len(totals.by_feature))))


def _standardise(X: View | sp.csc_array, totals: Totals, columns: np.ndarray) -> View | sp.csc_array:
    return standardise(X if isinstance(X, np.ndarray) else sp.csr_array(X))


def _as_they_are(X: View | sp.csc_array, totals: Totals, columns: np.ndarray) -> View | sp.csc_array:
    return X


NORMALISED: dict[str, Normalise] = {
    "rna": _library_size_log,
    "chromatin": _tf_idf,
    "protein": _centred_log_ratio,
    "other": _standardise,
    "none": _as_they_are,
}
"""The recipes by name, as in `preprocessing.RECIPES`."""


def _floored(sums: np.ndarray) -> np.ndarray:
    return np.where(sums > 0, sums, 1.0)


def _log1p(X: View | sp.csc_array) -> View | sp.csc_array:
    return np.log1p(X) if isinstance(X, np.ndarray) else X.log1p()


def _rows_times(X: View | sp.csc_array, factors: np.ndarray) -> View | sp.csc_array:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors[:, None]
    by_row = sp.csr_array(X)
    return sp.csr_array(
        (by_row.data * np.repeat(factors, np.diff(by_row.indptr)), by_row.indices, by_row.indptr), shape=X.shape
    )


def _columns_times(X: View, factors: np.ndarray) -> View:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors
    return sp.csr_array((X.data * factors[X.indices], X.indices, X.indptr), shape=X.shape)
