"""From candidates to neighbours, by distances in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.runtime.simd import fetch, zeros
from integrated_diffusion.runtime.threads import map_threads
from integrated_diffusion.views.validation import View

_CHUNK = 4_096
_FETCHED = 16  # features that are prefetched at a time, at least one cache line


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


@njit(cache=True, nogil=True)
def _keep_nearest(
    X: np.ndarray, rows: np.ndarray, candidates: np.ndarray, indices: np.ndarray, distances: np.ndarray
) -> None:
    some = zeros(X, _FETCHED)
    for place, row in enumerate(rows):
        here, nearest, distances_of_nearest = X[row], indices[row], distances[row]
        for other in candidates[place]:  # rows lie anywhere in memory
            for feature in range(0, X.shape[1], _FETCHED):
                fetch(X, max(other, 0), feature, some)
        for other in candidates[place]:
            if distances_of_nearest[-1] == 0 and other > nearest[-1]:
                continue  # enough duplicates with lower indices
            if other >= 0 and other != row:
                _insert(nearest, distances_of_nearest, other, np.sqrt(_squared_distance(here, X[other])))


@njit(cache=True, nogil=True)
def _squared_distance(one: np.ndarray, other: np.ndarray) -> float:
    # Four sums, because additions to a single one would each wait for the one before.
    first = second = third = fourth = 0.0
    whole = len(one) - len(one) % 4
    for feature in range(0, whole, 4):
        first += (np.float64(one[feature]) - np.float64(other[feature])) ** 2
        second += (np.float64(one[feature + 1]) - np.float64(other[feature + 1])) ** 2
        third += (np.float64(one[feature + 2]) - np.float64(other[feature + 2])) ** 2
        fourth += (np.float64(one[feature + 3]) - np.float64(other[feature + 3])) ** 2
    for feature in range(whole, len(one)):
        first += (np.float64(one[feature]) - np.float64(other[feature])) ** 2
    return (first + second) + (third + fourth)


@njit(cache=True, nogil=True)
def _insert(indices: np.ndarray, distances: np.ndarray, index: int, distance: float) -> None:
    """Insert one into the sorted neighbours; at equal distance the lower index comes first."""
    place = len(distances)
    while place > 0 and (
        distance < distances[place - 1] or (distance == distances[place - 1] and index < indices[place - 1])
    ):
        place -= 1
    for later in range(len(distances) - 1, place, -1):
        distances[later], indices[later] = distances[later - 1], indices[later - 1]
    if place < len(distances):
        distances[place], indices[place] = distance, index


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
