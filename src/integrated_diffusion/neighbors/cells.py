"""Cells of points, and the candidates that a block of samples finds in the cells it probes, by squared distances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd import below, less, lowest, plus_fused, put, taken, zeros

ROWS = 256
"""Samples that are searched together: they stay in the first-level cache while the cells are read."""

_TILE = 16  # points of a cell that are compared at once


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
        first_tiles = np.concatenate([[0], np.cumsum(-(-self.sizes // _TILE))])
        return _in_tiles(self.points, self.starts, first_tiles), first_tiles


@njit(cache=True, nogil=True)
def _in_tiles(points: np.ndarray, starts: np.ndarray, first_tiles: np.ndarray) -> np.ndarray:
    # The part of a last tile that its cell does not fill is infinitely far away.
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
    """Insert the distances of a tile that are below a row's last one into the row."""
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
def _candidates(
    own: np.ndarray,
    tiles: np.ndarray,
    first_tiles: np.ndarray,
    starts: np.ndarray,
    centre: np.ndarray,
    probed_cells: np.ndarray,
    probe_mask: np.ndarray | None,
    places: np.ndarray,
    squared: np.ndarray,
) -> None:
    # |a - b|² - |a|² = |b|² - 2 a·b, relative to the cell's centre, where float32 is most precise.
    n_features = len(centre)
    left = -(own - centre) - (own - centre)
    rows = np.empty(len(own) + 3, np.uint32)
    squared_distances, distances = np.empty((n_features, _TILE), own.dtype), np.empty((1, _TILE), own.dtype)
    for number, cell in enumerate(probed_cells):
        n_rows = 0
        for row in range(len(own)):
            rows[n_rows] = row
            n_rows += probe_mask is None or probe_mask[number, row]
        if n_rows == 0:
            continue
        rows[n_rows : n_rows + 3] = rows[n_rows - 1]  # four at a time; a repeated row is inserted once
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            norms = zeros(own, _TILE)
            for feature in range(n_features):
                values = less(taken(tiles[tile], feature, _TILE), centre[feature])
                put(squared_distances, feature, 0, values)
                norms = plus_fused(norms, values, values)
            first = starts[cell] + _TILE * (tile - first_tiles[cell])
            for place in range(0, n_rows, 4):
                one, two, three, four = rows[place], rows[place + 1], rows[place + 2], rows[place + 3]
                of_one = of_two = of_three = of_four = norms
                for feature in range(n_features):
                    values = taken(squared_distances, feature, _TILE)
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
