"""From candidates to neighbours, by distances in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.neighbors.ranking_kernel import keep_nearest_plain
from integrated_diffusion.runtime import simd
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.views.validation import View

if simd.is_available():
    from integrated_diffusion.neighbors.ranking_simd import keep_nearest_prefetched as _keep_nearest
else:
    _keep_nearest = keep_nearest_plain

_CHUNK = 4_096


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest neighbours of every sample, nearest first, the sample itself excluded.

    Attributes
    ----------
    indices : numpy.ndarray of shape (n_samples, n_neighbors), int32
        Rows of the neighbours.
    distances : numpy.ndarray of shape (n_samples, n_neighbors), float64
        Euclidean distances in the units of the view; infinite where a neighbour is missing.
    """

    indices: np.ndarray
    distances: np.ndarray

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return int(self.indices.shape[0])

    @property
    def n_neighbors(self) -> int:
        """Number of neighbours of each sample."""
        return int(self.indices.shape[1])

    def __repr__(self) -> str:
        return f"Neighbors({self.n_neighbors} of each of {self.n_samples} samples)"


def rank(X: View, candidates: np.ndarray, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
    """Keep the nearest `n_neighbors` of each row's candidates, by exact distances, ties to the lower index.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View, dense or sparse.
    candidates : numpy.ndarray of shape (n_samples, n_candidates)
        Rows of possible neighbours; the sample itself and `-1` are ignored.
    n_neighbors : int
        Number of neighbours to keep.
    n_jobs : int or None, default None
        Number of threads.
    """
    if sp.issparse(X):
        return rank_by(lambda rows, columns: pair_distances(X, rows, columns), candidates, n_neighbors, n_jobs)
    ranking = Ranking.of(X, n_neighbors)

    def nearest(start: int) -> None:
        rows = np.arange(start, min(start + _CHUNK, len(candidates)))
        ranking.keep(rows, candidates[start : start + _CHUNK])

    map_threads(nearest, range(0, len(candidates), _CHUNK), n_jobs)
    return ranking.neighbors


@dataclass(frozen=True, eq=False)
class Ranking:
    """The neighbours of a dense view while they are being found: rows come in any order, each once.

    Attributes
    ----------
    points : numpy.ndarray of shape (n_samples, n_features)
        The view, with contiguous rows.
    neighbors : Neighbors
        The neighbours found so far; places not filled hold the sample itself at infinite distance.
    """

    points: np.ndarray
    neighbors: Neighbors

    @classmethod
    def of(cls, X: np.ndarray, n_neighbors: int) -> Ranking:
        """Start without neighbours."""
        indices = np.repeat(np.arange(len(X), dtype=np.int32)[:, None], n_neighbors, axis=1)
        points = np.ascontiguousarray(X if X.dtype in (np.float32, np.float64) else X.astype(np.float64))
        return cls(points, Neighbors(indices, np.full(indices.shape, np.inf)))

    def reset(self, rows: np.ndarray) -> None:
        """Remove the neighbours of some rows."""
        self.neighbors.indices[rows] = rows[:, None]
        self.neighbors.distances[rows] = np.inf

    def keep(self, rows: np.ndarray, candidates: np.ndarray) -> None:
        """Keep the nearest of the candidates of some rows, `(n_rows, n_candidates)`."""
        _keep_nearest(self.points, rows, candidates, self.neighbors.indices, self.neighbors.distances)


def rank_by(
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray],
    candidates: np.ndarray,
    n_neighbors: int,
    n_jobs: int | None = None,
) -> Neighbors:
    """Keep the nearest `n_neighbors` of each row's candidates by any `distance(rows, columns)`."""
    candidates = np.sort(candidates, axis=1)  # a stable sort by distance then leaves ties in the order of the indices

    def nearest(start: int) -> tuple[np.ndarray, np.ndarray]:
        columns = candidates[start : start + _CHUNK]
        rows = np.arange(start, start + len(columns))
        d = distance(rows, np.maximum(columns, 0))
        d[(columns == rows[:, None]) | (columns < 0)] = np.inf
        order = np.argsort(d, axis=1, kind="stable")[:, :n_neighbors]
        return np.take_along_axis(columns, order, 1).astype(np.int32), np.take_along_axis(d, order, 1)

    blocks = map_threads(nearest, range(0, len(candidates), _CHUNK), n_jobs)
    indices = np.concatenate([block[0] for block in blocks])
    distances = np.concatenate([block[1] for block in blocks])
    return Neighbors(
        np.where(np.isfinite(distances), indices, np.arange(len(indices), dtype=np.int32)[:, None]), distances
    )


def padded(graph: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and values of a sparse matrix row by row, shorter rows padded with -1 and infinity.

    Parameters
    ----------
    graph : scipy.sparse.csr_array of shape (n_rows, n_columns)
        A graph of neighbours.

    Returns
    -------
    columns, values : numpy.ndarray of shape (n_rows, n_entries)
        `n_entries` is that of the longest row, at least one.

    Examples
    --------
    >>> columns, values = padded(sp.csr_array([[0.0, 2.0], [0.0, 0.0]]))
    >>> columns.tolist(), values.tolist()
    ([[1], [-1]], [[2.0], [inf]])
    """
    lengths = np.diff(graph.indptr)
    shape = graph.shape[0], int(lengths.max(initial=1))
    columns, values = np.full(shape, -1), np.full(shape, np.inf)
    rows = np.repeat(np.arange(shape[0]), lengths)
    places = np.arange(graph.nnz) - np.repeat(graph.indptr[:-1], lengths)
    columns[rows, places], values[rows, places] = graph.indices, graph.data
    return columns, values


def pair_distances(X: View, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the distances of rows of `X` to other rows, from their differences in float64.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
        View, dense or sparse.
    rows : numpy.ndarray of shape (n_rows,)
        Rows to measure from.
    columns : numpy.ndarray of shape (n_rows, n_columns)
        Rows to measure to, for each of `rows`.

    Returns
    -------
    numpy.ndarray of shape (n_rows, n_columns), float64
    """
    squared = np.empty(columns.shape)
    at = X[rows].astype(np.float64)
    for j in range(columns.shape[1]):
        difference = at - X[columns[:, j]]
        if sp.issparse(difference):
            squared[:, j] = difference.multiply(difference).sum(axis=1)
        else:
            squared[:, j] = np.einsum("ij,ij->i", difference, difference)
    return np.sqrt(squared)
