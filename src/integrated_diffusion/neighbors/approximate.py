"""Only the cells nearby, as many as the recall asks for."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np
import scipy.sparse as sp
from sklearn.metrics import euclidean_distances

from integrated_diffusion.neighbors.exact import SPARE, centred
from integrated_diffusion.neighbors.ranking import Neighbors, Ranking, pair_distances
from integrated_diffusion.neighbors.shortlist import Cells
from integrated_diffusion.parallel import map_threads, one_thread
from integrated_diffusion.validation import View, check_count, check_positive

_CHUNK = 4_096
_QUERY_BLOCKS = 4


@dataclass(frozen=True)
class ApproximateSearch:
    """Look only into the cells of a k-means clustering that lie near the sample's own.

    How near is counted in the spacing of the cells there, so that crowded and thin regions look equally far. On a tree
    with noise in all of 50 dimensions that takes half the comparisons of as many cells for everybody.

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
            away = _spacings_away(cells)
            nearest_first = np.argsort(away, axis=1, kind="stable")
            within = np.count_nonzero(away <= self._reach(cells, away, n_neighbors, n_jobs), axis=1)
            n_probes = np.maximum(within, _least(cells, nearest_first, n_neighbors))

            def search(block: tuple[int, int, int]) -> None:
                cell, start, stop = block
                places, _ = cells.shortlist(
                    cells.points[start:stop], cell, nearest_first[cell, : n_probes[cell]], n_candidates
                )
                ranking.keep(cells.order[start:stop], np.where(places < 0, -1, cells.order[places]))

            map_threads(search, cells.blocks(), n_jobs)
        return ranking.neighbors

    def _reach(self, cells: Cells, away: np.ndarray, n_neighbors: int, n_jobs: int | None) -> float:
        """How far to look: in which cells the true neighbours of the queries lie is known without a search."""
        n_samples = len(cells.points)
        rng = np.random.default_rng(self.random_state)
        queries = np.sort(rng.choice(n_samples, min(self.n_queries, n_samples), replace=False))
        home = np.repeat(np.arange(len(away)), cells.sizes)
        theirs = away[home[queries, None], home[_true_neighbors(cells.points, queries, n_neighbors, n_jobs)]]
        for reach in np.quantile(theirs, np.linspace(self.recall, 1, 200)):
            found = np.mean(theirs <= reach, axis=1)
            if found.mean() - 2 * found.std() / np.sqrt(len(found)) >= self.recall:
                return float(reach)
        return float(theirs.max())


def _cells(points: np.ndarray, random_state: int, n_jobs: int | None) -> Cells:
    n_samples, n_features = points.shape
    n_cells = max(1, min(int(2 * np.sqrt(n_samples)), n_samples // 40))
    k_means = faiss.Kmeans(
        n_features, n_cells, niter=6, max_points_per_centroid=32, min_points_per_centroid=1, seed=random_state + 1
    )
    k_means.train(points)

    def assign(start: int) -> np.ndarray:
        cells: np.ndarray = k_means.index.search(points[start : start + _CHUNK], 1)[1].ravel()
        return cells

    home = np.concatenate(map_threads(assign, range(0, n_samples, _CHUNK), n_jobs))
    order = np.argsort(home, kind="stable")
    starts = np.searchsorted(home[order], np.arange(n_cells + 1))
    return Cells(points[order], order, starts, np.asarray(k_means.centroids))


def _spacings_away(cells: Cells) -> np.ndarray:
    """How far each cell is from each, in distances to the former's eighth nearest; its own is nearest."""
    away = euclidean_distances(cells.centres.astype(np.float64))
    spacing = np.sort(away, axis=1)[:, min(8, len(away) - 1)]
    away /= np.maximum(spacing, np.finfo(np.float64).tiny)[:, None]
    np.fill_diagonal(away, -1)
    return away


def _true_neighbors(points: np.ndarray, queries: np.ndarray, n_neighbors: int, n_jobs: int | None) -> np.ndarray:
    everybody, n_candidates = Cells.in_order(points), min(n_neighbors + 1 + SPARE, len(points))

    def search(some: np.ndarray) -> np.ndarray:
        return everybody.shortlist(points[some], 0, np.arange(len(everybody.sizes)), n_candidates)[0]

    found = np.concatenate(map_threads(search, np.array_split(queries, _QUERY_BLOCKS), n_jobs))
    distances = pair_distances(points, queries, found)
    distances[found == queries[:, None]] = np.inf
    return np.take_along_axis(found, np.argsort(distances, axis=1)[:, :n_neighbors], 1)


def _least(cells: Cells, nearest_first: np.ndarray, n_neighbors: int) -> np.ndarray:
    """How many cells hold more samples than neighbours, seen from each."""
    return np.argmax(np.cumsum(cells.sizes[nearest_first], axis=1) > n_neighbors, axis=1) + 1
