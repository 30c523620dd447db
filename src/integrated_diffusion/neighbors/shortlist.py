"""Shortlists by squared distances: a block of samples against the cells that lie nearest to its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd import below, less, lowest, plus_fused, put, taken, zeros

ROWS = 256
"""Samples that are looked at together: they stay in the nearest cache while the cells pass by."""

_TILE = 16  # points of a cell that are compared at once


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
        first_tiles = np.concatenate([[0], np.cumsum(-(-self.sizes // _TILE))])
        return _in_tiles(self.points, self.starts, first_tiles), first_tiles


@njit(cache=True, nogil=True)
def _in_tiles(points: np.ndarray, starts: np.ndarray, first_tiles: np.ndarray) -> np.ndarray:
    # Where a cell does not fill its last tile, nothing is infinitely far away.
    tiles = np.full((first_tiles[-1], points.shape[1], _TILE), np.inf, points.dtype)
    for cell in range(len(starts) - 1):
        for place in range(starts[cell], starts[cell + 1]):
            tile, lane = divmod(place - starts[cell], _TILE)
            tiles[first_tiles[cell] + tile, :, lane] = points[place]
    return tiles


@njit(nogil=True, inline="always")
def _keep_nearest(
    found: Any, distances: np.ndarray, row: int, first: int, places: np.ndarray, squared: np.ndarray
) -> None:
    """Put those of a tile's distances in their places among a row's that are below the last of them."""
    last = squared.shape[1] - 1
    nearer = below(found, squared[row, last])
    if nearer:
        put(distances, 0, 0, found)
    while nearer:
        lane = lowest(nearer)
        nearer &= nearer - 1
        distance, place = distances[0, lane], last
        if distance < squared[row, last]:
            while place > 0 and squared[row, place - 1] > distance:
                squared[row, place], places[row, place] = squared[row, place - 1], places[row, place - 1]
                place -= 1
            squared[row, place], places[row, place] = distance, first + lane


@njit(cache=True, nogil=True)
def _shortlist(
    own: np.ndarray,
    tiles: np.ndarray,
    first_tiles: np.ndarray,
    starts: np.ndarray,
    centre: np.ndarray,
    looked_into: np.ndarray,
    wanted: np.ndarray | None,
    places: np.ndarray,
    squared: np.ndarray,
) -> None:
    # |a - b|² - |a|² = |b|² - 2 a·b. About the cell's centre float32 has its digits where they are needed.
    n_features = len(centre)
    left = -(own - centre) - (own - centre)
    rows = np.empty(len(own) + 3, np.uint32)
    away, distances = np.empty((n_features, _TILE), own.dtype), np.empty((1, _TILE), own.dtype)
    for number, cell in enumerate(looked_into):
        n_rows = 0
        for row in range(len(own)):
            rows[n_rows] = row
            n_rows += wanted is None or wanted[number, row]
        if n_rows == 0:
            continue
        rows[n_rows : n_rows + 3] = rows[n_rows - 1]  # four at a time; who comes twice is kept once
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            norms = zeros(own, _TILE)
            for feature in range(n_features):
                values = less(taken(tiles[tile], feature, _TILE), centre[feature])
                put(away, feature, 0, values)
                norms = plus_fused(norms, values, values)
            first = starts[cell] + _TILE * (tile - first_tiles[cell])
            for place in range(0, n_rows, 4):
                one, two, three, four = rows[place], rows[place + 1], rows[place + 2], rows[place + 3]
                of_one = of_two = of_three = of_four = norms
                for feature in range(n_features):
                    values = taken(away, feature, _TILE)
                    of_one = plus_fused(of_one, left[one, feature], values)
                    of_two = plus_fused(of_two, left[two, feature], values)
                    of_three = plus_fused(of_three, left[three, feature], values)
                    of_four = plus_fused(of_four, left[four, feature], values)
                _keep_nearest(of_one, distances, one, first, places, squared)
                if two > one:
                    _keep_nearest(of_two, distances, two, first, places, squared)
                if three > two:
                    _keep_nearest(of_three, distances, three, first, places, squared)
                if four > three:
                    _keep_nearest(of_four, distances, four, first, places, squared)
