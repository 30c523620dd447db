"""Exact search on a cluster: each task compares the samples of one part with those of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from integrated_diffusion.cluster.points import Nearest, Points
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.exact import SPARE
from integrated_diffusion.runtime.threads import one_thread


def exact_neighbors(cluster: Cluster, points: Parts, n_neighbors: int) -> Parts:
    """Compare all parts with all parts; return `Nearest` for each.

    Parameters
    ----------
    cluster : Cluster
        Where the points are.
    points : list of Future
        `Points` of each part.
    n_neighbors : int
        Number of neighbours of each sample, without itself.
    """
    n_parts = len(points)
    best: list[Any] = [None] * n_parts
    for shift in range(n_parts):  # its own part first, then each part with another one
        others = [points[(part + shift) % n_parts] for part in range(n_parts)]
        best = cluster.map(compared, best, points, others, [n_neighbors] * n_parts)
    return best


def compared(best: Nearest | None, own: Points, other: Points, n_neighbors: int) -> Nearest:
    """Compare all points of a part with all of another."""
    centre = other.values.mean(axis=0, dtype=np.float64)
    targets, queries = (np.ascontiguousarray(points.values - centre, dtype=np.float64) for points in (other, own))
    cells = Cells.in_order(targets)
    everywhere, n_candidates = np.arange(len(cells.sizes)), min(n_neighbors + 1 + SPARE, len(targets))
    found = Nearest.none(len(queries), n_neighbors, own.samples.dtype) if best is None else best.copy()
    with one_thread():
        for start in range(0, len(queries), ROWS):
            rows = slice(start, start + ROWS)
            found.add(own, other, rows, cells.candidates(queries[rows], 0, everywhere, n_candidates)[0])
    return found
