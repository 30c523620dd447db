"""What the package's own loops over a neighbour graph save beside scipy's: the symmetric kernel, and its components.

python -m benchmarks.graphs [n_samples ...]

Graphs of 45 random neighbours a sample and of 45 near ones, 300,000 and 1,000,000 samples unless given; two threads.
Seconds are the least of three, by the clock; results are compared to the bit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.kernels.components import component_labels

NEIGHBORS, NEAR, REPEATS = 45, 300, 3


def graph(n_samples: int, is_near: bool) -> sp.csr_array:
    """Draw directed affinities."""
    rng = np.random.default_rng(0)
    shape = n_samples, NEIGHBORS
    own = np.arange(n_samples)[:, None]
    columns = (own + rng.integers(1, NEAR, shape)) % n_samples if is_near else rng.integers(0, n_samples, shape)
    starts = np.arange(0, columns.size + 1, NEIGHBORS)
    A = sp.csr_array((rng.random(columns.size), columns.ravel(), starts), shape=(n_samples, n_samples))
    A.sum_duplicates()
    return A


def by_scipy(A: sp.csr_array) -> sp.csr_array:
    """Return the mean of affinities and their transpose with ones on the diagonal, by scipy's sums."""
    with_own = sp.csr_array(A + sp.eye_array(A.shape[0], format="csr"))
    K = sp.csr_array(with_own + with_own.T)
    K.data *= 0.5
    K.setdiag(1.0)
    return K


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least seconds of three and the result."""
    best, result = np.inf, None
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main(sizes: list[int]) -> None:
    """Print a line for both, for every size and kind of graph."""
    Affinities(graph(1_000, True)).kernel(2)  # compiles
    component_labels(graph(1_000, True))
    for n_samples in sizes:
        for kind, is_near in (("near", True), ("random", False)):
            A = graph(n_samples, is_near)
            theirs, expected = timed(lambda A=A: by_scipy(A))  # type: ignore[misc]
            ours, K = timed(lambda A=A: Affinities(A).kernel(2))  # type: ignore[misc]
            same = all(np.array_equal(getattr(K, name), getattr(expected, name)) for name in ("data", "indices"))
            print(f"{n_samples:,} samples, {kind}: kernel {ours:.2f} s, scipy {theirs:.2f} s, same bits {same}", end="")
            theirs, labels = timed(lambda A=A: connected_components(A, connection="weak")[1])  # type: ignore[misc]
            ours, found = timed(lambda A=A: component_labels(A))  # type: ignore[misc]
            same = np.array_equal(found, labels)
            print(f"; components {ours:.2f} s, scipy {theirs:.2f} s, same labels {same}", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [300_000, 1_000_000])
