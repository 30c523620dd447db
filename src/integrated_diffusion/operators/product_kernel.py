"""The compiled loop of a sparse matrix times a block: with vector intrinsics where they work, else in plain numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.runtime import simd


@njit(cache=True, nogil=True)
def multiply_rows_plain(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    block: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write the rows of a product whose entries begin at `starts`, without vector intrinsics."""
    width = block.shape[1]
    for row in range(len(out)):
        for j in range(width):
            out[row, j] = 0
        for k in range(starts[row], starts[row + 1]):
            value, column = values[k], columns[k]
            for j in range(width):
                out[row, j] += value * block[column, j]


if simd.is_available():
    from integrated_diffusion.operators.product_simd import multiply_rows_simd

    multiply_rows = multiply_rows_simd
else:
    multiply_rows = multiply_rows_plain
