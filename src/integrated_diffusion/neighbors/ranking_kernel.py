"""The compiled loops that keep the nearest of each row's candidates, in plain numba."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def squared_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the squared distance of two points, float64."""
    # Four sums, because each addition to a single one would wait for the last.
    first = second = third = fourth = 0.0
    whole = len(one) - len(one) % 4
    for feature in range(0, whole, 4):
        first += (np.float64(one[feature]) - np.float64(other[feature])) ** 2
        second += (np.float64(one[feature + 1]) - np.float64(other[feature + 1])) ** 2
        third += (np.float64(one[feature + 2]) - np.float64(other[feature + 2])) ** 2
        fourth += (np.float64(one[feature + 3]) - np.float64(other[feature + 3])) ** 2
    for feature in range(whole, len(one)):
        first += (np.float64(one[feature]) - np.float64(other[feature])) ** 2
    return (first + second) + (third + fourth)


@njit(cache=True, nogil=True)
def insert(indices: np.ndarray, distances: np.ndarray, index: int, distance: float) -> None:
    """Put one in its place among the nearest; of the equally far the lower index comes first."""
    place = len(distances)
    while place > 0 and (
        distance < distances[place - 1] or (distance == distances[place - 1] and index < indices[place - 1])
    ):
        place -= 1
    for later in range(len(distances) - 1, place, -1):
        distances[later], indices[later] = distances[later - 1], indices[later - 1]
    if place < len(distances):
        distances[place], indices[place] = distance, index


@njit(cache=True, nogil=True)
def keep_nearest_of_row(
    X: np.ndarray, row: int, candidates: np.ndarray, indices: np.ndarray, distances: np.ndarray
) -> None:
    """Keep the nearest of one row's candidates among its neighbours found so far."""
    here = X[row]
    for other in candidates:
        if distances[-1] == 0 and other > indices[-1]:
            continue  # there are enough copies of the sample with a lower index
        if other >= 0 and other != row:
            insert(indices, distances, other, np.sqrt(squared_distance(here, X[other])))


@njit(cache=True, nogil=True)
def keep_nearest_plain(
    X: np.ndarray, rows: np.ndarray, candidates: np.ndarray, indices: np.ndarray, distances: np.ndarray
) -> None:
    """Keep the nearest of the candidates of some rows, without vector intrinsics."""
    for position, row in enumerate(rows):
        keep_nearest_of_row(X, row, candidates[position], indices[row], distances[row])
