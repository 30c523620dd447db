"""Normalisation: measured values to comparable ones, feature by feature, sparse where they were sparse."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import StandardScaler

from integrated_diffusion.views.validation import View

_SCALE = 1e4  # TF-IDF: counts per ten thousand before the logarithm, as in Signac


def library_size_log(X: View) -> View:
    """RNA counts to `log(1 + x * median depth / depth)`, depth being a sample's sum."""
    depth = sums_along(X, axis=1)
    return _log1p(_scale_rows(X, np.median(depth) / floored(depth)))


def tf_idf(X: View) -> View:
    """Chromatin counts to `log(1 + 10^4 tf idf)`, as in Signac (Stuart et al. 2021).

    `tf` is a peak's share of its sample's counts, `idf` the number of samples over the peak's counts.
    """
    tf = _scale_rows(X, _SCALE / floored(sums_along(X, axis=1)))
    return _log1p(_scale_columns(tf, X.shape[0] / floored(sums_along(X, axis=0))))


def centred_log_ratio(X: View) -> View:
    """Protein counts to `log(1 + x / g)`, `g` a sample's own geometric mean over its proteins (margin: samples).

    `g = exp(mean(log(1 + x)))`, as in Seurat (Stoeckius et al. 2017), so that zeros stay zero.
    """
    log_mean = sums_along(_log1p(X), axis=1) / X.shape[1]
    return _log1p(_scale_rows(X, np.exp(-log_mean)))


def standardise(X: View) -> View:
    """Every feature to unit variance, and to mean zero if dense; a constant feature is only centred, hence zero."""
    return StandardScaler(with_mean=not sp.issparse(X)).fit_transform(X)


def sums_along(X: View, axis: int) -> np.ndarray:
    """Sums of samples (`axis=1`) or features (`axis=0`), float64."""
    return np.asarray(X.sum(axis=axis, dtype=np.float64))


def floored(sums: np.ndarray) -> np.ndarray:
    """Nothing was counted: the values are zero whatever they are divided by."""
    return np.where(sums > 0, sums, 1.0)


def _scale_rows(X: View, factors: np.ndarray) -> View:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors[:, None]
    return sp.csr_array((X.data * np.repeat(factors, np.diff(X.indptr)), X.indices, X.indptr), shape=X.shape)


def _scale_columns(X: View, factors: np.ndarray) -> View:
    factors = factors.astype(X.dtype)
    if isinstance(X, np.ndarray):
        return X * factors
    return sp.csr_array((X.data * factors[X.indices], X.indices, X.indptr), shape=X.shape)


def _log1p(X: View) -> View:
    if isinstance(X, np.ndarray):
        return np.log1p(X)
    return sp.csr_array((np.log1p(X.data), X.indices, X.indptr), shape=X.shape)
