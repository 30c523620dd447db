"""The loop that finds candidates, with vector registers: four or eight rows at a time against a tile of points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.candidates_plain import TILE
from integrated_diffusion.runtime.simd import has_wide_registers
from integrated_diffusion.runtime.simd_intrinsics import below, ctz, fma, load, store, sub, zeros

_EIGHT = has_wide_registers()  # four sums at a time do not fill the pipelines of such a processor


@njit(nogil=True, inline="always")
def _keep_nearest(
    found: Any, distances: np.ndarray, row: int, first: int, places: np.ndarray, squared: np.ndarray
) -> None:
    """Put those of a tile's distances in their places among a row's that are below the last of them."""
    last = squared.shape[1] - 1
    nearer = below(found, squared[row, last])
    if nearer:
        store(distances, 0, 0, found)
    while nearer:
        lane = ctz(nearer)
        nearer &= nearer - 1
        distance, place = distances[0, lane], last
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
    left = -(own - centre) - (own - centre)
    rows = np.empty(len(own) + 7, np.uint32)
    away, distances = np.empty((n_features, TILE), own.dtype), np.empty((1, TILE), own.dtype)
    for number, cell in enumerate(probed_cells):
        n_rows = 0
        for row in range(len(own)):
            rows[n_rows] = row
            n_rows += probe_mask is None or probe_mask[number, row]
        if n_rows == 0:
            continue
        rows[n_rows : n_rows + 7] = rows[n_rows - 1]  # padding; a row that is compared twice is kept once
        for tile in range(first_tiles[cell], first_tiles[cell + 1]):
            norms = zeros(own, TILE)
            for feature in range(n_features):
                values = sub(load(tiles[tile], feature, TILE), centre[feature])
                store(away, feature, 0, values)
                norms = fma(norms, values, values)
            first = starts[cell] + TILE * (tile - first_tiles[cell])
            place = 0
            while _EIGHT and place + 4 < n_rows:
                one, two, three, four = rows[place], rows[place + 1], rows[place + 2], rows[place + 3]
                five, six, seven, eight = rows[place + 4], rows[place + 5], rows[place + 6], rows[place + 7]
                of_one = of_two = of_three = of_four = of_five = of_six = of_seven = of_eight = norms
                for feature in range(n_features):
                    values = load(away, feature, TILE)
                    of_one = fma(of_one, left[one, feature], values)
                    of_two = fma(of_two, left[two, feature], values)
                    of_three = fma(of_three, left[three, feature], values)
                    of_four = fma(of_four, left[four, feature], values)
                    of_five = fma(of_five, left[five, feature], values)
                    of_six = fma(of_six, left[six, feature], values)
                    of_seven = fma(of_seven, left[seven, feature], values)
                    of_eight = fma(of_eight, left[eight, feature], values)
                _keep_nearest(of_one, distances, one, first, places, squared)
                _keep_nearest(of_two, distances, two, first, places, squared)
                _keep_nearest(of_three, distances, three, first, places, squared)
                _keep_nearest(of_four, distances, four, first, places, squared)
                _keep_nearest(of_five, distances, five, first, places, squared)
                if six > five:
                    _keep_nearest(of_six, distances, six, first, places, squared)
                if seven > six:
                    _keep_nearest(of_seven, distances, seven, first, places, squared)
                if eight > seven:
                    _keep_nearest(of_eight, distances, eight, first, places, squared)
                place += 8
            while place < n_rows:
                one, two, three, four = rows[place], rows[place + 1], rows[place + 2], rows[place + 3]
                of_one = of_two = of_three = of_four = norms
                for feature in range(n_features):
                    values = load(away, feature, TILE)
                    of_one = fma(of_one, left[one, feature], values)
                    of_two = fma(of_two, left[two, feature], values)
                    of_three = fma(of_three, left[three, feature], values)
                    of_four = fma(of_four, left[four, feature], values)
                _keep_nearest(of_one, distances, one, first, places, squared)
                if two > one:
                    _keep_nearest(of_two, distances, two, first, places, squared)
                if three > two:
                    _keep_nearest(of_three, distances, three, first, places, squared)
                if four > three:
                    _keep_nearest(of_four, distances, four, first, places, squared)
                place += 4
