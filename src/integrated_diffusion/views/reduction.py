"""Reduction: principal components and latent semantic indexing."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import PCA, TruncatedSVD

from integrated_diffusion.views.normalisation import floored, sums_along
from integrated_diffusion.views.validation import View

_MAX_DENSE_FEATURES = 2_000  # above this a sparse view without reduction stays sparse


_MAX_COVARIANCE = 2_000  # up to this many features the covariance's eigenvectors are the fastest way


def pca(X: View, n_components: int | None, random_state: int = 0) -> View:
    """Centred principal component scores, of leading components, with fixed signs.

    Parameters
    ----------
    X
        Values, `(n_samples, n_features)`. A sparse view is centred implicitly and never made dense.
    n_components
        Number of components. `None`, or as many as there are features: the values as they are, dense unless they
        are sparse with more than 2,000 features. At most `n_samples - 1`, the rank after centring.
    random_state
        Seed of the start vector.

    Returns
    -------
    numpy.ndarray
        `(n_samples, min(n_components, n_samples - 1))`, float32 for float32. Each component's largest loading is
        positive.
    """
    n_samples, n_features = X.shape
    if n_components is None or n_components >= n_features or n_samples < 3:
        return X if isinstance(X, np.ndarray) or n_features > _MAX_DENSE_FEATURES else X.toarray()
    n_components = max(1, min(n_components, n_samples - 1))
    if _is_constant(X):  # it has no direction that a solver could start in
        return np.zeros((n_samples, n_components), dtype=X.dtype)
    centred = about_the_mean(X) if isinstance(X, np.ndarray) else X
    return PCA(n_components, svd_solver=_pca_solver(X), random_state=random_state).fit_transform(centred)


def about_the_mean(X: np.ndarray) -> np.ndarray:
    """Centre a dense view in its own precision: what squares the values has no digits left far from the origin.

    Parameters
    ----------
    X
        Values, `(n_samples, n_features)`.
    """
    return X - X.mean(axis=0, dtype=np.float64).astype(X.dtype)


def lsi(values: View, n_components: int | None, random_state: int = 0) -> View:
    """Latent semantic indexing: truncated SVD of TF-IDF values, without the component that is sequencing depth.

    The rule: of `n_components + 1` components the one that correlates most (in absolute value) with the log of the
    number of open peaks is dropped, normally the first; if that number is the same in all samples, the first.

    Parameters
    ----------
    values
        TF-IDF values, `(n_samples, n_features)`.
    n_components
        Number of components that remain; `None`, or as many as there are features: the values as in `pca`.
    random_state
        Seed of the start vector.

    Returns
    -------
    numpy.ndarray
        Left singular vectors times singular values, `(n_samples, n_components)`, fewer if there are fewer samples or
        features. Each component's largest loading is positive.
    """
    smallest = min(values.shape)
    if n_components is None or n_components >= values.shape[1] or smallest < 3:
        return pca(values, None)
    # The spectrum of chromatin is flat: randomised SVD misses a third of some components, ARPACK is as fast and exact.
    n_all = min(n_components + 1, smallest - 1)
    model = TruncatedSVD(n_all, algorithm="arpack", random_state=random_state)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = model.fit_transform(values)
    return np.delete(scores, _depth_component(values, scores), axis=1)


def _depth_component(values: View, scores: np.ndarray) -> int:
    depth = np.log(floored(sums_along(values != 0, axis=1)))
    centred = scores - scores.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    correlation = np.abs((depth - depth.mean()) @ centred) / np.where(lengths > 0, lengths, 1.0)
    return int(np.argmax(correlation)) if np.ptp(depth) > 0 else 0


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
