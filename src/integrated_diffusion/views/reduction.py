"""Reductions: principal components and latent semantic indexing, with the loadings that reduce new samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA, TruncatedSVD

from integrated_diffusion.views.normalisation import floored, with_data
from integrated_diffusion.views.statistics import sums_along
from integrated_diffusion.views.validation import View

MOST_COMPONENTS = 50
"""Most components of a view and of an embedding, unless another number is asked for."""
SAMPLES_PER_COMPONENT = 6
"""Number of samples for each component, where there are too few samples for the most components."""

_MAX_DENSE_FEATURES = 2_000  # above this a sparse view without reduction stays sparse

_MAX_COVARIANCE = 2_000  # up to this many features the covariance's eigenvectors are the fastest way


class Reduction(Protocol):
    """A reduction fitted to training data."""

    def __call__(self, values: View) -> View:
        """Reduce normalised values, `(n_samples, n_features)`, to coordinates, `(n_samples, n_components)`."""
        ...


FitReduction = Callable[[View, int | None, int], tuple[View, Reduction]]
"""From training values, a number of components and a seed to their coordinates and the fitted reduction."""


@dataclass(frozen=True)
class KeepFeatures:
    """The features themselves as coordinates; dense unless they are sparse and more than 2,000."""

    def __call__(self, values: View) -> View:
        """Return the values; see `Reduction`."""
        return values if isinstance(values, np.ndarray) or values.shape[1] > _MAX_DENSE_FEATURES else values.toarray()


@dataclass(frozen=True, eq=False)
class Projection:
    """Scores along loadings: `(X - shift) @ loadings - origin`.

    Parameters
    ----------
    loadings : numpy.ndarray of shape (n_features, n_components)
        A unit vector for each component.
    origin : numpy.ndarray of shape (n_components,)
        Scores of the mean of the training data, after the shift.
    shift : numpy.ndarray of shape (n_features,) or None, default None
        What dense training data were shifted by before anything else.
    """

    loadings: np.ndarray
    origin: np.ndarray
    shift: np.ndarray | None = None

    def __call__(self, values: View) -> View:
        """Return the scores; see `Reduction`."""
        loadings, origin = self.loadings.astype(values.dtype, copy=False), self.origin
        if self.shift is not None and isinstance(values, np.ndarray):
            values = values - self.shift.astype(values.dtype, copy=False)
        elif self.shift is not None:  # a sparse view is never shifted, its scores are
            origin = origin + self.shift.astype(np.float64) @ self.loadings.astype(np.float64)
        return np.asarray(values @ loadings) - origin.astype(values.dtype)


def components_for(n_samples: int) -> int:
    """Return the number of components for a number of samples: one for every six, at least two and at most fifty.

    Many groups of samples need many components, and few samples do not determine many.

    Parameters
    ----------
    n_samples : int
        Number of samples.

    Examples
    --------
    >>> components_for(90), components_for(10_000)
    (15, 50)
    """
    return max(2, min(MOST_COMPONENTS, n_samples // SAMPLES_PER_COMPONENT))


def fit_pca(X: View, n_components: int | None, random_state: int = 0) -> tuple[View, Reduction]:
    """Fit centred principal components.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        Values. A sparse view is centred implicitly and never made dense.
    n_components : int or None
        Number of components. `None`, or as many as there are features: the values as they are, dense unless they
        are sparse with more than 2,000 features. At most `n_samples - 1`, the rank after centring.
    random_state : int, default 0
        Seed of the start vector.

    Returns
    -------
    scores : numpy.ndarray of shape (n_samples, min(n_components, n_samples - 1))
        Of the leading components, float32 for float32. Each component's largest loading is positive.
    reduction : Reduction
        What reduces other samples in the same way.
    """
    n_samples, n_features = X.shape
    if n_components is None or n_components >= n_features or n_samples < 3:
        return KeepFeatures()(X), KeepFeatures()
    n_components = max(1, min(n_components, n_samples - 1))
    if _is_constant(X):  # it has no direction that a solver could start in
        nothing = Projection(np.zeros((n_features, n_components), dtype=X.dtype), np.zeros(n_components))
        return np.zeros((n_samples, n_components), dtype=X.dtype), nothing
    shift = mean_in_own_precision(X) if isinstance(X, np.ndarray) else None
    model = PCA(n_components, svd_solver=_pca_solver(X), random_state=random_state)
    scores = model.fit_transform(_in_double(X) if shift is None else X - shift)
    loadings = model.components_.T.astype(X.dtype, copy=False)
    origin = model.mean_.astype(np.float64) @ loadings.astype(np.float64)
    return scores.astype(X.dtype, copy=False), Projection(loadings, origin, shift)


def pca(X: View, n_components: int | None, random_state: int = 0) -> View:
    """Return centred principal component scores; see `fit_pca`."""
    return fit_pca(X, n_components, random_state)[0]


def about_the_mean(X: np.ndarray) -> np.ndarray:
    """Centre a dense view, `(n_samples, n_features)`, in its own precision.

    Far from the origin, what squares the values has no digits left for their differences.
    """
    return X - mean_in_own_precision(X)


def mean_in_own_precision(X: np.ndarray) -> np.ndarray:
    """Mean of each feature, `(n_features,)`, taken in float64 and rounded to the precision of `X`."""
    return X.mean(axis=0, dtype=np.float64).astype(X.dtype)


def fit_lsi(values: View, n_components: int | None, random_state: int = 0) -> tuple[View, Reduction]:
    """Fit latent semantic indexing: truncated SVD of TF-IDF values, without the component that is sequencing depth.

    Of `n_components + 1` components the one that correlates most (in absolute value) with the log of the number of
    open peaks is dropped, normally the first; if that number is the same in all samples, the first.

    Parameters
    ----------
    values : array of shape (n_samples, n_features)
        TF-IDF values.
    n_components : int or None
        Number of components that remain; `None`, or as many as there are features: the values as in `fit_pca`.
    random_state : int, default 0
        Seed of the start vector.

    Returns
    -------
    scores : numpy.ndarray of shape (n_samples, n_components)
        Left singular vectors times singular values, fewer if there are fewer samples or features. Each component's
        largest loading is positive.
    reduction : Reduction
        What reduces other samples in the same way.
    """
    smallest = min(values.shape)
    if n_components is None or n_components >= values.shape[1] or smallest < 3:
        return fit_pca(values, None)
    # The spectrum of chromatin is flat: randomised SVD misses a third of some components, ARPACK is as fast and exact.
    n_all = min(n_components + 1, smallest - 1)
    model = TruncatedSVD(n_all, algorithm="arpack", random_state=random_state)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = model.fit_transform(_in_double(values)).astype(values.dtype, copy=False)
    depth = _depth_component(values, scores)
    loadings = np.delete(model.components_, depth, axis=0).T.astype(values.dtype, copy=False)
    return np.delete(scores, depth, axis=1), Projection(loadings, np.zeros(loadings.shape[1]))


def lsi(values: View, n_components: int | None, random_state: int = 0) -> View:
    """Return scores of latent semantic indexing; see `fit_lsi`."""
    return fit_lsi(values, n_components, random_state)[0]


def _depth_component(values: View, scores: np.ndarray) -> int:
    depth = np.log(floored(sums_along(values != 0, axis=1)))
    centred = scores - scores.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    correlation = np.abs((depth - depth.mean()) @ centred) / np.where(lengths > 0, lengths, 1.0)
    return int(np.argmax(correlation)) if np.ptp(depth) > 0 else 0


def _in_double(X: View) -> View:
    """A sparse view in float64: squares of values far from their mean have no digits left for the differences."""
    return X if isinstance(X, np.ndarray) else with_data(X, X.data.astype(np.float64))


def _is_constant(X: View) -> bool:
    """Whether all samples are the same."""
    if isinstance(X, np.ndarray):
        return not np.ptp(X, axis=0).any()
    return (X.max(axis=0) - X.min(axis=0)).nnz == 0


def _pca_solver(X: View) -> str:
    """The fastest solver that is accurate."""
    small = X.shape[1] <= _MAX_COVARIANCE
    if sp.issparse(X):
        return "covariance_eigh" if min(X.shape) <= _MAX_COVARIANCE // 4 and small else "arpack"
    if min(X.shape) <= _MAX_COVARIANCE // 4:
        return "full" if X.shape[0] < X.shape[1] else "covariance_eigh"
    return "covariance_eigh" if small else "arpack"
