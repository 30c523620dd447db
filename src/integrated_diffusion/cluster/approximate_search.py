"""Approximate search on a cluster: cells of k-means, of which each sample probes as many as the recall needs.

As in memory (`neighbors.approximate`). Near cells lie in one part; its samples are compared with those of the cells
that they probe, of their own part and of others, of which just these cells are sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from integrated_diffusion.cluster.cells import POINTS_A_CELL, FittedCells, cell_labels, grouped, sampled_rows
from integrated_diffusion.cluster.exact_search import compared
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.points import Nearest, Points, positions_of, sample_numbers
from integrated_diffusion.cluster.sizes import Sized
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.neighbors.approximate import ApproximateSearch, ExcessDistance, least_radius, n_cells_for
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.exact import SPARE
from integrated_diffusion.runtime.threads import one_thread

SAMPLES_A_TASK = 2**19
"""Most samples, other than a part's own, with which a task compares these."""

BYTES_A_SAMPLE = 6_500
"""Bytes of a thread's memory for each of them: ten times what its coordinates need, sent, joined and scaled."""


@dataclass(frozen=True, eq=False)
class CellPoints(Points):
    """Samples of one part, cell by cell.

    Attributes
    ----------
    cells : numpy.ndarray of shape (n_cells,)
        The cells whose samples these are.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The first row of each, and the end.
    """

    cells: np.ndarray
    starts: np.ndarray

    @classmethod
    def joined(cls, pieces: Sequence[CellPoints]) -> CellPoints:
        """Return the samples of several parts, which have no cell in common."""
        if len(pieces) == 1:
            return pieces[0]
        names = ("values", "samples", "positions", "cells")
        sizes = np.concatenate([np.diff(piece.starts) for piece in pieces])
        values, samples, positions, cells = (
            np.concatenate([getattr(piece, name) for piece in pieces]) for name in names
        )
        return cls(values, samples, positions, cells, np.concatenate([[0], np.cumsum(sizes)]))


@dataclass(frozen=True, eq=False)
class Probing:
    """Which cells each sample probes: those whose centres are not much further than its own, see `ApproximateSearch`.

    Attributes
    ----------
    cells : FittedCells
        The cells.
    excess : ExcessDistance
        How much further a sample is from other centres.
    n_neighbors : int
        Number of neighbours.
    radius : float
        Largest excess.
    """

    cells: FittedCells
    excess: ExcessDistance
    n_neighbors: int
    radius: float = 0.0


@dataclass(frozen=True, eq=False)
class Probes(Sized):
    """The cells that the samples of a part probe.

    Attributes
    ----------
    blocks : list of tuple
        For some samples of one cell at a time: the cell, the rows, the cells that some of them probe, nearest first,
        and bits that say which sample probes which, as `numpy.packbits` makes them.
    cells : numpy.ndarray of shape (n_cells,)
        All cells that some sample probes, in increasing order.
    """

    blocks: list[tuple[int, slice, np.ndarray, np.ndarray]]
    cells: np.ndarray

    @classmethod
    def of(cls, own: CellPoints, probing: Probing) -> Probes:
        """Find the cells that the samples of a part probe."""
        blocks, found = [], np.zeros(len(probing.cells.centres), dtype=bool)
        scaled = probing.cells.scaling(own.values)
        for cell, first, last in zip(own.cells.tolist(), own.starts[:-1], own.starts[1:], strict=True):
            for start in range(first, last, ROWS):
                rows = slice(start, min(start + ROWS, last))
                cells, mask = probing.excess.within(probing.radius, scaled[rows], cell, probing.n_neighbors)
                found[cells] = True
                blocks.append((cell, rows, cells.astype(np.int32), np.packbits(mask, axis=1)))
        return cls(blocks, np.flatnonzero(found))


def approximate_neighbors(order: ClusterOrder, chunks: Parts, n_neighbors: int, search: ApproximateSearch) -> Parts:
    """Compare the samples of each part of cells with those of the cells that they probe.

    Parameters
    ----------
    order : ClusterOrder
        Order of the operators.
    chunks : list of Future
        Coordinates of each chunk of the samples.
    n_neighbors : int
        Number of neighbours of each sample, without itself.
    search : ApproximateSearch
        Recall, number of random queries that measure it, and seed.

    Returns
    -------
    list of Future
        `Nearest` of each part of the order.
    """
    cluster, sizes, n_parts = order.cluster, order.chunks, len(order.sizes)
    n_samples, rng = sum(sizes), np.random.default_rng(search.random_state)
    n_cells = n_cells_for(n_samples)
    drawn = np.sort(rng.choice(n_samples, min(n_samples, POINTS_A_CELL * n_cells), replace=False))
    known = sampled_rows(cluster, chunks, sizes, drawn)
    cells = FittedCells.fit(known, n_cells, search.random_state)
    n_cells, held = len(cells.centres), cluster.put(cells)
    labels = cluster.map(cell_labels, chunks, [held] * len(chunks))
    counts = np.sum(
        cluster.gather(cluster.map(np.bincount, labels, [None] * len(labels), [n_cells] * len(labels))), axis=0
    )
    part_of = grouped(cells.centres, counts, n_parts)
    within = ClusterOrder.of(cluster, sizes, labels, n_cells, part_of)  # near samples of this view together
    points = points_in_cells(order, within, chunks, counts, part_of)
    ordered = np.concatenate([np.flatnonzero(part_of == part) for part in range(n_parts)])
    whole = Cells(cells.centres, ordered, np.concatenate([[0], np.cumsum(counts)]), cells.centres)
    probing = Probing(cells, ExcessDistance.from_cells(whole), n_neighbors)
    chosen = np.sort(rng.choice(len(known), min(search.n_queries, len(known)), replace=False))
    queries = Points(known[chosen], drawn[chosen], drawn[chosen])
    probing = replace(probing, radius=_radius(cluster, points, probing, queries, search))
    nearest = _probe(cluster, points, cluster.put(probing), part_of, counts)
    columns = [within.restored(cluster.map(getattr, nearest, [name] * n_parts)) for name in ("distances", "positions")]
    distances, positions = (order.ordered(chunks) for chunks in columns)
    return cluster.map(Nearest, distances, positions, positions)  # numbers of samples have decided ties, and are done


