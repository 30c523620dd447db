"""Cells of points, and the candidates that a block of samples finds in the cells it probes, by squared distances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.candidates_plain import TILE, candidates_plain
from integrated_diffusion.runtime import simd

if simd.is_available():
    from integrated_diffusion.neighbors.candidates_simd import candidates_simd as _candidates
else:
    _candidates = candidates_plain

ROWS = 256
"""Samples that are searched together: they stay in the first-level cache while the cells are read."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Points in the order of their cells.

    Attributes
    ----------
    points : numpy.ndarray of shape (n_samples, n_features)
        Points, float32 or float64, which is the precision of the search.
    order : numpy.ndarray of shape (n_samples,)
        Row of the view of each point.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    centres : numpy.ndarray of shape (n_cells, n_features)
        Centre of each cell, in the precision of the points.
    """

    points: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    centres: np.ndarray

    @classmethod
    def in_order(cls, points: np.ndarray) -> Cells:
        """Cut the points into cells in their present order, all centred at the origin."""
        n_samples, n_features = points.shape
        starts = np.append(np.arange(0, n_samples, ROWS), n_samples)
        return cls(points, np.arange(n_samples), starts, np.zeros((len(starts) - 1, n_features), points.dtype))

    @property
    def sizes(self) -> np.ndarray:
        """Number of points of each cell."""
        return np.diff(self.starts)

    def blocks(self) -> list[tuple[int, int, int]]:
        """Cut all cells into blocks of rows: cell, first point and the point after the last."""
        return [
            (cell, start, min(start + ROWS, stop))
            for cell, (start, stop) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True))
            for start in range(start, stop, ROWS)
        ]

    def candidates(
        self,
        own: np.ndarray,
        cell: int,
        probed_cells: np.ndarray,
        n_candidates: int,
        probe_mask: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest points of some points, including themselves if they are in the cells.

        Parameters
        ----------
        own : numpy.ndarray of shape (n_rows, n_features)
            Points of one cell.
        cell : int
            That cell, relative to whose centre distances are computed.
        probed_cells : numpy.ndarray of shape (n_probed,)
            Cells to search, best the nearest first.
        n_candidates : int
            Number of points to return.
        probe_mask : numpy.ndarray of shape (n_probed, n_rows) or None, default None
            Which of the cells each point probes; `None`: all of them.

        Returns
        -------
        places : numpy.ndarray of shape (n_rows, n_candidates), int32
            Places in `points`; `-1` where there are too few.
        squared : numpy.ndarray of shape (n_rows, n_candidates)
            Squared distances, less the point's own squared distance to the centre.
        """
        places = np.full((len(own), n_candidates), -1, np.int32)
        squared = np.full(places.shape, np.inf, own.dtype)
        tiles, first_tiles = self._tiles
        centre = self.centres[cell]
        _candidates(own, tiles, first_tiles, self.starts, centre, probed_cells, probe_mask, places, squared)
        return places, squared

    @cached_property
    def _tiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Tiles of 16 points of one cell, stored feature by feature, and the first tile of each cell."""
        first_tiles = np.concatenate([[0], np.cumsum(-(-self.sizes // TILE))])
        # The part of a last tile that its cell does not fill is infinitely far away.
        tiles = np.full((first_tiles[-1], self.points.shape[1], TILE), np.inf, self.points.dtype)
        _fill_tiles(self.points, self.starts, first_tiles, tiles)
        return tiles, first_tiles


@njit(cache=True, nogil=True)
def _fill_tiles(points: np.ndarray, starts: np.ndarray, first_tiles: np.ndarray, tiles: np.ndarray) -> None:
    for cell in range(len(starts) - 1):
        for place in range(starts[cell], starts[cell + 1]):
            tile, lane = divmod(place - starts[cell], TILE)
            for feature in range(points.shape[1]):  # a slice in its place takes fifteen times as long to compile
                tiles[first_tiles[cell] + tile, feature, lane] = points[place, feature]
