"""What the vector intrinsics gain over plain numba, in products and in the neighbour search; the bits are compared.

Run as `python benchmarks/simd.py [N_SAMPLES ...]`; 20,000 and 100,000 samples unless given. Both loops run in turn with
the same threads. Times are the processor time of all threads, on which other work on the machine has little influence,
and the least of three.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from unittest.mock import patch

import numpy as np

from integrated_diffusion.neighbors import (
    candidates_plain,
    cells,
    find_neighbors,
    quantized,
    quantized_plain,
    ranking,
    ranking_kernel,
)
from integrated_diffusion.operators import DiffusionOperator, numba_workspace
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.operators.product_kernel import multiply_rows_plain

N_FEATURES, N_NEIGHBORS, REPEATS = 50, 15, 3
WIDTHS = (1, 16, 100)


def main() -> None:
    """Print one line per measure: seconds of processor time with and without intrinsics, and their ratio."""
    print(f"{'samples':>8}  {'measure':22} {'intrinsics':>10} {'plain':>10}  ratio")
    for n_samples in map(int, sys.argv[1:] or ("20000", "100000")):
        X = points(n_samples)
        P = diffusion_operator(X)
        for name, work in measures(X, P):
            fast, plain = compared(work)
            print(f"{n_samples:8}  {name:22} {fast:10.4f} {plain:10.4f}  {plain / fast:5.2f}", flush=True)


def points(n_samples: int) -> np.ndarray:
    """Noisy points of five intrinsic dimensions, as coordinates after a reduction by principal components are."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, 5)) @ rng.standard_normal((5, N_FEATURES))
    return (X + 0.3 * rng.standard_normal(X.shape)).astype(np.float32)


def measures(X: np.ndarray, P: DiffusionOperator) -> Iterator[tuple[str, Callable[[], tuple[np.ndarray, ...]]]]:
    """The computations that are timed."""
    for width in WIDTHS:
        block = np.random.default_rng(width).standard_normal((len(X), width)).astype(np.float32)
        yield f"P @ X, {width} columns", lambda block=block: (P @ block,)  # type: ignore[misc]

    def search() -> tuple[np.ndarray, ...]:
        found = find_neighbors(X, N_NEIGHBORS)
        return found.indices, found.distances

    yield "neighbour search", search


def compared(work: Callable[[], tuple[np.ndarray, ...]]) -> tuple[float, float]:
    """Return the best seconds with intrinsics and without, in turn.

    Raises
    ------
    RuntimeError
        If a bit of the results differs.
    """
    best = {False: np.inf, True: np.inf}
    for repeat in range(REPEATS + 1):
        found = {}
        for plain in (False, True):
            with patched(plain):
                start = time.process_time()
                found[plain] = work()
                if repeat:  # the first compiles
                    best[plain] = min(best[plain], time.process_time() - start)
        if not all(map(np.array_equal, found[False], found[True])):
            raise RuntimeError("expected the same bits with and without intrinsics, found others")
    return best[False], best[True]


def patched(plain: bool) -> ExitStack:
    """Replace the loops by their plain versions while the context lasts."""
    stack = ExitStack()
    if plain:
        stack.enter_context(patch.object(numba_workspace, "multiply_rows", multiply_rows_plain))
        stack.enter_context(patch.object(cells, "_candidates", candidates_plain.candidates_plain))
        stack.enter_context(patch.object(quantized, "_candidates", quantized_plain.quantized_plain))
        stack.enter_context(patch.object(ranking, "_keep_nearest", ranking_kernel.keep_nearest_plain))
    return stack


if __name__ == "__main__":
    main()