def points_in_cells(
    order: ClusterOrder, within: ClusterOrder, chunks: Parts, counts: np.ndarray, part_of: np.ndarray
) -> Parts:
    """Return the `Points` of each part of cells, cell by cell, with positions in the order of the operators."""
    cluster, n_parts = order.cluster, len(within.sizes)
    positions = cluster.map(positions_of, order.there, [order.starts] * len(chunks))
    found = [within.ordered(arrays) for arrays in (chunks, sample_numbers(order), positions)]
    cells = [np.flatnonzero(part_of == part) for part in range(n_parts)]
    starts = [np.concatenate([[0], np.cumsum(counts[some])]) for some in cells]
    return cluster.map(CellPoints, *found, cells, starts)


def _radius(cluster: Cluster, points: Parts, probing: Probing, queries: Points, search: ApproximateSearch) -> float:
    """Smallest radius at which queries, whose true neighbours are known, reach the recall."""
    n_neighbors, n_parts = probing.n_neighbors, len(points)
    found = cluster.gather(
        cluster.map(true_neighbors, points, [cluster.put(queries)] * n_parts, [n_neighbors] * n_parts)
    )
    distances, cells = (np.hstack([part[i] for part in found]) for i in (0, 1))
    nearest = np.take_along_axis(cells, np.argsort(distances, axis=1, kind="stable")[:, :n_neighbors], 1)
    scaled = probing.cells.scaling(queries.values)
    own = probing.cells.labels(queries.values)
    excess = np.take_along_axis(probing.excess.of(scaled, own), nearest, 1)
    excess += 1e-4 * np.abs(excess)  # the search itself rounds to single precision
    return least_radius(excess, search.recall)


def true_neighbors(points: CellPoints, queries: Points, n_neighbors: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances of the nearest samples of a part to some queries, and their cells."""
    found = compared(None, queries, points, min(n_neighbors, len(points.samples)))
    order = np.argsort(points.samples)
    rows = order[np.searchsorted(points.samples[order], np.maximum(found.samples, points.samples[order[0]]))]
    return found.distances, points.cells[np.searchsorted(points.starts, rows, side="right") - 1]


def _probe(cluster: Cluster, points: Parts, probing: Any, part_of: np.ndarray, counts: np.ndarray) -> Parts:
    """Compare each part's samples with those of the cells that they probe, so many in a task as memory is meant for."""
    n_parts, most = len(points), min(SAMPLES_A_TASK, cluster.memory_a_thread / BYTES_A_SAMPLE)
    probes = cluster.map(Probes.of, points, [probing] * n_parts)
    wanted = cluster.gather(cluster.map(getattr, probes, ["cells"] * n_parts))
    nearest = []
    for part in range(n_parts):
        best, others, n_samples = None, [points[part]], 0
        for shift in range(1, n_parts):
            other = (part + shift) % n_parts
            cells = wanted[part][part_of[wanted[part]] == other]
            if not len(cells):
                continue
            if n_samples and n_samples + counts[cells].sum() > most:
                best, others, n_samples = cluster.one(probed, best, points[part], others, probes[part], probing), [], 0
            others.append(cluster.one(points_of_cells, points[other], cells))
            n_samples += counts[cells].sum()
        nearest.append(cluster.one(probed, best, points[part], others, probes[part], probing))
    return nearest


def points_of_cells(points: CellPoints, cells: np.ndarray) -> CellPoints:
    """Return the samples of some cells of a part."""
    at = np.searchsorted(points.cells, cells)
    firsts, lasts = points.starts[at], points.starts[at + 1]
    rows = np.concatenate([np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)])
    starts = np.concatenate([[0], np.cumsum(lasts - firsts)])
    return CellPoints(points.values[rows], points.samples[rows], points.positions[rows], cells, starts)


def probed(
    best: Nearest | None, own: CellPoints, others: Sequence[CellPoints], probes: Probes, probing: Probing
) -> Nearest:
    """Compare a part's samples with those cells of some parts that they probe."""
    other, n_neighbors = CellPoints.joined(others), probing.n_neighbors
    queries, targets = (probing.cells.scaling(points.values) for points in (own, other))
    cells = Cells(targets, np.arange(len(targets)), other.starts, probing.cells.centres)
    local = np.full(len(probing.cells.centres), -1)
    local[other.cells] = np.arange(len(other.cells))
    n_candidates = min(n_neighbors + 1 + SPARE, len(targets))
    found = Nearest.none(len(queries), n_neighbors, own.samples.dtype) if best is None else best.copy()
    with one_thread():
        for cell, rows, some, bits in probes.blocks:
            here = local[some] >= 0
            if here.any():
                mask = np.unpackbits(bits[here], axis=1, count=rows.stop - rows.start).view(bool)
                places = cells.quantized_candidates(queries[rows], cell, local[some[here]], n_candidates, mask)
                found.add(own, other, rows, places)
    return found
