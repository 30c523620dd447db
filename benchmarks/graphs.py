"""What the package's own loops over a neighbour graph save beside scipy's: the symmetric kernel, and its components.

python -m benchmarks.graphs [n_samples ...]

Graphs of 45 random neighbours a sample and of 45 near ones, 300,000 and 1,000,000 samples unless given; two threads.
Seconds are of one call by the clock, each in a process of its own: as in a fit, where memory that was never used costs
as much time as the sums. A checksum tells whether results are the same to the bit.
"""

from __future__ import annotations

import itertools
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.kernels.components import component_labels

NEIGHBORS, NEAR = 45, 300


def graph(n_samples: int, is_near: bool) -> sp.csr_array:
    """Draw directed affinities."""
    rng = np.random.default_rng(0)
    shape = n_samples, NEIGHBORS
    own = np.arange(n_samples)[:, None]
    columns = (own + rng.integers(1, NEAR, shape)) % n_samples if is_near else rng.integers(0, n_samples, shape)
    starts, columns = np.arange(0, columns.size + 1, NEIGHBORS, dtype=np.int32), columns.astype(np.int32)
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


def kernel(A: sp.csr_array) -> sp.csr_array:
    """Return the same by this package."""
    return Affinities(A).kernel(2)


def components_by_scipy(A: sp.csr_array) -> np.ndarray:
    """Return the component of each sample, by scipy."""
    return np.asarray(connected_components(A, connection="weak")[1])


def measure(work: Callable[[sp.csr_array], Any], n_samples: int, is_near: bool) -> tuple[float, int]:
    """Return the seconds of one call, and a checksum of what it gave."""
    work(graph(1_000, True))  # compiles
    A = graph(n_samples, is_near)
    start = time.perf_counter()
    found = work(A)
    spent = time.perf_counter() - start
    arrays = (found.data, found.indices) if sp.issparse(found) else (found,)
    return spent, zlib.crc32(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))


def main(sizes: list[int]) -> None:
    """Print a line for every size and kind of graph."""
    for n_samples, (kind, is_near) in itertools.product(sizes, (("near", True), ("random", False))):
        for what, ours, theirs in (
            ("kernel", kernel, by_scipy),
            ("components", component_labels, components_by_scipy),
        ):
            found = []
            for work in (ours, theirs):
                with ProcessPoolExecutor(1, get_context("spawn")) as other:
                    found.append(other.submit(measure, work, n_samples, is_near).result())
            (one, first), (two, second) = found
            print(f"{n_samples:,} samples, {kind}: {what} {one:.2f} s, scipy {two:.2f} s, same {first == second}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [300_000, 1_000_000])
