"""An index of training points that is asked for the neighbours of new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numba import njit
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.neighbors.approximate import ApproximateSearch, ExcessDistance, _cells, nearest_centres
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.exact import SPARE, ExactSearch, _may_miss
from integrated_diffusion.neighbors.find import EXACT_SAMPLES, KNeighbors
from integrated_diffusion.neighbors.ranking import Neighbors, padded
from integrated_diffusion.neighbors.ranking_kernel import squared_distance
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.validation import View

_PAIRS = 2**17


class NeighborIndex(Protocol):
    """Training points that can be asked for neighbours."""

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the nearest training points of each row of `X`, `(n_new, n_features)`, one at distance zero too."""
        ...


def neighbor_index(
    points: View,
    n_neighbors: int,
    search: KNeighbors | None = None,
    *,
    queries: View | None = None,
    n_jobs: int | None = None,
) -> NeighborIndex:
    """Build an index of training points.

    Parameters
    ----------
    points : array of shape (n_samples, n_features)
        Training points, dense or sparse.
    n_neighbors : int
        Number of neighbours that will be asked for, at most `n_samples`.
    search : Search, KNeighborsTransformer or None, default None
        As in `find_neighbors`: how the neighbours of the training points themselves were found. A search that knows no
        new points is replaced by the default one.
    queries : array of shape (n_queries, n_features) or None, default None
        Points that will be asked for, if they lie elsewhere than the training points: the recall of an approximate
        search is measured on some of them. `None`: on some of the training points.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    NeighborIndex

    Raises
    ------
    ValueError
        If there are fewer points than neighbours.

    Examples
    --------
    >>> index = neighbor_index(np.array([[0.0], [1.0], [3.0]]), 2)
    >>> index.query(np.array([[2.9]])).indices.tolist()
    [[2, 1]]
    """
    if not 1 <= n_neighbors <= points.shape[0]:
        raise ValueError(
            f"expected between 1 and {points.shape[0]} neighbours among {points.shape[0]} training samples, found "
            f"{n_neighbors}; ask for fewer"
        )
    if search is not None and hasattr(search, "fit_transform") and hasattr(search, "transform"):
        return _TransformerIndex(points, n_neighbors, search)
    if sp.issparse(points):
        return _SparseIndex(sp.csr_array(points), n_neighbors)
    points = np.ascontiguousarray(points, dtype=np.float64 if points.dtype != np.float32 else np.float32)
    if search is None or not isinstance(search, ExactSearch | ApproximateSearch):
        search = ExactSearch() if points.shape[0] <= EXACT_SAMPLES else ApproximateSearch()
    if isinstance(search, ApproximateSearch):
        return _InvertedFile.of(points, n_neighbors, search, queries, n_jobs)
    return _ExactIndex(points, n_neighbors)


