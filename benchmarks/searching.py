"""What the approximate search of neighbours looks at, and what it finds.

python -m benchmarks.searching [n_samples ...]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.peers.sets import SHEET, TREE
from integrated_diffusion.neighbors import ApproximateSearch
from integrated_diffusion.neighbors.approximate import _cells, _ExcessDistance, _true_neighbors
from integrated_diffusion.neighbors.exact import centred

_K = 15
_N_ASKED = 4_000  # samples whose true neighbours are sought, other ones than the search asks


def compared(X: np.ndarray, search: ApproximateSearch) -> float:
    """Return the share of all pairs that the search compares."""
    cells = _cells(centred(X), search.random_state, None)
    excess = _ExcessDistance.from_cells(cells)
    radius = search._radius(cells, excess, _K, None)
    n_pairs = 0
    for cell, start, stop in cells.blocks():
        probed_cells, probe_mask = excess.within(radius, cells.points[start:stop], cell, _K)
        n_pairs += int(probe_mask.sum(axis=1) @ cells.sizes[probed_cells])
    return n_pairs / len(X) ** 2


def main(*sizes: int) -> None:
    """Print the share of pairs compared, the recall and the time of a sample, of both simulated sets."""
    search = ApproximateSearch()
    for data in (TREE, SHEET):
        for n_samples in sizes or (100_000, 400_000):
            X = data.draw(n_samples).views["view1"]
            search(X[:2_000], _K)
            start = time.perf_counter()
            found = search(X, _K).indices
            seconds = time.perf_counter() - start
            asked = np.random.default_rng(7).choice(n_samples, _N_ASKED, replace=False)
            true = _true_neighbors(centred(X), asked, _K, None)
            recall = np.mean(
                [
                    len(set(mine) & set(excess_of_neighbors)) / _K
                    for mine, excess_of_neighbors in zip(found[asked], true, strict=True)
                ]
            )
            print(
                f"{data.name}, {n_samples:,} samples: {compared(X, search):.1%} of all pairs compared, "
                f"recall {recall:.3f}, {1e6 * seconds / n_samples:.0f} us a sample"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
