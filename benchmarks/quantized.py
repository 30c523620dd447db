"""What comparing samples quantized to 16 bits gains over float32 in the approximate search.

python -m benchmarks.quantized [n_samples ...]

First views of the simulated tree and sheet at each size (50,000 and 200,000 unless given), and left halves of noisy
MNIST where it is there. Both ways run in turn; seconds are processor time of all threads, the least of three. Prints
also how many of the neighbours are the same, and how many samples were searched so.
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
from integrated_diffusion.neighbors.quantized import QuantizedPoints

N_NEIGHBORS, REPEATS = 15, 3


def in_float32(cells: Cells, *asked: object) -> np.ndarray:
    """Return candidates as `Cells.quantized_candidates` does, by float32 alone."""
    return cells.candidates(*asked)[0]  # type: ignore[arg-type]


def drawn(sizes: list[int]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the views."""
    for name, simulated in (("tree", TREE), ("sheet", SHEET)):
        for n_samples in sizes:
            yield f"{name}, {n_samples:,} x 50", next(iter(simulated.draw(n_samples).views.values()))
    if (FOLDER / "mnist_train_60k.npz").exists():
        yield "MNIST, 50,000 x 392", noisy_halves(50_000).views["left"]


def compared(X: np.ndarray) -> tuple[float, float, float, float]:
    """Return seconds quantized and in float32, and the shares of equal neighbours and of samples searched quantized."""
    best, found, fine, ask = {True: np.inf, False: np.inf}, {}, [], QuantizedPoints.candidates

    def noted(points: QuantizedPoints, *asked: object) -> tuple[np.ndarray, np.ndarray]:
        places, is_fine = ask(points, *asked)  # type: ignore[arg-type]
        fine.append(is_fine)
        return places, is_fine

    for repeat, quantizes in product(range(REPEATS + 1), (True, False)):
        by = (QuantizedPoints, "candidates", noted) if quantizes else (Cells, "quantized_candidates", in_float32)
        with patch.object(*by):
            start = time.process_time()
            found[quantizes] = np.sort(ApproximateSearch()(X, N_NEIGHBORS).indices, axis=1)
            if repeat:  # the first compiles
                best[quantizes] = min(best[quantizes], time.process_time() - start)
    return best[True], best[False], float(np.mean(found[True] == found[False])), float(np.concatenate(fine).mean())


def main() -> None:
    """Print a line for each view."""
    for name, X in drawn([int(size) for size in sys.argv[1:]] or [50_000, 200_000]):
        quantized, floats, same, fine = compared(X)
        print(
            f"{name}: {quantized:.2f} s quantized, {floats:.2f} s in float32, ratio {quantized / floats:.2f}; "
            f"same neighbours {same:.2%}, samples searched quantized {fine:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
