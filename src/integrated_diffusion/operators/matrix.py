"""The hot loop: a sparse matrix times a block of columns.

Nothing outside this folder knows of it. A strip of columns is added up in registers while rows that come later are
fetched. Neither strips nor threads nor the order of the rows change a bit: the entries of a row are added up one by one
in the order of the samples, each product and each sum rounded, as scipy does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.operators.rows import RowOrder, Rows
from integrated_diffusion.runtime.simd import fetch, plus_times, put, zeros
from integrated_diffusion.runtime.threads import map_threads

_CHUNK = 2**21  # products a thread is handed at a time: less is not worth handing over
_FILLED = 2**14  # rows whose entries a thread is handed to weigh
_AHEAD = 24  # entries between the one whose row is fetched and the one that is added: a trip to memory


@dataclass(frozen=True, eq=False)
class Pattern:
    """Where the entries of a sparse matrix stand, in the order in which a block is held.

    Attributes
    ----------
    order
        The order of its rows and columns; that of the samples unless given.
    starts, columns
        Compressed rows; the entries of a row stand in the order of the samples, whatever the order of the rows.
    """

    order: RowOrder | None
    starts: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, K: sp.csr_array, order: RowOrder | None) -> Pattern:
        """Return where the entries of `K` come to stand."""
        columns = K.indices.astype(np.int32, copy=False)
        if order is None:
            return cls(None, K.indptr, columns)
        starts = np.concatenate([[0], np.cumsum(np.diff(K.indptr)[order.samples])]).astype(K.indptr.dtype)
        return cls(order, starts, _columns_in_order(K.indptr, columns, order.samples, order.places, starts))

    def filled(
        self, K: sp.csr_array, left: np.ndarray, right: np.ndarray, dtype: np.dtype, n_jobs: int | None = None
    ) -> Matrix:
        """Return the entries of `K`, each with the weight of its row and that of its column, rounded once."""
        samples = np.arange(K.shape[0], dtype=np.int32) if self.order is None else self.order.samples
        values = np.empty(K.nnz, dtype)

        def fill(start: int) -> None:
            some, starts = samples[start : start + _FILLED], self.starts[start:]
            _weigh_in_order(K.indptr, K.indices, K.data, left, right, some, starts, values)

        map_threads(fill, range(0, len(samples), _FILLED), n_jobs)
        return Matrix(self, values)


@dataclass(frozen=True, eq=False)
class Matrix:
    """A sparse matrix in the order and the precision in which a block is held.

    Attributes
    ----------
    pattern
        Where its entries stand.
    values
        The entries.
    """

    pattern: Pattern
    values: np.ndarray

    def times(self, block: np.ndarray, rows: Rows) -> np.ndarray:
        """Return the product with a block."""
        block, out = np.ascontiguousarray(block), rows.new(block)
        starts, columns = self.pattern.starts, self.pattern.columns
        n, width = block.shape
        length = -(-n // (1 + len(columns) * width // _CHUNK))

        def multiply(start: int) -> None:
            _multiply(starts, columns, self.values, block, out, start, min(n, start + length))

        map_threads(multiply, range(0, n, length), rows.n_jobs)
        return out


def _strip_of(n: int) -> Callable[..., None]:
    """Return what multiplies one row by a strip of `n` columns, from column `left` on."""

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
            fetch(block, columns[min(k + _AHEAD, len(columns) - 1)], left, total)
            total = plus_times(total, values[k], block, columns[k], left)
        put(out, row, left, total)

    return multiply


_strip_64, _strip_32, _strip_16, _strip_8, _strip_4, _strip_1 = map(_strip_of, (64, 32, 16, 8, 4, 1))


@njit(cache=True, nogil=True)
def _multiply(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    block: np.ndarray,
    out: np.ndarray,
    start: int,
    stop: int,
) -> None:
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


@njit(cache=True, nogil=True)
def _columns_in_order(
    indptr: np.ndarray, indices: np.ndarray, samples: np.ndarray, places: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    columns = np.empty_like(indices)
    for place, sample in enumerate(samples):
        for k in range(starts[place + 1] - starts[place]):
            columns[starts[place] + k] = places[indices[indptr[sample] + k]]
    return columns


@njit(cache=True, nogil=True)
def _weigh_in_order(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    samples: np.ndarray,
    starts: np.ndarray,
    values: np.ndarray,
) -> None:
    for place, sample in enumerate(samples):
        for k in range(starts[place + 1] - starts[place]):
            entry = indptr[sample] + k
            # In this order what is symmetric stays so to the last bit.
            values[starts[place] + k] = left[sample] * right[indices[entry]] * data[entry]
