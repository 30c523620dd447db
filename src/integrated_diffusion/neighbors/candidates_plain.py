"""The loop that finds candidates, in plain numba: each row against a tile of points."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.tiles import TILE


@njit(nogil=True)
def keep_nearest_plain(distances: np.ndarray, row: int, first: int, places: np.ndarray, squared: np.ndarray) -> None:
    """Put those of a tile's distances in their places among a row's that are below the last of them."""
    last = squared.shape[1] - 1
    for lane in range(TILE):
        distance, place = distances[lane], last
        if distance < squared[row, last]:
            while place > 0 and squared[row, place - 1] > distance:
                squared[row, place], places[row, place] = squared[row, place - 1], places[row, place - 1]
                place -= 1
            squared[row, place], places[row, place] = distance, first + lane


@njit(cache=True, nogil=True, fastmath={"contract"})  # a product and its sum are rounded once, as `fma` rounds them
def candidates_plain(
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
    """Write the nearest points of each row and their squared distances, without vector intrinsics.

    Parameters
    ----------
    own : numpy.ndarray of shape (n_rows, n_features)
        The rows, points of one cell.
    tiles : numpy.ndarray of shape (n_tiles, n_features, TILE)
        The points of all cells.
    first_tiles, starts : numpy.ndarray of shape (n_cells + 1,)
        First tile and first point of each cell.
    centre : numpy.ndarray of shape (n_features,)
        Centre of the rows' own cell, about which all is computed.
    probed_cells : numpy.ndarray
        The cells to search.
    probe_mask : numpy.ndarray of shape (n_probed_cells, n_rows) or None
        Which of these cells each row searches; `None` is all.
    places, squared : numpy.ndarray of shape (n_rows, n_candidates)
        Written: the points found, and their squared distance less that of the row from the centre.
    """
    # |a - b|² - |a|² = |b|² - 2 a·b, relative to the cell's centre, where float32 is most precise.
    n_features = len(centre)
    left = -(own - centre) - (own - centre)
    away = np.empty((n_features, TILE), own.dtype)
    norms, distances = np.empty(TILE, own.dtype), np.empty(TILE, own.dtype)
    for number, cell in enumerate(probed_cells):
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            norms[:] = 0
            for feature in range(n_features):
                for lane in range(TILE):
                    value = tiles[tile, feature, lane] - centre[feature]
                    away[feature, lane] = value
                    norms[lane] += value * value
            first = starts[cell] + TILE * (tile - first_tiles[cell])
            for row in range(len(own)):
                if probe_mask is not None and not probe_mask[number, row]:
                    continue
                distances[:] = norms
                for feature in range(n_features):
                    for lane in range(TILE):
                        distances[lane] += left[row, feature] * away[feature, lane]
                keep_nearest_plain(distances, row, first, places, squared)
