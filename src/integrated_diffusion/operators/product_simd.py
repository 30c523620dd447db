"""A sparse matrix times a block: a strip of columns is summed in vector registers while later rows are prefetched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd_intrinsics import multiply_add, prefetch, store, zeros

_SIZES = (64, 32, 16, 8, 4, 1)  # columns of a strip
_LEAST = (33, 17, 9, 5, 2, 1)  # columns of a remainder that one more strip covers in less time than narrower ones
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


_strip_64, _strip_32, _strip_16, _strip_8, _strip_4, _strip_1 = map(_strip_of, _SIZES)


@njit(cache=True, nogil=True)
def n_strips(width: int) -> tuple[int, int, int, int, int, int]:
    """Return how many strips of 64, 32, 16, 8, 4 and 1 columns cover a row.

    A remainder of more than half a strip is covered by one more that ends with the row and overlaps the one before: a
    strip takes nearly as long as one twice as wide. The numbers are those of whole strips and this one.
    """
    counts, left = [0, 0, 0, 0, 0, 0], width
    for place in range(6):
        size = _SIZES[place]
        counts[place] = left // size
        left %= size
        if left >= _LEAST[place] and width >= size:
            counts[place] += 1
            left = 0
    return counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]


@njit(cache=True, nogil=True)
def multiply_rows_simd(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    block: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write the rows of a product whose entries begin at `starts`; columns where strips overlap are written twice."""
    width = block.shape[1]
    n_64, n_32, n_16, n_8, n_4, n_1 = n_strips(width)
    left_32 = min(64 * n_64, width)
    left_16 = min(left_32 + 32 * n_32, width)
    left_8 = min(left_16 + 16 * n_16, width)
    left_4 = min(left_8 + 8 * n_8, width)
    left_1 = min(left_4 + 4 * n_4, width)
    for row in range(len(out)):
        for i in range(n_64):
            _strip_64(starts, columns, values, block, out, row, min(64 * i, width - 64))
        for i in range(n_32):
            _strip_32(starts, columns, values, block, out, row, min(left_32 + 32 * i, width - 32))
        for i in range(n_16):
            _strip_16(starts, columns, values, block, out, row, min(left_16 + 16 * i, width - 16))
        for i in range(n_8):
            _strip_8(starts, columns, values, block, out, row, min(left_8 + 8 * i, width - 8))
        for i in range(n_4):
            _strip_4(starts, columns, values, block, out, row, min(left_4 + 4 * i, width - 4))
        for i in range(n_1):
            _strip_1(starts, columns, values, block, out, row, left_1 + i)
