"""The loop that finds candidates, with vector registers: several rows at a time against a tile of points."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.tiles import TILE
from integrated_diffusion.runtime.simd import has_wide_registers
from integrated_diffusion.runtime.simd_intrinsics import below, ctz, fma, load, store, sub, sums_of_products, zeros

AT_ONCE = 8 if has_wide_registers() else 4
"""Rows that are compared at a time: their sums fill the pipelines, and fit into the registers."""


@njit(nogil=True, forceinline=True)
def probing_rows(number: int, n_own: int, probe_mask: np.ndarray | None, rows: np.ndarray) -> int:
    """Write those of the own rows that search a cell, and the last of them some times more; return how many."""
    n_rows = 0
    for row in range(n_own):
        rows[n_rows] = row
        n_rows += probe_mask is None or probe_mask[number, row]
    rows[n_rows : n_rows + len(rows) - n_own] = rows[max(n_rows - 1, 0)]
    return n_rows


@njit(nogil=True, inline="always")
def keep_nearest(
    distances: np.ndarray, number: int, row: int, first: int, places: np.ndarray, squared: np.ndarray
) -> None:
    """Put those of a tile's distances in their places among a row's that are below the last of them."""
    last = squared.shape[1] - 1
    nearer = below(load(distances, number, TILE), squared[row, last])
    while nearer:
        lane = ctz(nearer)
        nearer &= nearer - 1
        distance, place = distances[number, lane], last
        if distance < squared[row, last]:
            while place > 0 and squared[row, place - 1] > distance:
                squared[row, place], places[row, place] = squared[row, place - 1], places[row, place - 1]
                place -= 1
            squared[row, place], places[row, place] = distance, first + lane


@njit(cache=True, nogil=True)
def candidates_simd(
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
    """Write the nearest points of each row and their squared distances, see `candidates_plain`."""
    # |a - b|² - |a|² = |b|² - 2 a·b, relative to the cell's centre, where float32 is most precise.
    n_features = len(centre)
    left, rows = -(own - centre) - (own - centre), np.empty(len(own) + AT_ONCE, np.uint32)
    away, distances = np.empty((n_features, TILE), own.dtype), np.empty((AT_ONCE, TILE), own.dtype)
    for number, cell in enumerate(probed_cells):
        n_rows = probing_rows(number, len(own), probe_mask, rows)
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            norms = zeros(own, TILE)
            for feature in range(n_features):
                values = sub(load(tiles[tile], feature, TILE), centre[feature])
                store(away, feature, 0, values)
                norms = fma(norms, values, values)
            first = starts[cell] + TILE * (tile - first_tiles[cell])
            for place in range(0, n_rows, AT_ONCE):
                sums_of_products(norms, left, rows, place, away, 0, distances, AT_ONCE)
                for i in range(min(AT_ONCE, n_rows - place)):
                    keep_nearest(distances, i, rows[place + i], first, places, squared)
