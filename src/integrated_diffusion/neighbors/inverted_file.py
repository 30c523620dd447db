"""An index of k-means cells, of which new points probe as many as the recall needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from integrated_diffusion.neighbors.approximate import ApproximateSearch, ExcessDistance, _cells, nearest_centres
from integrated_diffusion.neighbors.candidates import dense, joined, nearest
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.centring import Centring
from integrated_diffusion.neighbors.exact import SPARE
from integrated_diffusion.neighbors.ranking import Neighbors
from integrated_diffusion.runtime.threads import map_threads, one_thread
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class InvertedFile:
    """The k-means cells of the training points, of which new points probe as many as the recall needs."""

    points: np.ndarray
    n_neighbors: int
    centring: Centring
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
    ) -> InvertedFile:
        """Make the cells, and measure on queries or on the training points how many of them must be probed."""
        centring = Centring.of(points)
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
        X = dense(X, self.points.shape[1])
        own = self.centring(X)
        n_candidates = min(self.n_neighbors + SPARE, len(self.points))
        with one_thread():
            order, blocks = self._by_cell(own, n_jobs)

            def search(block: tuple[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
                cell, rows = block
                near, mask = self.excess.within(self.radius, own[rows], cell, n_candidates)
                places = self.cells.quantized_candidates(own[rows], cell, near, n_candidates, mask)
                candidates = np.where(places < 0, -1, self.cells.order[places]).astype(np.int32)
                return nearest(self.points, X[rows], candidates, self.n_neighbors)

            found = joined(map_threads(search, blocks, n_jobs), self.n_neighbors)
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
