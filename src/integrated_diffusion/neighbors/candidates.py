"""From candidates among training points to the nearest of them, by distances in float64."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.neighbors.ranking import Neighbors
from integrated_diffusion.neighbors.ranking_kernel import squared_distance
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.views.validation import View

_PAIRS = 2**17


def distances_to(points: View, X: View, rows: np.ndarray, columns: np.ndarray, n_jobs: int | None = 1) -> np.ndarray:
    """Return the distances of rows of new points to training points, pair by pair, in float64.

    Parameters
    ----------
    points : array of shape (n_samples, n_features)
        Training points.
    X : array of shape (n_new, n_features)
        New points.
    rows, columns : numpy.ndarray of int, shape (n_pairs,)
        Which of the new and of the training points.
    n_jobs : int or None, default 1
        Number of threads for dense points.

    Returns
    -------
    numpy.ndarray of shape (n_pairs,)
    """
    found = np.empty(len(rows))
    if isinstance(points, np.ndarray) and isinstance(X, np.ndarray):
        points, X = np.ascontiguousarray(points), np.ascontiguousarray(X)

        def measure(start: int) -> None:
            part = slice(start, start + _PAIRS)
            _pair_distances(points, X, rows[part], columns[part], found[part])

        map_threads(measure, range(0, len(rows), _PAIRS), n_jobs)
        return found
    step = max(1, 2**21 // max(points.shape[1], 1))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        difference = X[rows[part]].astype(np.float64) - points[columns[part]]
        found[part] = np.sqrt(np.asarray(difference.multiply(difference).sum(axis=1)).ravel())
    return found


@njit(cache=True, nogil=True)
def _pair_distances(points: np.ndarray, X: np.ndarray, rows: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    for pair in range(len(rows)):
        out[pair] = np.sqrt(squared_distance(X[rows[pair]], points[columns[pair]]))


def nearest(
    points: np.ndarray, X: np.ndarray, candidates: np.ndarray, n_neighbors: int
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of each row's candidates by differences in float64, ties to the lower index."""
    candidates = np.sort(candidates, axis=1)
    rows = np.repeat(np.arange(len(X)), candidates.shape[1])
    distances = distances_to(points, X, rows, np.maximum(candidates.ravel(), 0)).reshape(candidates.shape)
    distances[candidates < 0] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
    return np.take_along_axis(candidates, order, 1), np.take_along_axis(distances, order, 1)


def ranked(points: sp.csr_array, X: sp.csr_array, indices: np.ndarray) -> Neighbors:
    """Order proposed neighbours among sparse training points by their distances, ties to the lower index."""
    rows = np.repeat(np.arange(X.shape[0]), indices.shape[1])
    indices = np.sort(indices, axis=1).astype(np.int32)
    distances = distances_to(points, X, rows, indices.ravel()).reshape(indices.shape)
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbors(np.take_along_axis(indices, order, 1), np.take_along_axis(distances, order, 1))


def joined(parts: list[tuple[np.ndarray, np.ndarray]], n_neighbors: int) -> Neighbors:
    """Put indices and distances of several blocks of rows together."""
    if not parts:
        return Neighbors(np.empty((0, n_neighbors), np.int32), np.empty((0, n_neighbors)))
    return Neighbors(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


def dense(X: View, n_features: int) -> np.ndarray:
    """Return new points as a C-contiguous dense array, float32 or float64.

    Raises
    ------
    ValueError
        If they have another number of coordinates than the training points.
    """
    points = np.asarray(X) if isinstance(X, np.ndarray) else X.toarray()
    if points.ndim != 2 or points.shape[1] != n_features:
        raise ValueError(
            f"new samples: expected {n_features} coordinates, found shape {points.shape}; give points of the same space"
        )
    return np.ascontiguousarray(points, dtype=points.dtype if points.dtype == np.float32 else np.float64)
