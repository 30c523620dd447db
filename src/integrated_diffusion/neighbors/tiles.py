"""Points of one cell in tiles of sixteen, feature by feature, as vector registers read them."""

from __future__ import annotations

import numpy as np
from numba import njit

TILE = 16
"""Points of a cell that are compared at once."""


def first_tiles_of(starts: np.ndarray) -> np.ndarray:
    """Return the first tile of each cell and the number of tiles, `(n_cells + 1,)`, from the first point of each."""
    return np.concatenate([[0], np.cumsum(-(-np.diff(starts) // TILE))])


def tiled(points: np.ndarray, starts: np.ndarray, filling: float) -> np.ndarray:
    """Return points in tiles, `(n_tiles, n_features, TILE)`.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_features)
        Points in the order of their cells.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The points of cell `c` are those from `starts[c]` to `starts[c + 1]`.
    filling : float
        What is in the part of a last tile that its cell does not fill.
    """
    first_tiles = first_tiles_of(starts)
    tiles = np.full((first_tiles[-1], points.shape[1], TILE), filling, points.dtype)
    _fill(points, starts, first_tiles, tiles)
    return tiles


@njit(cache=True, nogil=True)
def _fill(points: np.ndarray, starts: np.ndarray, first_tiles: np.ndarray, tiles: np.ndarray) -> None:
    for cell in range(len(starts) - 1):
        for place in range(starts[cell], starts[cell + 1]):
            tile, lane = divmod(place - starts[cell], TILE)
            for feature in range(points.shape[1]):  # a slice in its place takes fifteen times as long to compile
                tiles[first_tiles[cell] + tile, feature, lane] = points[place, feature]
