"""Only the cells nearby, as many as the recall asks for."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np
import scipy.sparse as sp
from sklearn.metrics import euclidean_distances

from integrated_diffusion.neighbors.exact import SPARE, centred
from integrated_diffusion.neighbors.ranking import Neighbors, Ranking, pair_distances
from integrated_diffusion.neighbors.shortlist import ROWS, Cells
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.checks import check_count, check_positive
from integrated_diffusion.views.validation import View

_QUERY_BLOCKS = 4
_EIGHTH = 8  # nearest centre but itself


@dataclass(frozen=True)
class ApproximateSearch:
    """Look only into the cells of a k-means clustering that are not much further from a sample than its own.

    How much, in squared distance, is counted in the squared spacing of the cells there, so that crowded and thin
    regions are looked at alike. On a sheet of five dimensions with little noise in fifty that takes a fifth of the
    comparisons that looking equally far from all samples of a cell takes, on a tree with much noise four fifths.

    Parameters
    ----------
    recall
        Share of the true neighbours to find. All samples look as far as it takes to find that share, and two standard
        errors more, for a sample of queries whose neighbours are known.
    n_queries
        Number of samples on which the recall is measured.
    random_state
        Seed of the cells and of the queries.
    """

    recall: float = 0.99
    n_queries: int = 500
    random_state: int = 0

    def __post_init__(self) -> None:
        check_positive(self.recall, "recall")
        if self.recall > 1:
            raise ValueError(f"recall: expected a share of at most 1, found {self.recall}; 0.99 is usual")
        check_count(self.n_queries, "n_queries")

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        if sp.issparse(X):
            raise TypeError(
                "ApproximateSearch: expected a dense view, found a sparse one; reduce it (n_pca) or use ExactSearch"
            )
        n_candidates = min(n_neighbors + 1 + SPARE, X.shape[0])
        ranking = Ranking.of(X, n_neighbors)
        with one_thread():
            cells = _cells(centred(X), self.random_state, n_jobs)
            further = _Further.than_home(cells)
            reach = self._reach(cells, further, n_neighbors, n_jobs)

            def search(block: tuple[int, int, int]) -> None:
                cell, start, stop = block
                own = cells.points[start:stop]
                looked_into, wanted = further.within(reach, own, cell, n_neighbors)
                places, _ = cells.shortlist(own, cell, looked_into, n_candidates, wanted)
                ranking.keep(cells.order[start:stop], np.where(places < 0, -1, cells.order[places]))

            map_threads(search, cells.blocks(), n_jobs)
        return ranking.neighbors

    def _reach(self, cells: Cells, further: _Further, n_neighbors: int, n_jobs: int | None) -> float:
        """How far to look: in which cells the true neighbours of the queries lie is known without a search."""
        n_samples = len(cells.points)
        rng = np.random.default_rng(self.random_state)
        queries = np.sort(rng.choice(n_samples, min(self.n_queries, n_samples), replace=False))
        home = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
        neighbors = _true_neighbors(cells.points, queries, n_neighbors, n_jobs)
        theirs = np.take_along_axis(further.of(cells.points[queries], home[queries]), home[neighbors], 1)
        theirs += 1e-4 * np.abs(theirs)  # the search itself rounds to single precision
        if n_samples <= self.n_queries:  # everybody has been compared with everybody, so nobody need be missed
            return float(theirs.max())
        for reach in np.quantile(theirs, np.linspace(self.recall, 1, 200)):
            found = np.mean(theirs <= reach, axis=1)
            if found.mean() - 2 * found.std() / np.sqrt(len(found)) >= self.recall:
                return float(reach)
        return float(theirs.max())


@dataclass(frozen=True, eq=False)
class _Further:
    """How much further than its own cell the others are from a sample.

    Attributes
    ----------
    centres
        Where the cells lie, `(n_cells, n_features)`.
    sizes
        Number of points of each.
    spacing
        Squared distance of each from the eighth nearest, `(n_cells,)`.
    """

    centres: np.ndarray
    sizes: np.ndarray
    spacing: np.ndarray

    @classmethod
    def than_home(cls, cells: Cells) -> _Further:
        """Measure the spacing of cells."""
        away = euclidean_distances(cells.centres.astype(np.float64), squared=True)
        spacing = np.partition(away, min(_EIGHTH, len(away) - 1), axis=1)[:, min(_EIGHTH, len(away) - 1)]
        return cls(cells.centres, cells.sizes, np.maximum(spacing, np.finfo(cells.centres.dtype).tiny))

    def of(self, points: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return `(|a - c|² - |a - own|²) / spacing` for some points, each of its own cell, `(n_points, n_cells)`."""
        away = euclidean_distances(points.astype(np.float64), self.centres.astype(np.float64), squared=True)
        return np.asarray((away - np.take_along_axis(away, own[:, None], 1)) / self.spacing[own, None])

    def within(self, reach: float, points: np.ndarray, cell: int, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the cells that any of some points looks into, nearest first, and who does, `(n_cells, n_points)`.

        All look into the nearest cells that together hold more than `n_neighbors` samples.
        """
        there, here = self.centres - self.centres[cell], points - self.centres[cell]
        away = _squared_norms(there)
        nearest_first = np.argsort(away, kind="stable")
        nearest_first = np.append(cell, nearest_first[nearest_first != cell])
        least = int(np.argmax(np.cumsum(self.sizes[nearest_first]) > n_neighbors)) + 1
        limit, radius = reach * self.spacing[cell], np.sqrt(_squared_norms(here).max())
        # |a - c|² - |a - own|² is at least |c - own| (|c - own| - 2 radius), which is beyond the limit for most.
        furthest = 1.001 * (radius + np.sqrt(radius**2 + max(limit, 0)))
        near = nearest_first[: max(least, np.searchsorted(away[nearest_first], furthest**2))]
        wanted = _beyond_own(there[near], away[near], here) <= limit
        wanted[:least] = True
        looked_into = wanted.any(axis=1)
        return near[looked_into], wanted[looked_into]


def _beyond_own(there: np.ndarray, away: np.ndarray, here: np.ndarray) -> np.ndarray:
    """`|a - c|² - |a - own|² = |c - own|² - 2 (c - own) · (a - own)`."""
    squared = there @ (-2 * here).T
    squared += away[:, None]
    return np.asarray(squared)


def _squared_norms(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,ij->i", points, points))


def _cells(points: np.ndarray, random_state: int, n_jobs: int | None) -> Cells:
    n_samples, n_features = points.shape
    # More of them spare comparisons of which each sample has the more, the more samples there are.
    n_cells = max(1, min(int(n_samples**0.6 / 3), n_samples // 40))
    k_means = faiss.Kmeans(
        n_features, n_cells, niter=6, max_points_per_centroid=32, min_points_per_centroid=1, seed=random_state + 1
    )
    k_means.train(points)
    centres = np.asarray(k_means.centroids)
    targets = Cells.in_order(centres)

    def assign(start: int) -> np.ndarray:
        some = points[start : start + ROWS]
        return targets.shortlist(some, 0, np.arange(len(targets.sizes)), 1)[0][:, 0]

    home = np.concatenate(map_threads(assign, range(0, n_samples, ROWS), n_jobs))
    order = np.argsort(home, kind="stable")
    starts = np.searchsorted(home[order], np.arange(n_cells + 1))
    return Cells(points[order], order, starts, centres)


def _true_neighbors(points: np.ndarray, queries: np.ndarray, n_neighbors: int, n_jobs: int | None) -> np.ndarray:
    everybody, n_candidates = Cells.in_order(points), min(n_neighbors + 1 + SPARE, len(points))

    def search(some: np.ndarray) -> np.ndarray:
        return everybody.shortlist(points[some], 0, np.arange(len(everybody.sizes)), n_candidates)[0]

    found = np.concatenate(map_threads(search, np.array_split(queries, _QUERY_BLOCKS), n_jobs))
    distances = pair_distances(points, queries, found)
    distances[found == queries[:, None]] = np.inf
    return np.take_along_axis(found, np.argsort(distances, axis=1)[:, :n_neighbors], 1)
