"""A weighted sparse matrix times a block: a strip of columns is summed in registers while later rows are prefetched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd_intrinsics import multiply_add, prefetch, store, zeros

_AHEAD = 24  # entries between the one whose row is fetched and the one that is added: a trip to memory


def _strip_of(n: int) -> Callable[..., None]:
    """Return what multiplies one row with a strip of `n` columns that begins at column `first`."""

    @njit(nogil=True, inline="always")  # a call would take as long as the few entries of a row
    def multiply(
        starts: np.ndarray,
        columns: np.ndarray,
        values: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        block: np.ndarray,
        out: np.ndarray,
        row: int,
        first: int,
    ) -> None:
        total = zeros(block, n)
        for k in range(starts[row], starts[row + 1]):
            prefetch(block, columns[min(k + _AHEAD, len(columns) - 1)], first, total)
            # In this order of factors a symmetric matrix stays symmetric to the last bit.
            weight = block.dtype.type(left[row] * right[columns[k]] * values[k])
            total = multiply_add(total, weight, block, columns[k], first)
        store(out, row, first, total)

    return multiply


_strip_64, _strip_32, _strip_16, _strip_8, _strip_4, _strip_1 = map(_strip_of, (64, 32, 16, 8, 4, 1))


@njit(cache=True, nogil=True)
def multiply_rows_simd(
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
    """Write the rows from `start` to `stop` of `diag(left) M diag(right) @ block`, see `multiply_rows_plain`."""
    width = block.shape[1]
    for row in range(start, stop):
        first = 0
        while first + 64 <= width:
            _strip_64(starts, columns, values, left, right, block, out, row, first)
            first += 64
        if first + 32 <= width:
            _strip_32(starts, columns, values, left, right, block, out, row, first)
            first += 32
        if first + 16 <= width:
            _strip_16(starts, columns, values, left, right, block, out, row, first)
            first += 16
        if first + 8 <= width:
            _strip_8(starts, columns, values, left, right, block, out, row, first)
            first += 8
        if first + 4 <= width:
            _strip_4(starts, columns, values, left, right, block, out, row, first)
            first += 4
        while first < width:
            _strip_1(starts, columns, values, left, right, block, out, row, first)
            first += 1
