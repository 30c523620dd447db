"""A product with a weighted sum of two views, some rows at a time, beside products one after the other.

python -m benchmarks.sums_of_views [n_samples ...]

Two views of a sheet, blocks of 16 and 64 columns in single precision in the operator's order of rows; 100,000 and
300,000 samples unless given. Seconds are the least of several calls by the clock.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from experiments.performance.sets import SHEET
from integrated_diffusion import diffusion_operator
from integrated_diffusion.operators import Operator, Workspace
from integrated_diffusion.operators.numba_workspace import NumbaWorkspace

_CALLS = 8


class OneByOne(NumbaWorkspace):
    """The workspace without the sum of products in one pass."""

    multiply_sum = Workspace.multiply_sum


def least_seconds(kind: type[Workspace], J: Operator, width: int) -> float:
    """Return the seconds of a product."""
    X = np.random.default_rng(0).standard_normal((J.n_samples, width)).astype(np.float32)
    workspace = J.workspace_for(X, kind)
    block, spent = workspace.permute(X), []
    for _ in range(_CALLS):
        start = time.perf_counter()
        image = J.image(block, workspace)
        spent.append(time.perf_counter() - start)
        workspace.give_back(image)
    return min(spent)


def main(sizes: list[int]) -> None:
    """Print a line for every size and width."""
    for n_samples in sizes:
        first, second = (diffusion_operator(X) for X in SHEET.draw(n_samples).views.values())
        J = 0.5 * first + 0.5 * second
        for width in (16, 64):
            one_by_one, together = (least_seconds(kind, J, width) for kind in (OneByOne, NumbaWorkspace))
            share = f"{together / one_by_one:.2f} of {one_by_one:.3f} s"
            print(f"{n_samples:,} samples, {width} columns: {share}", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100_000, 300_000])
