"""The workspace for one machine: the operations of `Workspace` with threads and compiled loops, to the same bits.

Neither threads nor the order of the rows nor strips of columns change a bit: the entries of a row are added one by one
in the order of the samples, each product and each sum rounded, as scipy does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.operators import workspace
from integrated_diffusion.operators.blocks import Block, is_dense_matrix
from integrated_diffusion.operators.matrix import Matrix, Pattern
from integrated_diffusion.operators.product_kernel import multiply_rows
from integrated_diffusion.operators.row_order import RowOrder, breadth_first_in_pieces
from integrated_diffusion.operators.workspace import Workspace
from integrated_diffusion.runtime.threads import map_threads, n_threads

Item = TypeVar("Item")
Result = TypeVar("Result")

_LINE = 64  # bytes that memory transfers at once
_PRODUCTS = 2**21  # multiplications a thread does at a time: fewer would cost more time in the hand-over than they save
_ROWS = 2**14  # rows whose entries a thread weights, or numbers anew, at a time


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

    def pattern(self, K: sp.csr_array) -> Pattern:
        """Return the positions of the entries of a kernel in this workspace's order."""
        if self.order is None:
            return super().pattern(K)
        samples, positions = self.order.samples, self.order.positions
        starts = np.concatenate([[0], np.cumsum(np.diff(K.indptr)[samples])]).astype(K.indptr.dtype)
        columns = K.indices.astype(np.int32, copy=False)
        permuted = np.empty_like(columns)

        def fill(start: int) -> None:
            some = samples[start : start + _ROWS]
            _permute_columns(K.indptr, columns, some, positions, starts[start:], permuted)

        self.map(fill, range(0, len(samples), _ROWS))
        return Pattern(self.order, starts, permuted)

    def matrix(self, pattern: Pattern, K: sp.csr_array, left: np.ndarray, right: np.ndarray, dtype: np.dtype) -> Matrix:
        """Return `diag(left) K diag(right)` at the positions of a pattern, see `Workspace.matrix`."""
        samples = np.arange(K.shape[0], dtype=np.int32) if pattern.order is None else pattern.order.samples
        values = np.empty(K.nnz, dtype)

        def fill(start: int) -> None:
            some, starts = samples[start : start + _ROWS], pattern.starts[start:]
            _weight_entries(K.indptr, K.indices, K.data, left, right, some, starts, values)

        self.map(fill, range(0, len(samples), _ROWS))
        return Matrix(pattern, values)

    def multiply(self, matrix: Matrix, block: Block) -> Block:
        """Return the product of a sparse matrix and a block; the entries of a row are added one by one."""
        if not is_dense_matrix(block):
            return super().multiply(matrix, block)
        block, out = np.ascontiguousarray(block), self.take(block.shape, block.dtype)
        self.map(lambda rows: _multiply(matrix, block, rows, out[rows]), _parts_of_product([matrix], block))
        return out

    def multiply_sum(self, terms: Sequence[tuple[float, Matrix]], block: Block) -> Block:
        """Return the weighted sum of the products of several sparse matrices with a block.

        Part by part, so that what one matrix needs of the block is still in the cache for the next one.
        """
        if not is_dense_matrix(block):
            return super().multiply_sum(terms, block)
        block, out = np.ascontiguousarray(block), self.take(block.shape, block.dtype)
        (first_weight, first), *others = [(block.dtype.type(weight), matrix) for weight, matrix in terms]

        def multiply(rows: slice) -> None:
            total = out[rows]
            _multiply(first, block, rows, total)
            np.multiply(total, first_weight, out=total)
            term = np.empty_like(total)
            for weight, matrix in others:
                _multiply(matrix, block, rows, term)
                _add_scaled(total, weight, term)

        self.map(multiply, _parts_of_product([matrix for _, matrix in terms], block))
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


def _parts_of_product(matrices: Sequence[Matrix], block: np.ndarray) -> list[slice]:
    """Return parts of rows for which matrices take about as many multiplications as a thread does at a time."""
    n, width = block.shape
    n_products = width * sum(len(matrix.values) for matrix in matrices)
    length = -(-n // (1 + n_products // _PRODUCTS))
    return [slice(start, min(n, start + length)) for start in range(0, n, length)]


def _multiply(matrix: Matrix, block: np.ndarray, rows: slice, out: np.ndarray) -> None:
    """Write some rows of a product."""
    starts = matrix.pattern.starts[rows.start : rows.stop + 1]
    multiply_rows(starts, matrix.pattern.columns, matrix.values, block, out)


def _aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array that begins at a line of memory, so that short rows do not straddle one line more than they must."""
    n_bytes = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(n_bytes + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    return raw[first : first + n_bytes].view(dtype).reshape(shape)


_breadth_first_in_pieces = njit(cache=True, nogil=True)(breadth_first_in_pieces)


@njit(cache=True, nogil=True)
def _permute_columns(
    indptr: np.ndarray,
    indices: np.ndarray,
    samples: np.ndarray,
    positions: np.ndarray,
    starts: np.ndarray,
    columns: np.ndarray,
) -> None:
    for position, sample in enumerate(samples):
        for k in range(starts[position + 1] - starts[position]):
            columns[starts[position] + k] = positions[indices[indptr[sample] + k]]


@njit(cache=True, nogil=True)
def _weight_entries(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    samples: np.ndarray,
    starts: np.ndarray,
    values: np.ndarray,
) -> None:
    for position, sample in enumerate(samples):
        for k in range(starts[position + 1] - starts[position]):
            entry = indptr[sample] + k
            # In this order of factors a symmetric matrix stays symmetric to the last bit.
            values[starts[position] + k] = left[sample] * right[indices[entry]] * data[entry]


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
