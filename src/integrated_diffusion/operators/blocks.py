"""Blocks of columns: what operators are applied to, and the buffers in which they are held.

The rules of ownership:

- `take` hands a buffer out, `give_back` returns it. A buffer that is given back must not be used any more.
- An operation that returns a new block hands it to the caller, which may give it back.
- A block that is returned to the user is never given back, so nothing writes into it later.
- Buffers belong to one loop at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias, TypeVar

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.runtime.threads import one_blas_thread, one_thread

Block: TypeAlias = np.ndarray | sp.csr_array
"""Columns an operator is applied to: `(n_samples,)` or `(n_samples, n_columns)`, dense or sparse."""

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK_ROWS = 2**14  # rows whose inner products are summed at once; the chunks' sums are added in order
_MOST_FREE = 4  # buffers kept for later use


def is_dense_matrix(block: Block) -> bool:
    """Return whether a block is dense and has columns."""
    return isinstance(block, np.ndarray) and block.ndim == 2


def is_lazy(block: Any) -> bool:
    """Return whether an array is one of dask, which is computed later, perhaps on other machines."""
    return hasattr(block, "__dask_graph__")


class Buffers:
    """Buffers of one loop, new blocks, and the parts of rows in which work on them is done.

    Parameters
    ----------
    n_jobs : int or None, default None
        Number of threads for subclasses that use threads, `None` for all cores. No result depends on it.
    """

    def __init__(self, n_jobs: int | None = None) -> None:
        self.n_jobs = n_jobs
        self._free: list[np.ndarray] = []

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
