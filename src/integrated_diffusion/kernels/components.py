"""Connected components of a graph given by directed edges, without its transpose."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import njit


def component_labels(edges: sp.csr_array) -> np.ndarray:
    """Return the connected component of each sample, edges taken in both directions; zeros are no edges.

    Samples are merged edge by edge into sets that are named by their first sample (Tarjan 1975). scipy's search
    makes the transpose as well, and takes longer (`python -m benchmarks.graphs`).

    Parameters
    ----------
    edges : scipy.sparse.csr_array of shape (n_samples, n_samples)
        The edges.

    Returns
    -------
    numpy.ndarray of shape (n_samples,), int32
        Components counted from 0, in the order of their first samples.
    """
    return _labels(edges.indptr, edges.indices, edges.data)


@njit(cache=True, nogil=True)
def _labels(starts: np.ndarray, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    n = len(starts) - 1
    parents = np.arange(n, dtype=np.int32)
    for i in range(n):
        for k in range(starts[i], starts[i + 1]):
            if values[k] != 0:
                one, other = _first(parents, i), _first(parents, columns[k])
                if one < other:
                    parents[other] = one
                else:
                    parents[one] = other
    n_found = 0
    for i in range(n):  # the first sample of a set comes before the others, and has its number by then
        if parents[i] == i:
            parents[i] = n_found
            n_found += 1
        else:
            parents[i] = parents[parents[i]]
    return parents


@njit(nogil=True, inline="always")
def _first(parents: np.ndarray, i: int) -> int:
    """Return the first sample of a set, and halve the way to it."""
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i
