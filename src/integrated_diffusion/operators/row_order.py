"""An order of the samples in which the neighbours of a graph lie close in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class RowOrder:
    """An order of the samples.

    Attributes
    ----------
    samples : numpy.ndarray of shape (n_samples,), int32
        The sample at each position.
    """

    samples: np.ndarray

    @cached_property
    def positions(self) -> np.ndarray:
        """The position of each sample, shape `(n_samples,)`, int32: the inverse permutation of `samples`."""
        positions = np.empty_like(self.samples)
        positions[self.samples] = np.arange(len(positions), dtype=positions.dtype)
        return positions


def breadth_first_in_pieces(indptr: np.ndarray, indices: np.ndarray, size: int) -> np.ndarray:
    """Traverse a graph breadth first, and restart next to the visited samples whenever a piece is full.

    A plain breadth-first search of a large graph has fronts so wide that a sample and its neighbours are a whole front
    apart.

    Parameters
    ----------
    indptr, indices : numpy.ndarray
        The graph as compressed sparse rows.
    size : int
        Number of samples of a piece.

    Returns
    -------
    numpy.ndarray of shape (n_samples,), int32
        The samples in the order in which they are visited.
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
