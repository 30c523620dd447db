"""A sparse matrix times a block: a strip of columns is summed in vector registers while later rows are prefetched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd_intrinsics import multiply_add, prefetch, store, zeros

_AHEAD = 24  # entries between the one whose row is fetched and the one that is added: a trip to memory


def _strip_of(n: int) -> Callable[..., None]:
    """Return what multiplies one row with a strip of `n` columns that begins at column `left`."""

    @njit(nogil=True, inline="always")  # a call would take as long as the few entries of a row
    def multiply(
        starts: np.ndarray,
        columns: np.ndarray,
        values: np.ndarray,
        block: np.ndarray,
        out: np.ndarray,
        row: int,
        left: int,
    ) -> None:
        total = zeros(block, n)
        for k in range(starts[row], starts[row + 1]):
            prefetch(block, columns[min(k + _AHEAD, len(columns) - 1)], left, total)
            total = multiply_add(total, values[k], block, columns[k], left)
        store(out, row, left, total)

    return multiply


_strip_64, _strip_32, _strip_16, _strip_8, _strip_4, _strip_1 = map(_strip_of, (64, 32, 16, 8, 4, 1))


@njit(cache=True, nogil=True)
def multiply_rows_simd(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    block: np.ndarray,
    out: np.ndarray,
    start: int,
    stop: int,
) -> None:
    """Write the rows from `start` to `stop` of a product."""
    width = block.shape[1]
    for row in range(start, stop):
        left = 0
        while left + 64 <= width:
            _strip_64(starts, columns, values, block, out, row, left)
            left += 64
        if left + 32 <= width:
            _strip_32(starts, columns, values, block, out, row, left)
            left += 32
        if left + 16 <= width:
            _strip_16(starts, columns, values, block, out, row, left)
            left += 16
        if left + 8 <= width:
            _strip_8(starts, columns, values, block, out, row, left)
            left += 8
        if left + 4 <= width:
            _strip_4(starts, columns, values, block, out, row, left)
            left += 4
        while left < width:
            _strip_1(starts, columns, values, block, out, row, left)
            left += 1
