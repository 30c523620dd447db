"""The compiled loop of a weighted sparse matrix times a block: with vector intrinsics where they work, else plain."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.runtime import simd


@njit(cache=True, nogil=True)
def multiply_rows_plain(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    block: np.ndarray,
    out: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Write the rows from `start` to `stop` of `diag(left) M diag(right) @ block`, without vector intrinsics.

    Each entry is weighted in float64 and rounded once to the block's precision; terms of a row are added one by one.
    """
    width = block.shape[1]
    for row in range(start, stop):
        for j in range(width):
            out[row, j] = 0
        for k in range(starts[row], starts[row + 1]):
            column = columns[k]
            # In this order of factors a symmetric matrix stays symmetric to the last bit.
            value = block.dtype.type(left[row] * right[column] * values[k])
            for j in range(width):
                out[row, j] += value * block[column, j]


if simd.is_available():
    from integrated_diffusion.operators.product_simd import multiply_rows_simd

    multiply_rows = multiply_rows_simd
else:
    multiply_rows = multiply_rows_plain
