"""The hot loop: a sparse matrix times a block of columns, its rows held where their neighbours lie close in memory.

Nothing outside this folder knows of it. The order of the rows, the threads and the arrays that are written into again
change how long a product takes and not one bit of it: the entries of a row are added up in the order of the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.parallel import map_threads, n_threads

Block: TypeAlias = np.ndarray | sp.csr_array
"""Columns a walk is applied to: `(n_samples,)` or `(n_samples, n_columns)`, dense or sparse."""

FITS_CACHE = 2 * 2**20
"""Bytes of a block up to which every row is near, whatever the order."""

_PIECE = 2**15  # rows of a piece of the graph that is gone through as a whole
_CHUNK = 2**21  # products a thread is handed at a time: less is not worth handing over


def is_near(block: Block) -> bool:
    """Whether the order of a block's rows does not matter: they fit into the cache, or are not held row by row."""
    return not isinstance(block, np.ndarray) or block.ndim == 1 or block.nbytes <= FITS_CACHE


@dataclass(frozen=True, eq=False)
class RowOrder:
    """An order of the samples.

    Attributes
    ----------
    samples
        Sample in each place, `(n_samples,)`, int32.
    """

    samples: np.ndarray

    @classmethod
    def along(cls, K: sp.csr_array) -> RowOrder:
        """Return an order in which the neighbours of a graph lie close, piece by piece outwards from a first sample."""
        return cls(_piece_by_piece(K.indptr, K.indices, _PIECE))

    @cached_property
    def places(self) -> np.ndarray:
        """Place of each sample, `(n_samples,)`, int32."""
        places = np.empty_like(self.samples)
        places[self.samples] = np.arange(len(places), dtype=places.dtype)
        return places


