"""What comparing samples in whole steps of 16 bits gains over float32 in the approximate search.

python -m benchmarks.codes [n_samples ...]

First views of the simulated tree and sheet at each size (50,000 and 200,000 unless given), and left halves of noisy
MNIST where it is there. Both ways run in turn; seconds are processor time of all threads, the least of three. Prints
also how many of the neighbours are the same, and how many samples were searched in steps.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import product
from unittest.mock import patch

import numpy as np

from benchmarks.recall import noisy_halves
from experiments.performance.sets import SHEET, TREE
from experiments.study.data import FOLDER
from integrated_diffusion.neighbors import ApproximateSearch
from integrated_diffusion.neighbors.cells import Cells
from integrated_diffusion.neighbors.codes import Codes

N_NEIGHBORS, REPEATS = 15, 3


def in_float32(cells: Cells, *asked: object) -> np.ndarray:
    """Return candidates as `Cells.candidates_by_codes` does, by float32 alone."""
    return cells.candidates(*asked)[0]  # type: ignore[arg-type]


def drawn(sizes: list[int]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the views."""
    for name, simulated in (("tree", TREE), ("sheet", SHEET)):
        for n_samples in sizes:
            yield f"{name}, {n_samples:,} x 50", next(iter(simulated.draw(n_samples).views.values()))
    if (FOLDER / "mnist_train_60k.npz").exists():
        yield "MNIST, 50,000 x 392", noisy_halves(50_000).views["left"]


def compared(X: np.ndarray) -> tuple[float, float, float, float]:
    """Return seconds in steps and in float32, and the shares of equal neighbours and of samples served by steps."""
    best, found, fine, ask = {True: np.inf, False: np.inf}, {}, [], Codes.candidates

    def noted(codes: Codes, *asked: object) -> tuple[np.ndarray, np.ndarray]:
        places, is_fine = ask(codes, *asked)  # type: ignore[arg-type]
        fine.append(is_fine)
        return places, is_fine

    for repeat, in_steps in product(range(REPEATS + 1), (True, False)):
        by = (Codes, "candidates", noted) if in_steps else (Cells, "candidates_by_codes", in_float32)
        with patch.object(*by):
            start = time.process_time()
            found[in_steps] = np.sort(ApproximateSearch()(X, N_NEIGHBORS).indices, axis=1)
            if repeat:  # the first compiles
                best[in_steps] = min(best[in_steps], time.process_time() - start)
    return best[True], best[False], float(np.mean(found[True] == found[False])), float(np.concatenate(fine).mean())


def main() -> None:
    """Print a line for each view."""
    for name, X in drawn([int(size) for size in sys.argv[1:]] or [50_000, 200_000]):
        steps, floats, same, fine = compared(X)
        print(
            f"{name}: {steps:.2f} s in steps, {floats:.2f} s in float32, ratio {steps / floats:.2f}; same neighbours "
            f"{same:.2%}, samples searched in steps {fine:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
