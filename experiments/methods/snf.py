"""Similarity network fusion (Wang et al. 2014), written from the paper's equations 1 to 6.

Every step is a product of dense `n_samples x n_samples` matrices, as in the paper, so it is for a few thousand samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import pairwise_distances

from integrated_diffusion import DiffusionOperator, Operator
from integrated_diffusion.runtime.threads import one_blas_thread

N_NEIGHBORS, BANDWIDTH, N_ROUNDS = 20, 0.5, 20
"""`K`, `mu` and the number of rounds: the values that the paper recommends."""


def snf(views: Mapping[str, np.ndarray]) -> Operator:
    """Return the diffusion operator on the fused network.

    Parameters
    ----------
    views
        Coordinates of each view by name, `(n_samples, n_coordinates)`, such as principal components.
    """
    with one_blas_thread():
        fused = fuse([affinities(np.asarray(X, dtype=np.float64)) for X in views.values()])
    return DiffusionOperator(sp.csr_array(fused), "SNF(" + ", ".join(views) + ")")


def affinities(X: np.ndarray, n_neighbors: int = N_NEIGHBORS, bandwidth: float = BANDWIDTH) -> np.ndarray:
    """Return `W_ij = exp(-d_ij^2 / (mu e_ij))` (equation 1), `(n_samples, n_samples)`.

    `e_ij` is the mean of three distances: between the two samples, and from each to its nearest neighbours on average.

    Parameters
    ----------
    X
        Coordinates, `(n_samples, n_coordinates)`, as a whole scaled to variance one, because `e` is no square.
    n_neighbors, bandwidth
        `K` and `mu`.
    """
    distances = pairwise_distances(X / (X.std(axis=0).max() or 1.0))
    n_neighbors = min(n_neighbors, len(X) - 1)
    near = np.sort(distances, axis=1)[:, 1 : n_neighbors + 1].mean(axis=1)
    scale = (near[:, None] + near + distances) / 3
    return np.asarray(np.exp(-(distances**2) / (bandwidth * np.maximum(scale, np.finfo(float).tiny))))


def fuse(networks: list[np.ndarray], n_neighbors: int = N_NEIGHBORS, n_rounds: int = N_ROUNDS) -> np.ndarray:
    """Let each network diffuse along its own nearest neighbours in the mean of the others; return the mean.

    Parameters
    ----------
    networks
        Affinities of each view, `(n_samples, n_samples)`.
    n_neighbors, n_rounds
        `K` and the number of rounds.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_samples), symmetric
    """
    status = [half_lazy(W) for W in networks]
    kernels = [nearest(W, n_neighbors) for W in networks]
    for _ in range(n_rounds if len(networks) > 1 else 0):
        total = reduce(np.add, status)
        others = [(total - P) / (len(networks) - 1) for P in status]
        status = [half_lazy(_symmetric(S @ (S @ P.T).T)) for S, P in zip(kernels, others, strict=True)]
    return _symmetric(reduce(np.add, status) / len(networks))


def half_lazy(W: np.ndarray) -> np.ndarray:
    """Return the full kernel `P` (equation 2): a half on the diagonal, the rest of a row sums to a half."""
    off_diagonal = W - np.diag(np.diag(W))
    sums = off_diagonal.sum(axis=1, keepdims=True)
    return np.asarray(off_diagonal / np.where(sums > 0, 2 * sums, 1) + np.eye(len(W)) / 2)


def nearest(W: np.ndarray, n_neighbors: int) -> sp.csr_array:
    """Return the sparse kernel `S` (equation 3): affinities to the most similar samples, with row sums of one."""
    n_neighbors = min(n_neighbors, len(W) - 1)
    off_diagonal = W - np.diag(np.diag(W))
    columns = np.sort(np.argsort(-off_diagonal, axis=1, kind="stable")[:, :n_neighbors], axis=1)
    values = np.take_along_axis(off_diagonal, columns, axis=1)
    values /= np.maximum(values.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    starts = np.arange(0, columns.size + 1, n_neighbors)
    return sp.csr_array((values.ravel(), columns.ravel(), starts), shape=W.shape)


def _symmetric(W: np.ndarray) -> np.ndarray:
    return (W + W.T) / 2
