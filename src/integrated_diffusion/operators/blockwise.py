"""A walk applied to a large matrix, block by block of columns, so that no more than one block is ever dense."""

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
"""Size of a block: what fits into the processor's caches is done twice as fast as what does not."""

MIN_COLUMNS = 16
"""Fewer columns than this waste the reading of the walk, however many samples there are."""

GROUP_BYTES = 128 * 2**20
"""Size of a group: the sparse columns that are taken out of a matrix at once, for several blocks."""


@runtime_checkable
class Columnwise(Protocol):
    """Values whose columns can be had a few at a time; they may lie on disk."""

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""

    @property
    def dtype(self) -> np.dtype:
        """Precision of the values."""

    def n_at_once(self, width: int) -> int:
        """How many columns are to be taken at once, a multiple of `width`."""

    def take(self, columns: np.ndarray) -> np.ndarray | sp.csc_array:
        """Columns by number, `(n_samples, n_columns)`."""

    def fingerprint(self) -> bytes:
        """A few bytes that are others where the values are others."""


@dataclass(frozen=True, eq=False)
class BlockedProduct:
    """`walk @ X[:, columns]`, computed block by block as it is read, from any column on.

    Parameters
    ----------
    walk
        What is applied.
    values
        Values, `(n_samples, n_features)`, dense, sparse, or had by columns; float32 stays float32.
    columns
        Which of their columns, by number, `(n_columns,)`.
    progress
        Is told how many columns are done.
    stage
        What it is told that is being done.
    """

    walk: Operator
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
        """Columns of a block: as many as fit, in whole sixteens."""
        fitting = BLOCK_BYTES // (self.values.shape[0] * self.dtype.itemsize)
        return max(MIN_COLUMNS, fitting - fitting % MIN_COLUMNS)

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All blocks, see `from_column`."""
        return self.from_column(0)

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        """The blocks from one on.

        Parameters
        ----------
        first
            Where that block begins: one that begins elsewhere is computed in other blocks, and need not have the same
            bits.

        Yields
        ------
        place : slice
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
                yield slice(begin + start, begin + start + dense.shape[1]), self.walk @ dense

    def fingerprint(self) -> str:
        """A few letters that are others where the walk, the values or the columns are others.

        The walk is told by where it takes noise, in the precision of the result.
        """
        noise = np.random.default_rng(0).standard_normal((self.values.shape[0], 1)).astype(self.dtype)
        told = hashlib.blake2b(repr((self.shape, self.dtype.str, self.width)).encode(), digest_size=16)
        told.update(np.ascontiguousarray(self.walk @ noise).data)
        told.update(_columnwise(self.values).fingerprint())
        told.update(np.ascontiguousarray(self.columns, dtype=np.int64).data)
        return told.hexdigest()


def applied_in_blocks(
    walk: Operator, X: View, columns: np.ndarray, progress: Progress = silent
) -> Iterator[tuple[slice, np.ndarray]]:
    """Apply a walk to chosen columns, block by block; see `Averages` for the parameters and what it yields."""
    return iter(BlockedProduct(walk, X, columns, progress))


def group_of(width: int, n_columns: int, n_bytes: int) -> int:
    """How many columns of a sparse matrix make a group: about `GROUP_BYTES`, in whole blocks.

    Parameters
    ----------
    width
        Columns of a block.
    n_columns, n_bytes
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
        told = hashlib.blake2b(digest_size=16)
        for start in range(0, self.X.shape[0], 4_096):
            told.update(np.ascontiguousarray(self.X[start : start + 4_096]).data)
        return told.digest()


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
        told = hashlib.blake2b(digest_size=16)
        for part in (self.X.data, self.X.indices, self.X.indptr):
            told.update(np.ascontiguousarray(part).data)
        return told.digest()


def _columnwise(values: View | Columnwise) -> Columnwise:
    if isinstance(values, np.ndarray):
        return _Dense(values)
    return _Sparse(values) if sp.issparse(values) else values
