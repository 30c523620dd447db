"""Rows of a block held where their neighbours lie close in memory, and arrays that are written into again.

Nothing outside this folder knows of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numba import njit

from integrated_diffusion.runtime.threads import map_threads, n_threads

Block: TypeAlias = np.ndarray | sp.csr_array
"""Columns a walk is applied to: `(n_samples,)` or `(n_samples, n_columns)`, dense or sparse."""

FITS_CACHE = 2 * 2**20
"""Bytes of a block up to which every row is near, whatever the order."""

_NOBODYS = 2  # references to an array in a list that are counted when nobody else has one: the list's and the counter's
_LINE = 64  # bytes that memory hands over at once
_PIECE = 2**15  # rows of a piece of the graph that is gone through as a whole


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
    _made: list[np.ndarray] = field(default_factory=list)

    def bring(self, block: Block) -> Block:
        """Return a block of the samples in this order; the block itself where they are."""
        return block if self.order is None else self._taken(block, self.order.samples)

    def release(self, block: Block) -> Block:
        """Return a block in the order of the samples."""
        return block if self.order is None else self._taken(block, self.order.places)

    def new(self, block: np.ndarray) -> np.ndarray:
        """Return an array like a block, to write into: one made before that nobody holds any more, if there is any."""
        self._made[:] = [made for made in self._made if (made.shape, made.dtype) == (block.shape, block.dtype)]
        for place in range(len(self._made)):
            if sys.getrefcount(self._made[place]) == _NOBODYS:
                return self._made[place]
        self._made.append(_empty_like(block))
        return self._made[-1]

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
        return term if total is None else total

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


def _empty_like(block: np.ndarray) -> np.ndarray:
    """An array that begins where a line of memory does, so that a row of some of them touches not one line more."""
    raw = np.empty(block.nbytes + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    return raw[first : first + block.nbytes].view(block.dtype).reshape(block.shape)


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
