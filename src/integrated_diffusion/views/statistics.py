"""Statistics of a matrix that normalisations are fitted to: sums of samples and features, moments of features.

They are taken from a whole matrix in memory, or added up part by part of a matrix that lies on disk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import StandardScaler

Values: TypeAlias = np.ndarray | sp.csr_array | sp.csc_array
"""A matrix or a part of one, samples by features."""

SAMPLE_SUM = "sum of each sample"
SAMPLE_LOG_SUM = "sum of log(1 + x) of each sample"
FEATURE_SUM = "sum of each feature"
FEATURE_NONZERO = "number of samples in which each feature is not zero"
FEATURE_MOMENTS = "number of samples, mean and variance of each feature"


class Statistics:
    """Statistics of one matrix, float64; only the requested ones.

    Parameters
    ----------
    shape : tuple of int
        `(n_samples, n_features)` of the matrix.
    names : collection of str
        Which statistics to take, of the names in this module.

    Attributes
    ----------
    sparse : bool
        Whether the matrix is sparse.
    """

    def __init__(self, shape: tuple[int, int], names: Collection[str]) -> None:
        n_samples, n_features = shape
        shapes: dict[str, tuple[int, ...]] = {
            SAMPLE_SUM: (n_samples,),
            SAMPLE_LOG_SUM: (n_samples,),
            FEATURE_SUM: (n_features,),
            FEATURE_NONZERO: (n_features,),
            FEATURE_MOMENTS: (3, n_features),
        }
        self.shape, self.sparse = shape, False
        self._found = {name: np.zeros(shapes[name]) for name in names}

    @classmethod
    def of(cls, X: Values, names: Collection[str]) -> Statistics:
        """Take the statistics of a whole matrix, `(n_samples, n_features)`."""
        found = cls(X.shape, names)
        found.add(slice(None), slice(None), X)
        return found

    def __getitem__(self, name: str) -> np.ndarray:
        """One statistic: `(n_samples,)`, `(n_features,)`, or `(3, n_features)` for the moments."""
        return self._found[name]

    def fill(self, found: Mapping[str, np.ndarray]) -> None:
        """Take statistics, by name, that were added up elsewhere."""
        self._found.update(found)

    def add(self, rows: slice, columns: slice, part: Values) -> None:
        """Add a part of the matrix that was not added before.

        Parameters
        ----------
        rows, columns : slice
            Where the part stands.
        part : numpy.ndarray, scipy.sparse.csr_array or scipy.sparse.csc_array
            Its values.
        """
        self.sparse = sp.issparse(part)
        if SAMPLE_SUM in self._found:
            self._found[SAMPLE_SUM][rows] += sums_along(part, axis=1)
        if SAMPLE_LOG_SUM in self._found:
            self._found[SAMPLE_LOG_SUM][rows] += sums_along(log1p(part), axis=1)
        if FEATURE_SUM in self._found:
            self._found[FEATURE_SUM][columns] += sums_along(part, axis=0)
        if FEATURE_NONZERO in self._found:
            self._found[FEATURE_NONZERO][columns] += sums_along(part != 0, axis=0)
        if FEATURE_MOMENTS in self._found:
            moments = self._found[FEATURE_MOMENTS]
            moments[:, columns] = moments_of_both(moments[:, columns], _moments(part))


def sums_along(X: Values, axis: int) -> np.ndarray:
    """Sums of samples (`axis=1`) or features (`axis=0`), float64, and so added up (scipy adds up as the values are)."""
    if isinstance(X, np.ndarray) or X.dtype.kind != "f":
        return np.asarray(X.sum(axis=axis, dtype=np.float64))
    return np.asarray(X @ np.ones(X.shape[1]) if axis == 1 else X.T @ np.ones(X.shape[0]))


def log1p(X: Values) -> Values:
    """`log(1 + x)` of every value; zeros stay zero."""
    return np.log1p(X) if isinstance(X, np.ndarray) else X.log1p()


def _moments(part: Values) -> np.ndarray:
    scaler = StandardScaler(with_mean=not sp.issparse(part)).fit(part)
    return np.vstack([np.full(part.shape[1], float(part.shape[0])), scaler.mean_, scaler.var_])


def moments_of_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Moments of two parts together (Chan, Golub and LeVeque 1983); bit for bit the other's where the one is empty."""
    n = one[0] + other[0]
    share, difference = other[0] / n, other[1] - one[1]
    variance = (1 - share) * one[2] + share * other[2] + share * (1 - share) * difference**2
    return np.vstack([n, one[1] + share * difference, variance])
