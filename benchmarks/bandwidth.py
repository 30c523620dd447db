"""What the memory of this machine allows, and how much of it the product of an operator and a block makes use of.

python -m benchmarks.bandwidth [n_samples [n_columns]]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numba import njit

from integrated_diffusion import IntegratedDiffusion, diffusion_operator
from integrated_diffusion.datasets import tree
from integrated_diffusion.runtime.threads import map_threads, n_threads

N_VALUES = 48_000_000
"""Values of each array, 192 MB in single precision: far beyond every cache."""


@njit(nogil=True)
def _triad(a: np.ndarray, b: np.ndarray, c: np.ndarray, factor: np.float32) -> None:
    for i in range(len(a)):
        a[i] = b[i] + factor * c[i]


def triad_bytes_a_second(n_values: int = N_VALUES) -> float:
    """Return the bandwidth by the STREAM triad `a = b + s c`, float32, on all cores (McCalpin 1995).

    Two arrays are read and one is written, which counts as three; what is fetched before it is overwritten does not.

    Parameters
    ----------
    n_values
        Length of the arrays.
    """
    rng = np.random.default_rng(0)
    b, c = rng.random(n_values, dtype=np.float32), rng.random(n_values, dtype=np.float32)
    a = np.zeros_like(b)
    _triad(a[:8], b[:8], c[:8], np.float32(3))  # compiled
    bounds = np.linspace(0, n_values, n_threads(None) + 1).astype(int)
    parts = [slice(*ends) for ends in pairwise(bounds)]

    def once() -> None:
        map_threads(lambda part: _triad(a[part], b[part], c[part], np.float32(3)), parts, None)

    return 3 * a.nbytes / best_seconds(once)


def bytes_of_product(n_samples: int, n_entries: int, n_columns: int) -> int:
    """Return what `P @ X` has to move at least in single precision: the operator once, the block once, the result once.

    Parameters
    ----------
    n_samples
        Rows of the operator, each with a pointer and a degree.
    n_entries
        Stored affinities, each with its column.
    n_columns
        Columns of the block.
    """
    return 8 * n_entries + 8 * n_samples + 2 * 4 * n_samples * n_columns


def best_seconds(work: Callable[[], object], n_times: int = 7) -> float:
    """Return the seconds of the quickest of several goes, after one that does not count."""
    work()
    seconds = []
    for _ in range(n_times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main(n_samples: int = 200_000, n_columns: int = 64) -> None:
    """Print the bandwidth and the share of it that the product reaches."""
    order = np.random.default_rng(0).permutation(n_samples)
    X = tree(n_samples=n_samples, n_dimensions=50).views["view1"].astype(np.float32)[order]
    operator = diffusion_operator(X, IntegratedDiffusion.paper().kernel)
    block = np.random.default_rng(0).standard_normal((n_samples, n_columns)).astype(np.float32)
    bandwidth, seconds = triad_bytes_a_second(), best_seconds(lambda: operator @ block)
    reached = bytes_of_product(n_samples, operator.kernel.nnz, n_columns) / seconds
    print(
        f"{n_samples:,} samples, {operator.kernel.nnz / n_samples:.0f} entries a row, "
        f"{n_columns} columns: {seconds:.3f} s"
    )
    print(f"{reached / 1e9:.1f} of {bandwidth / 1e9:.1f} GB/s: {reached / bandwidth:.0%}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
