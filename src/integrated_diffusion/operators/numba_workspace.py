"""The workspace for one machine: the operations of `Workspace` with threads and compiled loops, to the same bits.

Neither threads nor the order of the rows nor strips of columns change a bit: the entries of a row are added one by one
in the order of the samples, each product and each sum rounded, as scipy does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.operators import workspace
from integrated_diffusion.operators.blocks import Block, is_dense_matrix
from integrated_diffusion.operators.matrix import Matrix
from integrated_diffusion.operators.product_kernel import multiply_rows
from integrated_diffusion.operators.row_order import RowOrder, breadth_first_in_pieces
from integrated_diffusion.operators.workspace import Workspace
from integrated_diffusion.runtime.threads import map_threads, n_threads

Item = TypeVar("Item")
Result = TypeVar("Result")

_LINE = 64  # bytes that memory transfers at once
_PRODUCTS = 2**21  # multiplications a thread does at a time: fewer would cost more time in the hand-over than they save
_MOVED_ROWS = 2**14  # rows that a thread moves at a time


class NumbaWorkspace(Workspace):
    """Buffers of one loop, and the operations on blocks, with threads and compiled loops; see `Workspace`."""

    def _allocate(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        return _aligned(shape, dtype)

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return what the work on each item gives, in the order of the items; several threads work at once."""
        return map_threads(work, items, self.n_jobs)

    @property
    def n_threads(self) -> int:
        """Number of threads that `map` uses."""
        return n_threads(self.n_jobs)

    def parts(self, block: np.ndarray) -> list[slice]:
        """Return parts of rows that fit into the cache, at most four per thread."""
        n_parts = min(4 * self.n_threads, 1 + block.nbytes // workspace.CACHE_BYTES)
        length = max(1, -(-len(block) // n_parts))
        return [slice(start, start + length) for start in range(0, len(block), length)]

    @classmethod
    def row_order(cls, K: sp.csr_array) -> RowOrder:
        """Return an order in which the neighbours of a graph lie close, see `breadth_first_in_pieces`."""
        return RowOrder(_breadth_first_in_pieces(K.indptr, K.indices, workspace.PIECE))

    def in_order(self, matrix: Matrix) -> Matrix:
        """Return a matrix with its rows and columns in this workspace's order, see `Workspace.in_order`."""
        if matrix.order is self.order:
            return matrix
        rows, columns = self._from(matrix)
        starts = np.concatenate([[0], np.cumsum(np.diff(matrix.starts)[rows])]).astype(matrix.starts.dtype)
        found = Matrix(self.order, starts, np.empty_like(matrix.columns), np.empty_like(matrix.values))

        def move(start: int) -> None:
            stop = min(start + _MOVED_ROWS, len(rows))
            _move_rows(
                matrix.starts,
                matrix.columns,
                matrix.values,
                rows,
                columns,
                starts,
                found.columns,
                found.values,
                start,
                stop,
            )

        self.map(move, range(0, len(rows), _MOVED_ROWS))
        return found

    def multiply(self, matrix: Matrix, left: np.ndarray, right: np.ndarray, block: Block) -> Block:
        """Return `diag(left) M diag(right) @ block`; the entries of a row are added one by one."""
        if not is_dense_matrix(block):
            return super().multiply(matrix, left, right, block)
        block, out = np.ascontiguousarray(block), self.take(block.shape, block.dtype)
        left, right, n, width = self.permuted(left), self.permuted(right), *block.shape
        length = -(-n // (1 + len(matrix.columns) * width // _PRODUCTS))

        def multiply(start: int) -> None:
            stop = min(n, start + length)
            multiply_rows(matrix.starts, matrix.columns, matrix.values, left, right, block, out, start, stop)

        self.map(multiply, range(0, n, length))
        return out

    def add_scaled(self, total: Block, weight: float, term: Block) -> Block:
        """Return `total + weight * term`, written into a dense total: the product is rounded, then the sum."""
        if not (is_dense_matrix(total) and is_dense_matrix(term)):
            return super().add_scaled(total, weight, term)
        weight = term.dtype.type(weight)
        self.map(lambda part: _add_scaled(total[part], weight, term[part]), self.parts(total))
        return total

    def chebyshev_first(self, image: Block, block: Block, factor: float) -> Block:
        """Return `factor * image - block`, written into a dense image; see `Workspace.chebyshev_first`."""
        if not is_dense_matrix(image):
            return super().chebyshev_first(image, block, factor)
        factor = image.dtype.type(factor)
        self.map(lambda rows: _chebyshev_first(image[rows], block[rows], factor), self.chunks(len(image)))
        return image

    def chebyshev_next(self, image: Block, current: Block, previous: Block, factor: float) -> Block:
        """Return `factor * image - 2 * current - previous`, written into a dense image; see `Workspace`."""
        if not is_dense_matrix(image):
            return super().chebyshev_next(image, current, previous, factor)
        factor = image.dtype.type(factor)

        def work(rows: slice) -> None:
            _chebyshev_next(image[rows], current[rows], previous[rows], factor)

        self.map(work, self.chunks(len(image)))
        return image

    def lanczos_subtract_previous(
        self,
        image: np.ndarray,
        current: np.ndarray,
        previous: np.ndarray,
        scale: np.ndarray,
        coefficients: np.ndarray,
    ) -> np.ndarray:
        """Write `image * scale - previous * coefficients` into the image, see `Workspace`."""

        def work(rows: slice) -> np.ndarray:
            return _subtract_previous(image[rows], current[rows], previous[rows], scale, coefficients)

        return self.sum_over_chunks(work, len(image))

    def lanczos_subtract_current(self, image: np.ndarray, current: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Write `image - current * coefficients` into the image, see `Workspace`."""
        return self.sum_over_chunks(
            lambda rows: _subtract_current(image[rows], current[rows], coefficients), len(image)
        )


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array that begins at a line of memory, so that short rows do not straddle one line more than they must."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(n_bytes + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    return raw[first : first + n_bytes].view(dtype).reshape(shape)


_breadth_first_in_pieces = njit(cache=True, nogil=True)(breadth_first_in_pieces)


@njit(cache=True, nogil=True)
def _move_rows(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    rows: np.ndarray,
    places: np.ndarray,
    new_starts: np.ndarray,
    new_columns: np.ndarray,
    new_values: np.ndarray,
    start: int,
    stop: int,
) -> None:
    for i in range(start, stop):
        first, new_first = starts[rows[i]], new_starts[i]
        for k in range(new_starts[i + 1] - new_first):
            new_columns[new_first + k] = places[columns[first + k]]
            new_values[new_first + k] = values[first + k]


# Each of the loops below reads and writes a block once, where numpy would pass through memory for every term.


@njit(cache=True, nogil=True)
def _add_scaled(total: np.ndarray, weight: float, term: np.ndarray) -> None:
    for i in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[i, j] += weight * term[i, j]


@njit(cache=True, nogil=True)
def _chebyshev_first(image: np.ndarray, block: np.ndarray, factor: float) -> None:
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            image[i, j] = factor * image[i, j] - block[i, j]


@njit(cache=True, nogil=True)
def _chebyshev_next(image: np.ndarray, current: np.ndarray, previous: np.ndarray, factor: float) -> None:
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            image[i, j] = factor * image[i, j] - (current[i, j] + current[i, j]) - previous[i, j]


@njit(cache=True, nogil=True)
def _subtract_previous(
    image: np.ndarray, current: np.ndarray, previous: np.ndarray, scale: np.ndarray, coefficients: np.ndarray
) -> np.ndarray:
    n, width = image.shape
    products = np.zeros(width)
    for i in range(n):
        for j in range(width):
            value = image[i, j] * scale[j] - previous[i, j] * coefficients[j]
            image[i, j] = value
            products[j] += value * current[i, j] * scale[j]
    return products


@njit(cache=True, nogil=True)
def _subtract_current(image: np.ndarray, current: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    n, width = image.shape
    squares = np.zeros(width)
    for i in range(n):
        for j in range(width):
            value = image[i, j] - current[i, j] * coefficients[j]
            image[i, j] = value
            squares[j] += value * value
    return squares
