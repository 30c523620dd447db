"""What operators and solvers do with blocks of columns, in plain numpy and scipy: the specification.

A workspace holds the buffers of one loop that applies an operator (`blocks`), and the primitive operations of such a
loop: products and sums here, `projections` and `recurrences` beside it. Operators, solvers and filters use blocks
through these operations alone. These classes state in numpy and scipy what each operation computes. `NumbaWorkspace`
does the same to the last bit with threads and compiled loops, and is the default. Another array library or a cluster is
one more subclass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.blocks import Block, is_dense_matrix, is_lazy
from integrated_diffusion.operators.matrix import Matrix, Pattern
from integrated_diffusion.operators.projections import Projections
from integrated_diffusion.operators.recurrences import Recurrences
from integrated_diffusion.operators.row_order import RowOrder, breadth_first_in_pieces

CACHE_BYTES = 2 * 2**20
"""Size of a block up to which every row is in the cache, whatever the order of the rows."""

PIECE = 2**15
"""Samples of a piece of the graph that is traversed as a whole."""


class Workspace(Projections, Recurrences):
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
        super().__init__(n_jobs)
        self.order = order

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

    def multiply_sum(self, terms: Sequence[tuple[float, Matrix]], block: Block) -> Block:
        """Return the weighted sum of the products of several sparse matrices, at least one, with a block."""
        (first_weight, first), *others = terms
        total = self.scale(first_weight, self.multiply(first, block))
        for weight, matrix in others:
            term = self.multiply(matrix, block)
            total = self.add_scaled(total, weight, term)
            self.give_back(term)
        return total

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


def _entries(K: sp.csr_array, order: RowOrder | None) -> np.ndarray:
    """Number of each entry of a matrix whose rows come in another order."""
    numbers = sp.csr_array((np.arange(K.nnz), K.indices, K.indptr), shape=K.shape)
    return numbers.data if order is None else numbers[order.samples].data
