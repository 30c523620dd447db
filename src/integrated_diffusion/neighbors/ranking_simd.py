"""The loop that keeps the nearest candidates, with each row's candidates prefetched: they lie anywhere in memory."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.neighbors.ranking_kernel import keep_nearest_of_row
from integrated_diffusion.runtime.simd_intrinsics import prefetch, zeros

_FETCHED = 16  # features that are prefetched at a time, at least a line of memory


@njit(cache=True, nogil=True)
def keep_nearest_prefetched(
    X: np.ndarray, rows: np.ndarray, candidates: np.ndarray, indices: np.ndarray, distances: np.ndarray
) -> None:
    """Keep the nearest of the candidates of some rows."""
    lanes = zeros(X, _FETCHED)
    for position, row in enumerate(rows):
        for other in candidates[position]:
            for feature in range(0, X.shape[1], _FETCHED):
                prefetch(X, max(other, 0), feature, lanes)
        keep_nearest_of_row(X, row, candidates[position], indices[row], distances[row])