@dataclass(frozen=True, eq=False)
class Rows:
    """How the rows of a block are held while a walk is applied to it.

    Attributes
    ----------
    order
        Their order; that of the samples unless given.
    n_jobs
        Number of threads; the results do not depend on it.
    """

    order: RowOrder | None = None
    n_jobs: int | None = None
    _spare: list[np.ndarray] = field(default_factory=list)

    def bring(self, block: Block) -> Block:
        """Return a block of the samples in this order; the block itself where they are."""
        return block if self.order is None else self._taken(block, self.order.samples)

    def release(self, block: Block) -> Block:
        """Return a block in the order of the samples; the given one is written into again."""
        if self.order is None:
            return block
        released = self._taken(block, self.order.places)
        self.give_back(block)
        return released

    def new(self, block: np.ndarray) -> np.ndarray:
        """Return an array like a block, to write into: one that was given back, if there is any."""
        if self._spare and (self._spare[-1].shape, self._spare[-1].dtype) == (block.shape, block.dtype):
            return self._spare.pop()
        self._spare.clear()
        return np.empty_like(block, order="C")

    def give_back(self, block: Block) -> None:
        """Let an array be written into again."""
        if isinstance(block, np.ndarray):
            self._spare.append(block)

    def weighed(self, weights: np.ndarray, block: Block) -> Block:
        """Return a block times one weight a sample, in the block's precision."""
        weights = weights.astype(block.dtype, copy=False)
        if not isinstance(block, np.ndarray):
            return sp.csr_array(sp.diags_array(weights) @ block)
        column = self.placed(weights).reshape(-1, *[1] * (block.ndim - 1))
        out = self.new(block)
        self.each_part(block, lambda part: np.multiply(block[part], column[part], out=out[part]))
        return out

    def add(self, total: Block | None, weight: np.floating, term: Block) -> Block:
        """Return `total + weight * term`, written into the total, or into the term where there is no total yet."""
        if not isinstance(term, np.ndarray) or not (total is None or isinstance(total, np.ndarray)):
            return term * weight if total is None else total + term * weight

        def add_part(part: slice) -> None:
            np.multiply(term[part], weight, out=term[part])
            if total is not None:
                np.add(total[part], term[part], out=total[part])

        self.each_part(term, add_part)
        if total is None:
            return term
        self.give_back(term)
        return total

    def placed(self, values: np.ndarray) -> np.ndarray:
        """Return one value a sample in this order."""
        return values if self.order is None else values[self.order.samples]

    def each_part(self, block: np.ndarray, work: Callable[[slice], object]) -> None:
        """Do the same to all rows of a block, part by part in threads."""
        n_parts = min(4 * n_threads(self.n_jobs), 1 + block.nbytes // FITS_CACHE)
        length = -(-len(block) // n_parts)
        map_threads(work, [slice(start, start + length) for start in range(0, len(block), length)], self.n_jobs)

    def _taken(self, block: np.ndarray, samples: np.ndarray) -> np.ndarray:
        taken = self.new(block)

        def take(part: slice) -> None:
            # "clip", because numpy checks and copies otherwise; what an order holds is within bounds.
            np.take(block, samples[part], axis=0, out=taken[part], mode="clip")

        self.each_part(block, take)
        return taken


@dataclass(frozen=True, eq=False)
class Matrix:
    """A sparse matrix in the order and the precision in which a block is held.

    Attributes
    ----------
    order
        The order of its rows and columns.
    starts, columns, values
        Compressed rows; the entries of a row stand in the order of the samples, whatever the order of the rows.
    """

    order: RowOrder | None
    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, K: sp.csr_array, values: np.ndarray, order: RowOrder | None) -> Matrix:
        """Return a matrix with the entries of `K` where they are, or others in their place."""
        columns = K.indices.astype(np.int32, copy=False)
        if order is None:
            return cls(None, K.indptr, columns, values)
        starts = np.concatenate([[0], np.cumsum(np.diff(K.indptr)[order.samples])]).astype(K.indptr.dtype)
        return cls(order, starts, *_rows_in_order(K.indptr, columns, values, order.samples, order.places, starts))

    def times(
        self, block: np.ndarray, rows: Rows, before: np.ndarray | None = None, after: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the product with a block, with one weight a sample (in the order of the samples) before and after."""
        block, out = np.ascontiguousarray(block), rows.new(block)
        first, then = (None if w is None else rows.placed(w.astype(block.dtype, copy=False)) for w in (before, after))
        n, width = block.shape
        length = -(-n // (1 + len(self.columns) * width // _CHUNK))

        def multiply(start: int) -> None:
            stop = min(n, start + length)
            _multiply(self.starts, self.columns, self.values, first, then, block, out, start, stop)

        map_threads(multiply, range(0, n, length), rows.n_jobs)
        return out


@njit(cache=True, nogil=True)
def _multiply(
    starts: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    before: np.ndarray | None,
    after: np.ndarray | None,
    block: np.ndarray,
    out: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Four entries of a row at a time, so that what is summed is read and written a quarter as often."""
    width = block.shape[1]
    for i in range(first, last):
        total = out[i]
        total[:] = 0
        k, end = starts[i], starts[i + 1]
        while k + 4 <= end:
            j0, j1, j2, j3 = columns[k], columns[k + 1], columns[k + 2], columns[k + 3]
            v0, v1, v2, v3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            if before is not None:
                v0, v1, v2, v3 = v0 * before[j0], v1 * before[j1], v2 * before[j2], v3 * before[j3]
            x0, x1, x2, x3 = block[j0], block[j1], block[j2], block[j3]
            for c in range(width):
                total[c] = (((total[c] + v0 * x0[c]) + v1 * x1[c]) + v2 * x2[c]) + v3 * x3[c]
            k += 4
        while k < end:
            v0, x0 = values[k], block[columns[k]]
            if before is not None:
                v0 = v0 * before[columns[k]]
            for c in range(width):
                total[c] += v0 * x0[c]
            k += 1
        if after is not None:
            for c in range(width):
                total[c] *= after[i]


@njit(cache=True, nogil=True)
def _rows_in_order(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    samples: np.ndarray,
    places: np.ndarray,
    starts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    columns, values = np.empty_like(indices), np.empty_like(data)
    for place in range(len(samples)):
        first = indptr[samples[place]]
        for k in range(starts[place + 1] - starts[place]):
            columns[starts[place] + k] = places[indices[first + k]]
            values[starts[place] + k] = data[first + k]
    return columns, values


@njit(cache=True, nogil=True)
def _piece_by_piece(indptr: np.ndarray, indices: np.ndarray, size: int) -> np.ndarray:
    """Go through the graph breadth first, but begin anew at the edge of what was seen whenever a piece is full.

    Plain breadth first, the fronts grow so wide that a row and its neighbours are a whole front apart.
    """
    n = len(indptr) - 1
    samples, seen = np.empty(n, np.int32), np.zeros(n, np.bool_)
    n_seen, edge, fresh = 0, 0, 0
    while n_seen < n:
        seed = -1
        while seed < 0 and edge < n_seen:
            for k in range(indptr[samples[edge]], indptr[samples[edge] + 1]):
                if not seen[indices[k]]:
                    seed = indices[k]
                    break
            edge += seed < 0
        while seed < 0:
            seed = -1 if seen[fresh] else fresh
            fresh += 1
        head, full = n_seen, n_seen + size
        samples[n_seen], seen[seed] = seed, True
        n_seen += 1
        while head < n_seen < full:
            for k in range(indptr[samples[head]], indptr[samples[head] + 1]):
                if n_seen < full and not seen[indices[k]]:
                    samples[n_seen], seen[indices[k]] = indices[k], True
                    n_seen += 1
            head += 1
    return samples
