"""Normalisations: measured values to comparable ones, feature by feature, sparse where they were sparse.

Each is fitted to statistics of the training data, and is then applied to a matrix or to a block of its columns.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.statistics import (
    FEATURE_MOMENTS,
    FEATURE_SUM,
    SAMPLE_LOG_SUM,
    SAMPLE_SUM,
    Statistics,
    Values,
    log1p,
)

_SCALE = 1e4  # TF-IDF: counts per ten thousand before the logarithm, as in Signac

Columns = slice | np.ndarray
ALL = slice(None)
"""All columns of a matrix."""


class Normalisation(Protocol):
    """A normalisation fitted to training data.

    Attributes
    ----------
    of_samples : collection of str
        Statistics of the samples that are normalised, over all their features.
    of_features : collection of str
        Statistics of the features of the training data.
    """

    of_samples: ClassVar[Collection[str]]
    of_features: ClassVar[Collection[str]]

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Fit to the statistics `of_samples` and `of_features` of the training data."""
        ...

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise.

        Parameters
        ----------
        X : numpy.ndarray, scipy.sparse.csr_array or scipy.sparse.csc_array
            Measured values, `(n_samples, n_columns)`.
        samples : Statistics
            Those `of_samples` of the same samples, over all features.
        columns : slice or numpy.ndarray of int, default all
            Which features the columns of `X` are.

        Returns
        -------
        Of the same type and shape as `X`
        """
        ...


@dataclass(frozen=True)
class LibrarySizeLog:
    """RNA counts to `log(1 + x * median depth / depth)`, depth being a sample's sum.

    Parameters
    ----------
    median_depth : float
        Median depth of the training samples.
    """

    of_samples: ClassVar[Collection[str]] = (SAMPLE_SUM,)
    of_features: ClassVar[Collection[str]] = ()
    median_depth: float

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Fit the median depth."""
        return cls(float(np.median(statistics[SAMPLE_SUM])))

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise; see `Normalisation`."""
        return log1p(scale_samples(X, self.median_depth / floored(samples[SAMPLE_SUM])))


@dataclass(frozen=True, eq=False)
class TfIdf:
    """Chromatin counts to `log(1 + 10^4 tf idf)`, as in Signac (Stuart et al. 2021).

    `tf` is a peak's share of its sample's counts, `idf` the number of samples over the peak's counts.

    Parameters
    ----------
    idf : numpy.ndarray of shape (n_features,)
        Inverse document frequency of each peak in the training samples.
    """

    of_samples: ClassVar[Collection[str]] = (SAMPLE_SUM,)
    of_features: ClassVar[Collection[str]] = (FEATURE_SUM,)
    idf: np.ndarray

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Fit the inverse document frequencies."""
        return cls(statistics.shape[0] / floored(statistics[FEATURE_SUM]))

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise; see `Normalisation`."""
        tf = scale_samples(X, _SCALE / floored(samples[SAMPLE_SUM]))
        return log1p(scale_features(tf, self.idf[columns]))


@dataclass(frozen=True)
class CentredLogRatio:
    """Protein counts to `log(1 + x / g)`, `g` a sample's own geometric mean over its proteins (margin: samples).

    `g = exp(mean(log(1 + x)))`, as in Seurat (Stoeckius et al. 2017), so that zeros stay zero.

    Parameters
    ----------
    n_features : int
        Number of proteins.
    """

    of_samples: ClassVar[Collection[str]] = (SAMPLE_LOG_SUM,)
    of_features: ClassVar[Collection[str]] = ()
    n_features: int

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Keep the number of proteins."""
        return cls(statistics.shape[1])

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise; see `Normalisation`."""
        return log1p(scale_samples(X, np.exp(-samples[SAMPLE_LOG_SUM] / self.n_features)))


@dataclass(frozen=True, eq=False)
class Standardise:
    """Every feature to unit variance, and to mean zero if the training data were dense.

    A feature that is constant up to rounding is only centred.

    Parameters
    ----------
    mean : numpy.ndarray of shape (n_features,) or None
        Mean of each feature; `None` if features are not centred.
    scale : numpy.ndarray of shape (n_features,)
        Standard deviation of each feature, 1 for constant ones.
    """

    of_samples: ClassVar[Collection[str]] = ()
    of_features: ClassVar[Collection[str]] = (FEATURE_MOMENTS,)
    mean: np.ndarray | None
    scale: np.ndarray

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """Fit means and standard deviations; the same as scikit-learn's `StandardScaler`."""
        n, mean, variance = statistics[FEATURE_MOMENTS]
        eps = np.finfo(np.float64).eps
        constant = variance <= n * eps * variance + (n * mean * eps) ** 2  # what rounding makes of a constant
        scale = np.where(constant, 1.0, np.sqrt(variance))
        return cls(None if statistics.sparse else mean, scale)

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Normalise; see `Normalisation`."""
        scale = self.scale[columns]
        if self.mean is not None:  # centring fills a sparse matrix
            dense = X if isinstance(X, np.ndarray) else X.toarray()
            return (dense - self.mean[columns].astype(X.dtype)) / scale.astype(X.dtype)
        if isinstance(X, np.ndarray):
            return X / scale.astype(X.dtype)
        scaled = np.multiply(X.data, _at_entries(X, 1 / scale, by_sample=False), dtype=np.float64)
        return with_data(X, scaled.astype(X.dtype, copy=False))


@dataclass(frozen=True)
class AsMeasured:
    """Values as they were measured."""

    of_samples: ClassVar[Collection[str]] = ()
    of_features: ClassVar[Collection[str]] = ()

    @classmethod
    def fit(cls, statistics: Statistics) -> Self:
        """There is nothing to fit."""
        return cls()

    def __call__(self, X: Values, samples: Statistics, columns: Columns = ALL) -> Values:
        """Return the values themselves; see `Normalisation`."""
        return X


def floored(sums: np.ndarray) -> np.ndarray:
    """Sums to divide by: 1 where nothing was counted, as the values there are zero whatever they are divided by."""
    return np.where(sums > 0, sums, 1.0)


def scale_samples(X: Values, factors: np.ndarray) -> Values:
    """Multiply every sample by its factor, `(n_samples,)`."""
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors[:, None]
    return with_data(X, X.data * _at_entries(X, factors, by_sample=True))


def scale_features(X: Values, factors: np.ndarray) -> Values:
    """Multiply every feature by its factor, `(n_features,)`."""
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors
    return with_data(X, X.data * _at_entries(X, factors, by_sample=False))


def _at_entries(X: sp.csr_array | sp.csc_array, factors: np.ndarray, by_sample: bool) -> np.ndarray:
    """The factor of every stored entry's sample or feature."""
    return np.repeat(factors, np.diff(X.indptr)) if by_sample == (X.format == "csr") else factors[X.indices]


def with_data(X: sp.csr_array | sp.csc_array, data: np.ndarray) -> sp.csr_array | sp.csc_array:
    """Put other values in the places where values are stored."""
    return type(X)((data, X.indices, X.indptr), shape=X.shape)
