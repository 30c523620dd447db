"""Approximate search: an inverted file of k-means cells, of which each sample probes as many as the recall needs."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np
import scipy.sparse as sp
from sklearn.metrics import euclidean_distances

from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.centring import Centring
from integrated_diffusion.neighbors.exact import SPARE
from integrated_diffusion.neighbors.ranking import Neighbors, Ranking, pair_distances
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.checks import check_count, check_positive
from integrated_diffusion.views.validation import View

_QUERY_BLOCKS = 4
_EIGHTH = 8  # nearest centre but itself


@dataclass(frozen=True)
class ApproximateSearch:
    """Probe the k-means cells whose centres are not much further from a sample than that of its own cell.

    The excess in squared distance is measured in units of the squared spacing of the cells there, so that dense and
    sparse regions are treated alike. On a sheet of five dimensions with little noise in fifty this needs a fifth of
    the comparisons that one radius for all samples of a cell needs, on a tree with much noise four fifths.

    Parameters
    ----------
    recall : float, default 0.99
        Share of the true neighbours to find. The radius is the smallest one at which the recall of random queries,
        less two standard errors, reaches this share.
    n_queries : int, default 500
        Number of samples on which the recall is measured.
    random_state : int, default 0
        Seed of the cells and of the queries.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.
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
            cells = _cells(Centring.of(X)(X, n_jobs=n_jobs), self.random_state, n_jobs)
            excess = ExcessDistance.from_cells(cells)
            radius = self._radius(cells, excess, n_neighbors, n_jobs)

            def search(block: tuple[int, int, int]) -> None:
                cell, start, stop = block
                own = cells.points[start:stop]
                probed_cells, probe_mask = excess.within(radius, own, cell, n_neighbors)
                places = cells.quantized_candidates(own, cell, probed_cells, n_candidates, probe_mask)
                ranking.keep(cells.order[start:stop], np.where(places < 0, -1, cells.order[places]))

            map_threads(search, cells.blocks(), n_jobs)
        return ranking.neighbors

    def _radius(self, cells: Cells, excess: ExcessDistance, n_neighbors: int, n_jobs: int | None) -> float:
        """Smallest radius at which random queries, whose true neighbours are known, reach the recall."""
        n_samples = len(cells.points)
        rng = np.random.default_rng(self.random_state)
        queries = np.sort(rng.choice(n_samples, min(self.n_queries, n_samples), replace=False))
        assigned_cell = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
        neighbors = _true_neighbors(cells.points, queries, n_neighbors, n_jobs)
        excess_of_neighbors = np.take_along_axis(
            excess.of(cells.points[queries], assigned_cell[queries]), assigned_cell[neighbors], 1
        )
        excess_of_neighbors += 1e-4 * np.abs(excess_of_neighbors)  # the search itself rounds to single precision
        if n_samples <= self.n_queries:  # all pairs have been compared, so no neighbour need be missed
            return float(excess_of_neighbors.max())
        return least_radius(excess_of_neighbors, self.recall)

    def _radius_of_queries(self, cells: Cells, excess: ExcessDistance, queries: np.ndarray, n_neighbors: int) -> float:
        """Smallest radius at which random ones of other points reach the recall among the points of the cells."""
        rng = np.random.default_rng(self.random_state)
        some = queries[np.sort(rng.choice(len(queries), min(self.n_queries, len(queries)), replace=False))]
        points = Cells.in_order(cells.points)
        true, _ = points.candidates(some, 0, np.arange(len(points.sizes)), n_neighbors)
        found = excess.of(some, nearest_centres(some, cells.centres))
        assigned_cell = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
        return least_radius(np.take_along_axis(found, assigned_cell[true], 1), self.recall)


def least_radius(excess_of_neighbors: np.ndarray, recall: float) -> float:
    """Smallest radius at which the recall of the queries, less two standard errors, reaches a share."""
    for radius in np.quantile(excess_of_neighbors, np.linspace(recall, 1, 200)):
        found = np.mean(excess_of_neighbors <= radius, axis=1)
        if found.mean() - 2 * found.std() / np.sqrt(len(found)) >= recall:
            return float(radius)
    return float(excess_of_neighbors.max())


