"""What operators and solvers do with blocks of columns, in plain numpy and scipy: the specification.

A workspace holds the buffers of one loop that applies an operator, and the primitive operations of such a loop.
Operators, solvers and filters use blocks through these operations alone. This class states in numpy and scipy what each
operation computes. `NumbaWorkspace` does the same to the last bit with threads and compiled loops, and is the default.
Another array library or a cluster is one more subclass.

The rules of ownership:

- `take` hands a buffer out, `give_back` returns it. A buffer that is given back must not be used any more.
- An operation that returns a new block hands it to the caller, which may give it back.
- A block that is returned to the user is never given back, so nothing writes into it later.
- A workspace belongs to one loop at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias, TypeVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg import qr

from integrated_diffusion.operators.matrix import Matrix, Pattern
from integrated_diffusion.operators.row_order import RowOrder, breadth_first_in_pieces
from integrated_diffusion.runtime.threads import one_blas_thread, one_thread

Block: TypeAlias = np.ndarray | sp.csr_array
"""Columns an operator is applied to: `(n_samples,)` or `(n_samples, n_columns)`, dense or sparse."""


def is_lazy(block: Any) -> bool:
    """Return whether an array is one of dask, which is computed later, perhaps on other machines."""
    return hasattr(block, "__dask_graph__")


Item = TypeVar("Item")
Result = TypeVar("Result")

CACHE_BYTES = 2 * 2**20
"""Size of a block up to which every row is in the cache, whatever the order of the rows."""

PIECE = 2**15
"""Samples of a piece of the graph that is traversed as a whole."""

_CHUNK_ROWS = 2**14  # rows whose inner products are summed at once; the chunks' sums are added in order
_MOST_FREE = 4  # buffers kept for later use


class Workspace:
    """Buffers of one loop, and the operations on blocks, in plain numpy and scipy without threads.

    Parameters
    ----------
    order : RowOrder or None, default None
        Order in which the rows of dense blocks are held during the loop; `None` is the order of the samples.
    n_jobs : int or None, default None
        Number of threads for subclasses that use threads, `None` for all cores. No result depends on it.
    """

    library: ClassVar[str] = "numpy"
    """Array library of the blocks: what is prepared for one library is not used by another."""

    def __init__(self, order: RowOrder | None = None, n_jobs: int | None = None) -> None:
        self.order, self.n_jobs = order, n_jobs
        self._free: list[np.ndarray] = []

    # Buffers ---------------------------------------------------------------------------------------------------------

    def take(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Hand out a C-contiguous buffer with undefined content.

        Parameters
        ----------
        shape : tuple of int
            Its shape.
        dtype : numpy.dtype or type
            Its precision.
        """
        for position in reversed(range(len(self._free))):  # the last one given back may still be in the cache
            if self._free[position].shape == shape and self._free[position].dtype == dtype:
                return self._free.pop(position)
        return self._allocate(shape, np.dtype(dtype))

    def give_back(self, *blocks: Block) -> None:
        """Return blocks that are not used any more; their memory is handed out again.

        Raises
        ------
        ValueError
            If a block has been given back before.
        """
        for block in blocks:
            if any(block is buffer for buffer in self._free):
                raise ValueError("give_back: expected a block in use, found one given back before; give back once")
            if isinstance(block, np.ndarray) and block.flags.c_contiguous and block.flags.writeable:
                self._free.append(block)
        del self._free[:-_MOST_FREE]

    def _allocate(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        return np.empty(shape, dtype)

    def share_memory(self, block: Block, other: Block) -> bool:
        """Return whether writing into one block may change the other."""
        return not sp.issparse(block) and np.may_share_memory(block, other)

    # New blocks ------------------------------------------------------------------------------------------------------

    def empty_basis(self, n_rows: int, n_columns: int) -> np.ndarray:
        """Return float64 columns with undefined content, to be written by `copy_into` from the first one on."""
        return np.empty((n_rows, n_columns))

    def zeros(self, shape: tuple[int, int], dtype: Any) -> np.ndarray:
        """Return a block of zeros."""
        return np.zeros(shape, dtype)

    def standard_normal(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Draw a block of standard normal numbers, float64."""
        return rng.standard_normal(shape)

    def random_signs(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Draw a block of ones and minus ones, float64."""
        return rng.integers(0, 2, size=shape, dtype=np.int8) * 2.0 - 1.0

    # Work in parts and threads ---------------------------------------------------------------------------------------

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return what the work on each item gives, in the order of the items."""
        return [work(item) for item in items]

    @property
    def n_threads(self) -> int:
        """Number of threads that `map` uses."""
        return 1

    @staticmethod
    def one_thread() -> AbstractContextManager[Any]:
        """Hold other libraries to one thread, because the order of their sums depends on the number of threads."""
        return one_thread()

    @staticmethod
    def one_blas_thread() -> AbstractContextManager[Any]:
        """Hold linear algebra to one thread: many small products lose more by waiting for each other than they gain."""
        return one_blas_thread()

    def parts(self, block: np.ndarray) -> list[slice]:
        """Return the parts of rows in which elementwise work is done: no bit of a result depends on them."""
        return [slice(0, len(block))]

    def chunks(self, n_rows: int) -> list[slice]:
        """Return the chunks of rows in which inner products are summed: the same in every workspace."""
        return [slice(start, start + _CHUNK_ROWS) for start in range(0, n_rows, _CHUNK_ROWS)]

    def sum_over_chunks(self, work: Callable[[slice], np.ndarray], n_rows: int) -> np.ndarray:
        """Return the sum of what the work on each chunk of rows gives, added in the order of the chunks."""
        sums = self.map(work, self.chunks(n_rows))
        return sums[0] if len(sums) == 1 else np.asarray(np.sum(sums, axis=0))

    # Order of the rows -----------------------------------------------------------------------------------------------

    @classmethod
    def is_near(cls, block: Block) -> bool:
        """Whether the order of a block's rows does not matter: it fits into the cache, or is not held row by row.

        The order in which rows are held is the order in which solvers sum them: so it is the same in every workspace.
        """
        return not is_dense_matrix(block) or block.nbytes <= CACHE_BYTES

    @classmethod
    def row_order(cls, K: sp.csr_array) -> RowOrder:
        """Return an order in which the neighbours of a graph lie close, see `breadth_first_in_pieces`."""
        return RowOrder(breadth_first_in_pieces(K.indptr, K.indices, PIECE))

    def permute(self, block: Block) -> Block:
        """Return a block of the samples with its rows in this workspace's order; the block itself if they are.

        Raises
        ------
        TypeError
            If the block is a dask array and this workspace holds blocks in memory.
        """
        if is_lazy(block):
            raise TypeError(
                "@: expected an array in memory, as the operator is, found a dask array; compute() it first, or fit "
                "the views as dask arrays"
            )
        return block if self.order is None else self._rows_at(self.order.samples, block)

    def unpermute(self, block: Block) -> Block:
        """Return a block of this workspace with its rows in the order of the samples."""
        return block if self.order is None else self._rows_at(self.order.positions, block)

    def permuted(self, values: np.ndarray) -> np.ndarray:
        """Return one value per sample in this workspace's order."""
        return values if self.order is None else values[self.order.samples]

    def _rows_at(self, rows: np.ndarray, block: np.ndarray) -> np.ndarray:
        out = self.take(block.shape, block.dtype)

        def gather(part: slice) -> None:
            # "clip", because numpy checks and copies otherwise; a permutation is within bounds.
            np.take(block, rows[part], axis=0, out=out[part], mode="clip")

        self.map(gather, self.parts(block))
        return out

    # Sparse matrices -------------------------------------------------------------------------------------------------

    def pattern(self, K: sp.csr_array) -> Pattern:
        """Return the positions of the entries of a kernel in this workspace's order."""
        if self.order is None:
            return Pattern(None, K.indptr, K.indices.astype(np.int32, copy=False))
        samples, positions = self.order.samples, self.order.positions
        lengths = np.diff(K.indptr)[samples]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(K.indptr.dtype)
        return Pattern(self.order, starts, positions[K.indices[_entries(K, self.order)]])

    def matrix(self, pattern: Pattern, K: sp.csr_array, left: np.ndarray, right: np.ndarray, dtype: np.dtype) -> Matrix:
        """Return `diag(left) K diag(right)` at the positions of a pattern.

        Parameters
        ----------
        pattern : Pattern
            The positions of the entries of `K` in this workspace's order.
        K : scipy.sparse.csr_array of shape (n_samples, n_samples)
            The kernel, float64.
        left, right : numpy.ndarray of shape (n_samples,)
            Factor of each row and of each column. A symmetric matrix with equal factors stays symmetric to the bit.
        dtype : numpy.dtype
            Precision of the entries, to which each is rounded once.
        """
        rows = np.repeat(np.arange(K.shape[0]), np.diff(K.indptr))
        values = left[rows] * right[K.indices] * K.data
        return Matrix(pattern, values[_entries(K, pattern.order)].astype(dtype))

    def multiply(self, matrix: Matrix, block: Block) -> Block:
        """Return the product of a sparse matrix and a block; the entries of a row are added one by one."""
        if not is_dense_matrix(block):
            return matrix.as_csr() @ block
        out = self.take(block.shape, block.dtype)
        out[...] = matrix.as_csr() @ block
        return out

    # Sums and scaling ------------------------------------------------------------------------------------------------

    def copy(self, block: Block, dtype: Any = None) -> Block:
        """Return a copy of a block, in another precision if one is given."""
        if not isinstance(block, np.ndarray):
            return block.astype(dtype or block.dtype)
        return self.copy_into(block, self.take(block.shape, dtype or block.dtype))

    def copy_into(self, block: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Write a block into another array, in the precision of that array, and return the array."""

        def write(rows: slice) -> None:
            np.copyto(out[rows], block[rows], casting="same_kind")

        self.map(write, self.chunks(len(block)))
        return out

    def scale_rows(self, weights: np.ndarray, block: Block) -> Block:
        """Return `diag(weights) @ block` in the block's precision, the weights in the order of the samples."""
        weights = weights.astype(block.dtype, copy=False)
        if not isinstance(block, np.ndarray):
            return sp.csr_array(sp.diags_array(weights) @ block)
        column = self.permuted(weights).reshape(-1, *[1] * (block.ndim - 1))
        out = self.take(block.shape, block.dtype)
        self.map(lambda part: np.multiply(block[part], column[part], out=out[part]), self.parts(block))
        return out

    def scale(self, weight: float, block: Block) -> Block:
        """Return `weight * block`, written into a dense block."""
        weight = block.dtype.type(weight)
        if not isinstance(block, np.ndarray):
            return block * weight
        self.map(lambda part: np.multiply(block[part], weight, out=block[part]), self.parts(block))
        return block

    def add_scaled(self, total: Block, weight: float, term: Block) -> Block:
        """Return `total + weight * term`, written into a dense total: the product is rounded, then the sum."""
        weight = term.dtype.type(weight)
        if not (isinstance(total, np.ndarray) and isinstance(term, np.ndarray)):
            return total + term * weight
        total += term * weight
        return total

    # Inner products and projections ----------------------------------------------------------------------------------

    def gram(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the inner products `left.T @ right` of the columns of two blocks."""
        return self.sum_over_chunks(lambda rows: left[rows].T @ right[rows], len(left))

    def combine(self, basis: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return `basis @ coefficients`, float64."""
        out = self.take((len(basis), coefficients.shape[1]), np.float64)
        self.map(lambda rows: np.matmul(basis[rows], coefficients, out=out[rows]), self.chunks(len(basis)))
        return out

    def subtract_projection(self, block: np.ndarray, basis: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Write `block - basis @ coefficients` into the block, and return it."""

        def subtract(rows: slice) -> None:
            block[rows] -= basis[rows] @ coefficients

        self.map(subtract, self.chunks(len(block)))
        return block

    def project_out(self, basis: np.ndarray, block: np.ndarray) -> np.ndarray:
        """Write `block - Q Q^T block` into the block, `Q` an orthonormal basis, and return the block."""
        return self.subtract_projection(block, basis, self.gram(basis, block)) if basis.shape[1] else block

    def column_norms(self, block: np.ndarray) -> np.ndarray:
        """Return the length of each column."""
        return np.asarray(np.linalg.norm(block, axis=0))

    def unit_columns(self, block: np.ndarray) -> np.ndarray:
        """Return a new block, each column divided by its length."""
        return np.asarray(block / np.linalg.norm(block, axis=0))

    def triangle(self, block: np.ndarray) -> np.ndarray:
        """Return `R` of the QR decomposition of a block, upper triangular; the block may be overwritten."""
        (R,) = qr(block, mode="r", overwrite_a=True, check_finite=False)
        return np.asarray(R[: block.shape[1]])

    # Three-term recurrences ------------------------------------------------------------------------------------------

    def chebyshev_first(self, image: Block, block: Block, factor: float) -> Block:
        """Return `factor * image - block` for the image `A block`, written into a dense image.

        With `factor = 2 / b` this is `T_1(2 A / b - 1) block`, the first step of the recurrence for `[0, b]`.
        """
        image *= image.dtype.type(factor)
        image -= block
        return image

    def chebyshev_next(self, image: Block, current: Block, previous: Block, factor: float) -> Block:
        """Return `factor * image - 2 * current - previous` for the image `A current`, written into a dense image.

        With `factor = 4 / b` this is the step `T_(k+1)(x) = 2 x T_k(x) - T_(k-1)(x)` for `x = 2 A / b - 1`.
        """
        image *= image.dtype.type(factor)
        image -= current + current
        image -= previous
        return image

    def lanczos_subtract_previous(
        self,
        image: np.ndarray,
        current: np.ndarray,
        previous: np.ndarray,
        scale: np.ndarray,
        coefficients: np.ndarray,
    ) -> np.ndarray:
        """Write `image * scale - previous * coefficients` into the image, and return the Lanczos diagonal.

        Parameters
        ----------
        image, current, previous : numpy.ndarray of shape (n_samples, n_columns)
            `A current`, and the last two blocks of the recurrence.
        scale, coefficients : numpy.ndarray of shape (n_columns,), float64
            One number per column; `current * scale` has columns of length one.

        Returns
        -------
        numpy.ndarray of shape (n_columns,)
            Inner product of each new column with that of `current * scale`, before it is rounded to the block's
            precision, summed row by row.
        """

        def work(rows: slice) -> np.ndarray:
            value = image[rows] * scale - previous[rows] * coefficients
            image[rows] = value
            return _sum_rows(value * current[rows] * scale)

        return self.sum_over_chunks(work, len(image))

    def lanczos_subtract_current(self, image: np.ndarray, current: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Write `image - current * coefficients` into the image, and return the squared length of each column."""

        def work(rows: slice) -> np.ndarray:
            value = image[rows] - current[rows] * coefficients
            image[rows] = value
            return _sum_rows(value * value)

        return self.sum_over_chunks(work, len(image))


def _entries(K: sp.csr_array, order: RowOrder | None) -> np.ndarray:
    """Number of each entry of a matrix whose rows come in another order."""
    numbers = sp.csr_array((np.arange(K.nnz), K.indices, K.indptr), shape=K.shape)
    return numbers.data if order is None else numbers[order.samples].data


def _sum_rows(values: np.ndarray) -> np.ndarray:
    """Sum of each column, row by row; numpy's `sum` adds some of them in pairs."""
    return np.cumsum(values, axis=0)[-1]


def is_dense_matrix(block: Block) -> bool:
    """Return whether a block is dense and has columns."""
    return isinstance(block, np.ndarray) and block.ndim == 2
