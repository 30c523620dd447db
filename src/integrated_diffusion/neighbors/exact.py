"""Exact search: every sample against every other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.centring import Centring
from integrated_diffusion.neighbors.ranking import Neighbors, Ranking, pair_distances, rank
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.validation import View

SPARE = 4


@dataclass(frozen=True)
class ExactSearch:
    """Compare every sample with every other, in blocks.

    Dense views are compared by matrix products in float32, with a few spare candidates. Samples that may have missed a
    neighbour by the bound on the rounding error are compared again in float64, and where the bound still does not
    exclude it, by the differences to all samples. Sparse views go to scikit-learn.
    """

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the `n_neighbors` nearest neighbours of each row of `X`."""
        n_candidates = min(n_neighbors + 1 + SPARE, X.shape[0])
        if sp.issparse(X):
            search = NearestNeighbors(n_neighbors=n_candidates, algorithm="brute", n_jobs=n_jobs).fit(X)
            return rank(X, search.kneighbors(X, return_distance=False), n_neighbors, n_jobs)
        ranking, rows = Ranking.of(X, n_neighbors), np.arange(len(X))
        with one_thread():
            for dtype in (np.float32, np.float64):
                if len(rows):
                    rows = _by_products(ranking, rows, Centring.of(X)(X, dtype, n_jobs), n_candidates, n_jobs)
                    ranking.reset(rows)
        all_points = np.arange(len(X))[None]
        map_threads(lambda row: ranking.keep(row, all_points), rows[:, None], n_jobs)
        return ranking.neighbors


def _by_products(
    ranking: Ranking, rows: np.ndarray, points: np.ndarray, n_candidates: int, n_jobs: int | None
) -> np.ndarray:
    """Rank the candidates of some rows, and return the rows that may have missed a neighbour."""
    cells = Cells.in_order(points)

    def search(start: int) -> np.ndarray:
        block = rows[start : start + ROWS]
        # Samples are often stored near their neighbours: close candidates first means fewer insertions later.
        assigned_cell = block[0] // ROWS
        nearest_first = np.argsort(np.abs(np.arange(len(cells.sizes)) - assigned_cell), kind="stable")
        places, squared = cells.candidates(points[block], assigned_cell, nearest_first, n_candidates)
        ranking.keep(block, places)
        if n_candidates == len(points):
            return block[:0]
        furthest = pair_distances(points, block, ranking.neighbors.indices[block, -1:])[:, 0]
        return block[_may_miss(points[block], squared[:, -1], furthest)]

    return np.concatenate(map_threads(search, range(0, len(rows), ROWS), n_jobs))


def _may_miss(points: np.ndarray, least: np.ndarray, furthest: np.ndarray) -> np.ndarray:
    """Return whether a point that is no candidate could be as near as the furthest neighbour found.

    `least` is a lower bound on the computed squared distance of such a point, less the squared norm. A point that near
    lies within `|a| + furthest` of the origin. Points are rounded in proportion to their norms, and a sum of `n`
    products errs by at most `n` roundings of the sum of their magnitudes (Higham 2002, section 3.1).
    """
    norms = np.linalg.norm(points.astype(np.float64), axis=1)
    magnitudes = 2 * norms + furthest
    limits = np.finfo(points.dtype)
    error = (points.shape[1] + 8) * limits.eps * magnitudes**2 + limits.tiny
    may_miss: np.ndarray = least + norms**2 - error <= (furthest + 2 * limits.eps * magnitudes) ** 2
    return may_miss
