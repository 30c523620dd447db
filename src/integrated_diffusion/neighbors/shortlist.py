"""Shortlists by squared distances: a block of samples against the cells that lie nearest to its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.shortlist_kernel import TILE, shortlist_plain
from integrated_diffusion.runtime import simd

if simd.is_available():
    from integrated_diffusion.neighbors.shortlist_simd import shortlist_simd as _shortlist
else:
    _shortlist = shortlist_plain

ROWS = 256
"""Samples that are looked at together: they stay in the nearest cache while the cells pass by."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Points in the order of their cells.

    Attributes
    ----------
    points
        Shape `(n_samples, n_features)`, float32 or float64, in which all is then computed.
    order
        The row of the view that each point is.
    starts
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    centres
        Where each cell lies, of the same precision, shape `(n_cells, n_features)`.
    """

    points: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    centres: np.ndarray

    @classmethod
    def in_order(cls, points: np.ndarray) -> Cells:
        """Cut the points into cells in the order they have, all about the origin."""
        n_samples, n_features = points.shape
        starts = np.append(np.arange(0, n_samples, ROWS), n_samples)
        return cls(points, np.arange(n_samples), starts, np.zeros((len(starts) - 1, n_features), points.dtype))

    @property
    def sizes(self) -> np.ndarray:
        """Number of points of each cell."""
        return np.diff(self.starts)

    def blocks(self) -> list[tuple[int, int, int]]:
        """Cut all cells into blocks of rows: the cell, its first and its last point but one."""
        return [
            (cell, start, min(start + ROWS, stop))
            for cell, (start, stop) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True))
            for start in range(start, stop, ROWS)
        ]

    def shortlist(
        self,
        own: np.ndarray,
        cell: int,
        looked_into: np.ndarray,
        n_candidates: int,
        wanted: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the points nearest to some, themselves among them if they are in the cells.

        Parameters
        ----------
        own
            Points of one cell, `(n_rows, n_features)`.
        cell
            That cell, about whose centre all is computed.
        looked_into
            The cells to look into, best the nearest first, `(n_looked_into,)`.
        n_candidates
            Number of points to return.
        wanted
            Which of the cells each point looks into, `(n_looked_into, n_rows)`; all of them unless given.

        Returns
        -------
        places, squared
            Places in `points` (`-1` where there are too few) and squared distances less the own squared distance from
            the centre, `(n_rows, n_candidates)`.
        """
        places = np.full((len(own), n_candidates), -1, np.int32)
        squared = np.full(places.shape, np.inf, own.dtype)
        tiles, first_tiles = self._tiles
        centre = self.centres[cell]
        _shortlist(own, tiles, first_tiles, self.starts, centre, looked_into, wanted, places, squared)
        return places, squared

    @cached_property
    def _tiles(self) -> tuple[np.ndarray, np.ndarray]:
        """The points of each cell, some at a time and feature by feature, and the first tile of each cell."""
        first_tiles = np.concatenate([[0], np.cumsum(-(-self.sizes // TILE))])
        return _in_tiles(self.points, self.starts, first_tiles), first_tiles


@njit(cache=True, nogil=True)
def _in_tiles(points: np.ndarray, starts: np.ndarray, first_tiles: np.ndarray) -> np.ndarray:
    # Where a cell does not fill its last tile, nothing is infinitely far away.
    tiles = np.full((first_tiles[-1], points.shape[1], TILE), np.inf, points.dtype)
    for cell in range(len(starts) - 1):
        for place in range(starts[cell], starts[cell + 1]):
            tile, lane = divmod(place - starts[cell], TILE)
            tiles[first_tiles[cell] + tile, :, lane] = points[place]
    return tiles
