"""Seconds of a product of a diffusion operator with blocks of different widths, in single precision.

python -m benchmarks.product_widths [n_samples]

One view of 50 features of a tree of `n_samples` (50,000 unless given). The block is in the operator's order of rows.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from experiments.performance.sets import TREE
from integrated_diffusion import diffusion_operator

WIDTHS = (1, 2, 4, 8, 10, 15, 16, 17, 20, 21, 31, 32, 48, 50, 62, 64, 100, 128)
_SECONDS = 0.5  # spent on each


def seconds(n_samples: int) -> dict[int, float]:
    """Return the seconds of a product by width."""
    P = diffusion_operator(TREE.draw(n_samples).views["view1"])
    found = {}
    for width in WIDTHS:
        X = np.random.default_rng(0).standard_normal((n_samples, width)).astype(np.float32)
        workspace = P.workspace_for(X)
        block = workspace.permute(X)
        workspace.give_back(P.image(block, workspace))  # its entries in this precision exist
        start, n_done = time.perf_counter(), 0
        while time.perf_counter() - start < _SECONDS:
            workspace.give_back(P.image(block, workspace))
            n_done += 1
        found[width] = (time.perf_counter() - start) / n_done
    return found


def main(n_samples: int = 50_000) -> None:
    """Print a line for every width."""
    found = seconds(n_samples)
    for width, spent in found.items():
        print(f"{width:4d} columns: {1e3 * spent:6.2f} ms, {spent / found[16]:.2f} times that of 16", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
