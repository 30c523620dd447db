"""The approximate search of neighbours beside faiss's inverted file and HNSW graph at the same recall.

python -m benchmarks.searching [n_samples ...]

The package's search chooses by itself how far it looks. The two indices of faiss are given the smallest `nprobe` or
`efSearch`, in steps of a quarter, with which they find as many of the true neighbours. Seconds are processor time of
everything from the data to all samples' neighbours, on one core, which a busy machine changes little; finding that
number is not counted. All three share their work among cores alike.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from experiments.performance.sets import SHEET, TREE
from integrated_diffusion.neighbors import ApproximateSearch
from integrated_diffusion.neighbors.approximate import ExcessDistance, _cells, _true_neighbors
from integrated_diffusion.neighbors.centring import Centring

SIZES = (20_000, 100_000)
_K = 15
_N_ASKED = 4_000  # samples whose true neighbours are sought, other ones than the search asks
_N_LINKS, _N_BUILT = 32, 80  # of each sample in the graph; candidates while it is built
_LARGEST = 4_096  # efSearch

Build = Callable[[np.ndarray], Any]
Choose = Callable[[Any, int], None]


def inverted_file(points: np.ndarray) -> faiss.Index:
    """Build faiss's inverted file, with the number of cells that its guide recommends, `4 sqrt(N)`."""
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(points.shape[1]), points.shape[1], int(4 * np.sqrt(len(points))))
    index.cp.max_points_per_centroid = 64
    index.train(points)
    index.add(points)
    return index


def graph(points: np.ndarray) -> faiss.Index:
    """Build faiss's hierarchical navigable small world."""
    index = faiss.IndexHNSWFlat(points.shape[1], _N_LINKS)
    index.hnsw.efConstruction = _N_BUILT
    index.add(points)
    return index


def set_probes(index: faiss.IndexIVFFlat, number: int) -> None:
    """Choose the number of cells that each sample looks into."""
    index.nprobe = number


def set_candidates(index: faiss.IndexHNSWFlat, number: int) -> None:
    """Choose the number of candidates that the search of the graph keeps."""
    index.hnsw.efSearch = number


def quarters(first: int, last: int) -> Iterator[int]:
    """Yield growing numbers, each by at least a quarter larger."""
    number = first
    while number < last:
        yield number
        number = max(number + 1, round(1.25 * number))
    yield last


def without_itself(found: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Drop each sample from its own neighbours; where it is not among them, the furthest."""
    kept = found != rows[:, None]
    kept[kept.all(axis=1), -1] = False
    return found[kept].reshape(len(found), -1)


def recall(found: np.ndarray, true: np.ndarray) -> float:
    """Return the share of the true neighbours that were found."""
    return float(np.mean([len(set(mine) & set(theirs)) / _K for mine, theirs in zip(found, true, strict=True)]))


def at_recall(
    points: np.ndarray, build: Build, choose: Choose, numbers: Iterator[int], asked: np.ndarray, true: np.ndarray,
    wanted: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Return seconds, recall and the chosen number of an index of faiss.

    Parameters
    ----------
    points
        Data, float32, `(n_samples, n_features)`.
    build, choose
        The index, and what tells it how much to look at.
    numbers
        Numbers to try, growing.
    asked, true
        Samples whose neighbours are known, and these.
    wanted
        Recall to reach; missed if the last number does not reach it.
    """
    start = time.process_time()
    index = build(points)
    seconds, reached, number = time.process_time() - start, 0.0, 0
    for number in numbers:
        choose(index, number)
        reached = recall(without_itself(index.search(points[asked], _K + 1)[1], asked), true)
        if reached >= wanted:
            break
    start = time.process_time()
    index.search(points, _K + 1)
    return seconds + time.process_time() - start, reached, number


def compared(X: np.ndarray, search: ApproximateSearch) -> float:
    """Return the share of all pairs that the package's search compares."""
    cells = _cells(Centring.of(X)(X), search.random_state, None)
    excess = ExcessDistance.from_cells(cells)
    radius = search._radius(cells, excess, _K, None)
    n_pairs = 0
    for cell, start, stop in cells.blocks():
        probed_cells, probe_mask = excess.within(radius, cells.points[start:stop], cell, _K)
        n_pairs += int(probe_mask.sum(axis=1) @ cells.sizes[probed_cells])
    return n_pairs / len(X) ** 2


def main(*sizes: int) -> None:
    """Print seconds and recall of the three searches, on both simulated sets."""
    print("| data | samples | search | seconds | recall | setting |\n|---|---:|---|---:|---:|---|")
    search = ApproximateSearch()
    faiss.omp_set_num_threads(1)
    for data in (SHEET, TREE):
        for n_samples in sizes or SIZES:
            X = data.draw(n_samples).views["view1"]
            search(X[:2_000], _K, n_jobs=1)  # compiled
            start = time.process_time()
            found = search(X, _K, n_jobs=1).indices
            seconds = time.process_time() - start
            points = Centring.of(X)(X)
            asked = np.random.default_rng(7).choice(n_samples, min(_N_ASKED, n_samples), replace=False)
            true = _true_neighbors(points, asked, _K, None)
            own = recall(found[asked], true)
            row = f"| {data.name} | {n_samples:,} |"
            print(f"{row} this package | {seconds:.1f} | {own:.3f} | {compared(X, search):.1%} of pairs |", flush=True)
            for name, build, choose, what, numbers in (
                ("faiss IVF", inverted_file, set_probes, "nprobe", quarters(1, int(4 * np.sqrt(n_samples)))),
                ("faiss HNSW", graph, set_candidates, "efSearch", quarters(_K + 1, _LARGEST)),
            ):
                theirs, reached, number = at_recall(points, build, choose, numbers, asked, true, own)
                print(f"{row} {name} | {theirs:.1f} | {reached:.3f} | {what} {number} |", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main(*map(int, sys.argv[1:]))
