"""The loop that finds candidates among quantized points, in plain numba: each row against a tile of points."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.candidates_plain import keep_nearest_plain
from integrated_diffusion.neighbors.tiles import TILE


@njit(cache=True, nogil=True)
def quantized_plain(
    opposite: np.ndarray,
    tiles: np.ndarray,
    half_norms: np.ndarray,
    first_tiles: np.ndarray,
    starts: np.ndarray,
    probed_cells: np.ndarray,
    probe_mask: np.ndarray | None,
    places: np.ndarray,
    halves: np.ndarray,
) -> None:
    """Write the nearest points of each row and half of their squared distances, without vector intrinsics.

    Parameters
    ----------
    opposite : numpy.ndarray of shape (n_rows, n_pairs), int32
        The rows with opposite signs, two coordinates in a number.
    tiles : numpy.ndarray of shape (n_tiles, n_pairs, TILE), int32
        The points of all cells.
    half_norms : numpy.ndarray of shape (n_tiles, TILE), int32
        Half of their squared norms.
    first_tiles, starts : numpy.ndarray of shape (n_cells + 1,)
        First tile and first point of each cell.
    probed_cells : numpy.ndarray
        The cells to search.
    probe_mask : numpy.ndarray of shape (n_probed_cells, n_rows) or None
        Which of these cells each row searches; `None` is all.
    places, halves : numpy.ndarray of shape (n_rows, n_candidates), int32
        Written: the points found, and half of their squared distance less half of the row's squared norm.
    """
    # (|a - b|² - |a|²) / 2 = |b|² / 2 - a·b
    distances, left, right = np.empty(TILE, np.int32), opposite.view(np.int16), tiles.view(np.int16)
    for number, cell in enumerate(probed_cells):
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            first = starts[cell] + TILE * (tile - first_tiles[cell])
            for row in range(len(opposite)):
                if probe_mask is not None and not probe_mask[number, row]:
                    continue
                distances[:] = half_norms[tile]
                for pair in range(tiles.shape[1]):
                    one, other = np.int32(left[row, 2 * pair]), np.int32(left[row, 2 * pair + 1])
                    for lane in range(TILE):
                        distances[lane] += one * right[tile, pair, 2 * lane] + other * right[tile, pair, 2 * lane + 1]
                keep_nearest_plain(distances, row, first, places, halves)
