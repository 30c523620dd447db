"""The loop that finds candidates among quantized points, with vector registers."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.candidates_simd import AT_ONCE, keep_nearest, probing_rows
from integrated_diffusion.neighbors.tiles import TILE
from integrated_diffusion.runtime.simd_intrinsics import load, sums_of_products


@njit(cache=True, nogil=True)
def quantized_simd(
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
    """Write the nearest points of each row and half of their squared distances, see `quantized_plain`."""
    n_pairs, pairs = tiles.shape[1], tiles.reshape(-1, TILE)
    rows, distances = np.empty(len(opposite) + AT_ONCE, np.uint32), np.empty((AT_ONCE, TILE), np.int32)
    for number, cell in enumerate(probed_cells):
        n_rows = probing_rows(number, len(opposite), probe_mask, rows)
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            first = starts[cell] + TILE * (tile - first_tiles[cell])
            start = load(half_norms, tile, TILE)
            for place in range(0, n_rows, AT_ONCE):
                sums_of_products(start, opposite, rows, place, pairs, tile * n_pairs, distances, AT_ONCE)
                for i in range(min(AT_ONCE, n_rows - place)):
                    keep_nearest(distances, i, rows[place + i], first, places, halves)