@dataclass(frozen=True, eq=False)
class ExcessDistance:
    """How much further a sample is from the centres of other cells than from its own cell's centre.

    Attributes
    ----------
    centres : numpy.ndarray of shape (n_cells, n_features)
        Centres of the cells.
    sizes : numpy.ndarray of shape (n_cells,)
        Number of points in each cell.
    spacing : numpy.ndarray of shape (n_cells,)
        Squared distance of each centre to the eighth nearest one.
    """

    centres: np.ndarray
    sizes: np.ndarray
    spacing: np.ndarray

    @classmethod
    def from_cells(cls, cells: Cells) -> ExcessDistance:
        """Measure the spacing of the cells."""
        squared = euclidean_distances(cells.centres.astype(np.float64), squared=True)
        eighth = min(_EIGHTH, len(squared) - 1)
        spacing = np.partition(squared, eighth, axis=1)[:, eighth]
        return cls(cells.centres, cells.sizes, np.maximum(spacing, np.finfo(cells.centres.dtype).tiny))

    def of(self, points: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return `(|a - c|² - |a - own|²) / spacing` of points and their own cells, shape `(n_points, n_cells)`."""
        squared = euclidean_distances(points.astype(np.float64), self.centres.astype(np.float64), squared=True)
        return np.asarray((squared - np.take_along_axis(squared, own[:, None], 1)) / self.spacing[own, None])

    def within(self, radius: float, points: np.ndarray, cell: int, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the cells that points of one cell probe, nearest first, and the mask `(n_cells, n_points)` of probes.

        Every point probes at least the nearest cells that together hold more than `n_neighbors` samples.
        """
        there, here = self.centres - self.centres[cell], points - self.centres[cell]
        squared = _squared_norms(there)
        nearest_first = np.argsort(squared, kind="stable")
        nearest_first = np.append(cell, nearest_first[nearest_first != cell])
        least = int(np.argmax(np.cumsum(self.sizes[nearest_first]) > n_neighbors)) + 1
        limit, spread = radius * self.spacing[cell], np.sqrt(_squared_norms(here).max())
        # |a - c|² - |a - own|² is at least |c - own| (|c - own| - 2 spread), which is beyond the limit for most.
        furthest = 1.001 * (spread + np.sqrt(spread**2 + max(limit, 0)))
        near = nearest_first[: max(least, np.searchsorted(squared[nearest_first], furthest**2))]
        probe_mask = _excess_squared(there[near], squared[near], here) <= limit
        probe_mask[:least] = True
        probed_cells = probe_mask.any(axis=1)
        return near[probed_cells], probe_mask[probed_cells]


def _excess_squared(there: np.ndarray, squared: np.ndarray, here: np.ndarray) -> np.ndarray:
    """`|a - c|² - |a - own|² = |c - own|² - 2 (c - own) · (a - own)`."""
    excess = there @ (-2 * here).T
    excess += squared[:, None]
    return np.asarray(excess)


def _squared_norms(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("ij,ij->i", points, points))


def n_cells_for(n_samples: int) -> int:
    """Return the number of cells for a number of samples: comparisons that further cells save grow with it."""
    return max(1, min(int(n_samples**0.6 / 3), n_samples // 40))


def k_means_centres(points: np.ndarray, n_cells: int, random_state: int) -> np.ndarray:
    """Return the centres of cells, by k-means.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_samples, n_features), float32
        All points, or some drawn at random; at most 32 a cell are used.
    n_cells : int
        Number of cells.
    random_state : int
        Seed.

    Returns
    -------
    numpy.ndarray of shape (n_cells, n_features), float32
    """
    k_means = faiss.Kmeans(
        points.shape[1], n_cells, niter=6, max_points_per_centroid=32, min_points_per_centroid=1, seed=random_state + 1
    )
    k_means.train(points)
    return np.asarray(k_means.centroids)


def nearest_centres(points: np.ndarray, centres: np.ndarray, n_jobs: int | None = 1) -> np.ndarray:
    """Return the number of the nearest centre to each point, `(n_points,)`; both in one precision."""
    targets = Cells.in_order(centres)

    def assign(start: int) -> np.ndarray:
        some = points[start : start + ROWS]
        return targets.candidates(some, 0, np.arange(len(targets.sizes)), 1)[0][:, 0]

    return np.concatenate(map_threads(assign, range(0, len(points), ROWS), n_jobs))


def _cells(points: np.ndarray, random_state: int, n_jobs: int | None) -> Cells:
    n_cells = n_cells_for(len(points))
    centres = k_means_centres(points, n_cells, random_state)
    assigned_cell = nearest_centres(points, centres, n_jobs)
    order = np.argsort(assigned_cell, kind="stable")
    starts = np.searchsorted(assigned_cell[order], np.arange(n_cells + 1))
    return Cells(points[order], order, starts, centres)


def _true_neighbors(points: np.ndarray, queries: np.ndarray, n_neighbors: int, n_jobs: int | None) -> np.ndarray:
    all_points, n_candidates = Cells.in_order(points), min(n_neighbors + 1 + SPARE, len(points))

    def search(some: np.ndarray) -> np.ndarray:
        return all_points.candidates(points[some], 0, np.arange(len(all_points.sizes)), n_candidates)[0]

    found = np.concatenate(map_threads(search, np.array_split(queries, _QUERY_BLOCKS), n_jobs))
    distances = pair_distances(points, queries, found)
    distances[found == queries[:, None]] = np.inf
    return np.take_along_axis(found, np.argsort(distances, axis=1)[:, :n_neighbors], 1)