@dataclass(frozen=True)
class _Centring:
    """Points centred at the training mean, and the largest magnitude scaled to one; see `exact.centred`."""

    mean: np.ndarray
    largest: float

    @classmethod
    def of(cls, points: np.ndarray) -> _Centring:
        mean = points.mean(axis=0, dtype=np.float64)
        about = points - mean
        largest = float(max(about.max(), -about.min()))
        return cls(mean, largest if largest > 0 else 1.0)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray((X - self.mean) / self.largest, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class _ExactIndex:
    """Every new point against every training point, by products in float32 and differences in float64."""

    points: np.ndarray
    n_neighbors: int

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        X = _dense(X, self.points.shape[1])
        centring, cells = self._compared
        n_candidates = min(self.n_neighbors + SPARE, len(self.points))
        all_cells = np.arange(len(cells.sizes))

        def search(start: int) -> tuple[np.ndarray, np.ndarray]:
            block = X[start : start + ROWS]
            own = centring(block)
            places, squared = cells.candidates(own, 0, all_cells, n_candidates)
            indices, distances = _nearest(self.points, block, places, self.n_neighbors)
            if n_candidates < len(self.points):
                missed = np.flatnonzero(_may_miss(own, squared[:, -1], distances[:, -1] / centring.largest))
                for row in missed:  # the rounding of single precision does not tell them apart
                    every = np.arange(len(self.points), dtype=np.int32)[None]
                    indices[row], distances[row] = (
                        found[0] for found in _nearest(self.points, block[row : row + 1], every, self.n_neighbors)
                    )
            return indices, distances

        with one_thread():
            return _joined(map_threads(search, range(0, len(X), ROWS), n_jobs), self.n_neighbors)

    @cached_property
    def _compared(self) -> tuple[_Centring, Cells]:
        centring = _Centring.of(self.points)
        return centring, Cells.in_order(centring(self.points))

    def __getstate__(self) -> dict[str, Any]:
        """Return the points without what can be computed again."""
        return {"points": self.points, "n_neighbors": self.n_neighbors}


@dataclass(frozen=True, eq=False)
class _InvertedFile:
    """The k-means cells of the training points, of which new points probe as many as the recall needs."""

    points: np.ndarray
    n_neighbors: int
    centring: _Centring
    cells: Cells = field(repr=False)
    excess: ExcessDistance = field(repr=False)
    radius: float

    @classmethod
    def of(
        cls,
        points: np.ndarray,
        n_neighbors: int,
        search: ApproximateSearch,
        queries: View | None,
        n_jobs: int | None,
    ) -> _InvertedFile:
        """Make the cells, and measure on queries or on the training points how many of them must be probed."""
        centring = _Centring.of(points)
        with one_thread():
            cells = _cells(centring(points), search.random_state, n_jobs)
            excess = ExcessDistance.from_cells(cells)
            if queries is None:
                radius = search._radius(cells, excess, min(n_neighbors, len(points) - 1), n_jobs)
            else:
                radius = search._radius_of_queries(cells, excess, centring(np.asarray(queries)), n_neighbors)
        return cls(points, n_neighbors, centring, cells, excess, radius)

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        X = _dense(X, self.points.shape[1])
        own = self.centring(X)
        n_candidates = min(self.n_neighbors + SPARE, len(self.points))
        with one_thread():
            order, blocks = self._by_cell(own, n_jobs)

            def search(block: tuple[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
                cell, rows = block
                near, mask = self.excess.within(self.radius, own[rows], cell, n_candidates)
                places, _ = self.cells.candidates(own[rows], cell, near, n_candidates, mask)
                candidates = np.where(places < 0, -1, self.cells.order[places]).astype(np.int32)
                return _nearest(self.points, X[rows], candidates, self.n_neighbors)

            found = _joined(map_threads(search, blocks, n_jobs), self.n_neighbors)
        back = np.argsort(order, kind="stable")
        return Neighbors(found.indices[back], found.distances[back])

    def _by_cell(self, own: np.ndarray, n_jobs: int | None) -> tuple[np.ndarray, list[tuple[int, np.ndarray]]]:
        """Rows in the order of the cells whose centres are nearest, and blocks of rows of one cell."""
        assigned = nearest_centres(own, self.cells.centres, n_jobs)
        order = np.argsort(assigned, kind="stable")
        starts = np.searchsorted(assigned[order], np.arange(len(self.cells.sizes) + 1))
        blocks = [
            (cell, order[start : min(start + ROWS, stop)])
            for cell, (first, stop) in enumerate(pairwise(starts))
            for start in range(first, stop, ROWS)
        ]
        return order, blocks


@dataclass(frozen=True, eq=False)
class _SparseIndex:
    """Sparse points, which go to scikit-learn."""

    points: sp.csr_array
    n_neighbors: int

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        search = NearestNeighbors(n_neighbors=self.n_neighbors, algorithm="brute", n_jobs=n_jobs).fit(self.points)
        indices = search.kneighbors(sp.csr_array(X), return_distance=False)
        return _ranked(self.points, sp.csr_array(X), indices)


@dataclass(frozen=True, eq=False)
class _TransformerIndex:
    """Any scikit-learn `KNeighborsTransformer`."""

    points: View
    n_neighbors: int
    transformer: Any

    def query(self, X: View, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of new points; see `NeighborIndex`."""
        # One more than asked for comes from those that count a training sample's neighbours without itself.
        expected = max(1, min(self.n_neighbors, self.points.shape[0] - 1))
        graph = sp.csr_array(clone(self.transformer).set_params(n_neighbors=expected).fit(self.points).transform(X))
        found = np.diff(graph.indptr)
        if (found < expected).any():
            raise ValueError(
                f"search: expected {expected} neighbours of each new sample, found {found.min()} by "
                f"{type(self.transformer).__name__}; use another search"
            )
        candidates = padded(graph)[0].astype(np.int32)
        if sp.issparse(self.points):
            return _ranked(sp.csr_array(self.points), sp.csr_array(X), candidates[:, : self.n_neighbors])
        return Neighbors(*_nearest(self.points, np.asarray(X), candidates, self.n_neighbors))


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


def _nearest(
    points: np.ndarray, X: np.ndarray, candidates: np.ndarray, n_neighbors: int
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of each row's candidates by differences in float64, ties to the lower index."""
    candidates = np.sort(candidates, axis=1)
    rows = np.repeat(np.arange(len(X)), candidates.shape[1])
    distances = distances_to(points, X, rows, np.maximum(candidates.ravel(), 0)).reshape(candidates.shape)
    distances[candidates < 0] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors]
    return np.take_along_axis(candidates, order, 1), np.take_along_axis(distances, order, 1)


def _ranked(points: sp.csr_array, X: sp.csr_array, indices: np.ndarray) -> Neighbors:
    rows = np.repeat(np.arange(X.shape[0]), indices.shape[1])
    indices = np.sort(indices, axis=1).astype(np.int32)
    distances = distances_to(points, X, rows, indices.ravel()).reshape(indices.shape)
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbors(np.take_along_axis(indices, order, 1), np.take_along_axis(distances, order, 1))


def _joined(parts: list[tuple[np.ndarray, np.ndarray]], n_neighbors: int) -> Neighbors:
    if not parts:
        return Neighbors(np.empty((0, n_neighbors), np.int32), np.empty((0, n_neighbors)))
    return Neighbors(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))


def _dense(X: View, n_features: int) -> np.ndarray:
    dense = np.asarray(X) if isinstance(X, np.ndarray) else X.toarray()
    if dense.ndim != 2 or dense.shape[1] != n_features:
        raise ValueError(
            f"new samples: expected {n_features} coordinates, found shape {dense.shape}; give points of the same space"
        )
    return np.ascontiguousarray(dense, dtype=dense.dtype if dense.dtype == np.float32 else np.float64)
