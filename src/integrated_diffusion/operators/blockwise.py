"""An operator applied to a large matrix in blocks of columns, so that no more than one block is ever dense."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.validation import View

BLOCK_BYTES = 16 * 2**20
"""Size of a block: one that fits into the processor's caches."""

BEST_COLUMNS = 64
"""Columns with which a product takes the least time per column, even if the block is eight times as large
(`python -m benchmarks.product_widths`)."""

MIN_COLUMNS = 16
"""Least number of columns of a block: with fewer, reading the operator takes longer than multiplying."""

GROUP_BYTES = 128 * 2**20
"""Size of a group: the sparse columns that are extracted from a matrix at once, for several blocks."""


@runtime_checkable
class Columnwise(Protocol):
    """Values that are read by columns; they may be on disk."""

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""

    @property
    def dtype(self) -> np.dtype:
        """Precision of the values."""

    def n_at_once(self, width: int) -> int:
        """Return how many columns to read at once, a multiple of `width`."""

    def take(self, columns: np.ndarray) -> np.ndarray | sp.csc_array:
        """Return columns by number, shape `(n_samples, n_columns)`."""

    def fingerprint(self) -> bytes:
        """Return a digest of the values."""


@dataclass(frozen=True, eq=False)
class BlockedProduct:
    """`operator @ X[:, columns]`, computed block by block while it is iterated over, from any column on.

    Parameters
    ----------
    operator : Operator
        The operator.
    values : View or Columnwise, shape (n_samples, n_features)
        Values, dense, sparse, or read by columns; float32 stays float32.
    columns : numpy.ndarray of shape (n_columns,)
        Numbers of the columns to apply the operator to.
    progress : Progress, default silent
        Called with the number of columns that are done.
    stage : str, default "denoising"
        Name of the stage that `progress` is called with.
    """

    operator: Operator
    values: View | Columnwise
    columns: np.ndarray
    progress: Progress = silent
    stage: str = "denoising"

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_columns)` of the result."""
        return self.values.shape[0], len(self.columns)

    @property
    def dtype(self) -> np.dtype:
        """Precision of the result."""
        return self.values.dtype

    @property
    def width(self) -> int:
        """Columns of a block: as many as fit, a multiple of 64, or of 16 where there are so many samples."""
        bytes_a_column = self.values.shape[0] * self.dtype.itemsize
        fitting = BLOCK_BYTES // bytes_a_column
        if BEST_COLUMNS * bytes_a_column <= 8 * BLOCK_BYTES:
            return max(BEST_COLUMNS, fitting - fitting % BEST_COLUMNS)
        return max(MIN_COLUMNS, fitting - fitting % MIN_COLUMNS)

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All blocks, see `from_column`."""
        return self.from_column(0)

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        """The blocks from one on.

        Parameters
        ----------
        first : int
            First column of that block. The last bits of a column can depend on the block it is computed in.

        Yields
        ------
        columns : slice
            Columns of the result.
        block : numpy.ndarray of shape (n_samples, n_block)
            Their values.
        """
        values, width, n_columns = _columnwise(self.values), self.width, len(self.columns)
        at_once = values.n_at_once(width)
        for begin in range(first, n_columns, at_once):
            group = values.take(self.columns[begin : begin + at_once])
            for start in range(0, group.shape[1], width):
                self.progress(self.stage, begin + start, n_columns)
                block = group[:, start : start + width]
                dense = block if isinstance(block, np.ndarray) else block.toarray(order="C")
                yield slice(begin + start, begin + start + dense.shape[1]), self.operator @ dense

    def fingerprint(self) -> str:
        """Return a digest of the operator, the values and the columns, in hexadecimal digits.

        The operator is identified by its product with noise, in the precision of the result.
        """
        noise = np.random.default_rng(0).standard_normal((self.values.shape[0], 1)).astype(self.dtype)
        digest = hashlib.blake2b(repr((self.shape, self.dtype.str, self.width)).encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.operator @ noise).data)
        digest.update(_columnwise(self.values).fingerprint())
        digest.update(np.ascontiguousarray(self.columns, dtype=np.int64).data)
        return digest.hexdigest()


def applied_in_blocks(
    operator: Operator, X: View, columns: np.ndarray, progress: Progress = silent
) -> Iterator[tuple[slice, np.ndarray]]:
    """Apply an operator to chosen columns, block by block; see `BlockedProduct` for parameters and what is yielded."""
    return iter(BlockedProduct(operator, X, columns, progress))


def group_of(width: int, n_columns: int, n_bytes: int) -> int:
    """Return the number of columns of a group of a sparse matrix: about `GROUP_BYTES`, a multiple of a block.

    Parameters
    ----------
    width : int
        Columns of a block.
    n_columns, n_bytes : int
        Size of the matrix.
    """
    fitting = GROUP_BYTES * n_columns // max(n_bytes, 1)
    return max(width, fitting - fitting % width)


@dataclass(frozen=True)
class _Dense:
    X: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1]

    @property
    def dtype(self) -> np.dtype:
        return self.X.dtype

    def n_at_once(self, width: int) -> int:
        return width

    def take(self, columns: np.ndarray) -> np.ndarray:
        return self.X[:, columns]

    def fingerprint(self) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        for start in range(0, self.X.shape[0], 4_096):
            digest.update(np.ascontiguousarray(self.X[start : start + 4_096]).data)
        return digest.digest()


@dataclass(frozen=True)
class _Sparse:
    X: sp.csr_array

    @property
    def shape(self) -> tuple[int, int]:
        return self.X.shape[0], self.X.shape[1]

    @property
    def dtype(self) -> np.dtype:
        return self.X.dtype

    def n_at_once(self, width: int) -> int:
        return group_of(width, self.X.shape[1], self.X.nnz * (self.X.dtype.itemsize + self.X.indices.dtype.itemsize))

    def take(self, columns: np.ndarray) -> sp.csc_array:
        return sp.csc_array(self.X[:, columns])

    def fingerprint(self) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.X.data, self.X.indices, self.X.indptr):
            digest.update(np.ascontiguousarray(part).data)
        return digest.digest()


def _columnwise(values: View | Columnwise) -> Columnwise:
    if isinstance(values, np.ndarray):
        return _Dense(values)
    return _Sparse(values) if sp.issparse(values) else values
