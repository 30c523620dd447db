"""Nearest neighbours on a cluster: each task compares the samples of one part with those of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from integrated_diffusion.cluster.cells import POINTS_A_CELL, FittedCells, cell_labels, grouped, sampled_rows
from integrated_diffusion.cluster.order import ClusterOrder, Route
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.neighbors.approximate import ApproximateSearch, ExcessDistance, least_radius, n_cells_for
from integrated_diffusion.neighbors.cells import ROWS, Cells
from integrated_diffusion.neighbors.exact import SPARE
from integrated_diffusion.runtime.threads import one_thread


@dataclass(frozen=True, eq=False)
class Points:
    """Samples of one part.

    Attributes
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
        Coordinates.
    samples : numpy.ndarray of int, shape (n_rows,)
        Number of each sample among all; of the equally far the lower one is nearer.
    positions : numpy.ndarray of int, shape (n_rows,)
        Position of each sample in the order of the operators.
    """

    values: np.ndarray
    samples: np.ndarray
    positions: np.ndarray


@dataclass(frozen=True, eq=False)
class CellPoints(Points):
    """Samples of one part, cell by cell.

    Attributes
    ----------
    cells : numpy.ndarray of shape (n_cells,)
        The cells whose samples these are, in increasing order.
    starts : numpy.ndarray of shape (n_cells + 1,)
        The first row of each, and the end.
    """

    cells: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest samples found so far, nearest first.

    Attributes
    ----------
    distances : numpy.ndarray of shape (n_rows, n_neighbors), float64
        Distances; infinite where none was found.
    samples, positions : numpy.ndarray of int, shape (n_rows, n_neighbors)
        Numbers of the samples, and their positions in the order of the operators.
    """

    distances: np.ndarray
    samples: np.ndarray
    positions: np.ndarray

    @classmethod
    def none(cls, own: Points, n_neighbors: int) -> Nearest:
        """Nothing found yet."""
        shape, dtype = (len(own.samples), n_neighbors), own.samples.dtype
        return cls(np.full(shape, np.inf), np.full(shape, -1, dtype), np.zeros(shape, dtype))


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
    with one_thread():
        places = [
            cells.candidates(queries[start : start + ROWS], 0, everywhere, n_candidates)[0]
            for start in range(0, len(queries), ROWS)
        ]
    return _merged(best, own, other, np.concatenate(places), np.arange(len(queries)), n_neighbors)


def _merged(
    best: Nearest | None, own: Points, other: Points, places: np.ndarray, rows: np.ndarray, n_neighbors: int
) -> Nearest:
    """Add candidates of some rows, given by their places among other points, -1 for none."""
    best = best or Nearest.none(own, n_neighbors)
    kept = Nearest(best.distances.copy(), best.samples.copy(), best.positions.copy())
    for start in range(0, len(rows), 4_096):
        some, found = rows[start : start + 4_096], places[start : start + 4_096]
        new = other.samples[found]
        d = _distances(own.values[some], other.values, found)
        d[(found < 0) | (new == own.samples[some, None])] = np.inf
        found_d, found_samples = np.hstack([kept.distances[some], d]), np.hstack([kept.samples[some], new])
        found_positions = np.hstack([kept.positions[some], other.positions[found]])
        order = np.lexsort((found_samples, found_d))[:, :n_neighbors]
        kept.distances[some] = np.take_along_axis(found_d, order, 1)
        kept.samples[some] = np.take_along_axis(found_samples, order, 1)
        kept.positions[some] = np.take_along_axis(found_positions, order, 1)
    return kept


def _distances(queries: np.ndarray, points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Distances from their differences in float64."""
    squared, at = np.empty(places.shape), queries.astype(np.float64)
    for j in range(places.shape[1]):
        difference = at - points[places[:, j]]
        squared[:, j] = np.einsum("ij,ij->i", difference, difference)
    return np.sqrt(squared)


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

    def blocks(self, own: CellPoints) -> Iterator[tuple[int, slice, np.ndarray, tuple[np.ndarray, np.ndarray]]]:
        """Yield, for some rows of one cell at a time, the cell, the rows, scaled points, and what they probe."""
        scaled = self.cells.scaling(own.values)
        for cell, first, last in zip(own.cells, own.starts[:-1], own.starts[1:], strict=True):
            for start in range(first, last, ROWS):
                rows = slice(start, min(start + ROWS, last))
                yield (
                    int(cell),
                    rows,
                    scaled[rows],
                    self.excess.within(self.radius, scaled[rows], int(cell), self.n_neighbors),
                )


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
    nearest = _probe(cluster, points, cluster.put(probing), part_of, n_neighbors)
    columns = [within.restored(cluster.map(getattr, nearest, [name] * n_parts)) for name in ("distances", "positions")]
    distances, positions = (order.ordered(chunks) for chunks in columns)
    return cluster.map(Nearest, distances, positions, positions)  # numbers of samples have decided ties, and are done


def points_of(order: ClusterOrder, chunks: Parts) -> Parts:
    """Return the `Points` of each part of the order of the operators."""
    cluster, starts = order.cluster, order.starts
    positions = cluster.map(numbers, starts[:-1].tolist(), starts[1:].tolist(), [order.n_samples] * len(order.sizes))
    return cluster.map(Points, order.ordered(chunks), order.ordered(sample_numbers(order)), positions)


def sample_numbers(order: ClusterOrder) -> Parts:
    """Return the number of each sample, of each chunk."""
    ends = np.cumsum(order.chunks)
    firsts = (ends - np.array(order.chunks)).tolist()
    return order.cluster.map(numbers, firsts, ends.tolist(), [order.n_samples] * len(firsts))


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


def positions_of(route: Route, starts: np.ndarray) -> np.ndarray:
    """Return the positions that the rows of a chunk have."""
    return (starts[route.part] + route.place).astype(numbers(0, 0, starts[-1]).dtype)


def numbers(first: int, last: int, n_samples: int) -> np.ndarray:
    """Return numbers of samples from one to before another, in as few bytes as the number of all samples allows."""
    return np.arange(first, last, dtype=np.int32 if n_samples < 2**31 else np.int64)


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


def _probe(cluster: Cluster, points: Parts, probing: Any, part_of: np.ndarray, n_neighbors: int) -> Parts:
    n_parts = len(points)
    wanted = cluster.gather(cluster.map(probed_cells, points, [probing] * n_parts))
    best = cluster.map(probed, [None] * n_parts, points, points, [probing] * n_parts)
    for shift in range(1, n_parts):
        for part in range(n_parts):
            other = (part + shift) % n_parts
            cells = wanted[part][part_of[wanted[part]] == other]
            if len(cells):
                some = cluster.one(points_of_cells, points[other], cells)
                best[part] = cluster.one(probed, best[part], points[part], some, probing)
    return best


def probed_cells(own: CellPoints, probing: Probing) -> np.ndarray:
    """Return the cells that a part's samples probe."""
    found = np.zeros(len(probing.cells.centres), dtype=bool)
    for _, _, _, (cells, _) in probing.blocks(own):
        found[cells] = True
    return np.flatnonzero(found)


def points_of_cells(points: CellPoints, cells: np.ndarray) -> CellPoints:
    """Return the samples of some cells of a part."""
    at = np.searchsorted(points.cells, cells)
    firsts, lasts = points.starts[at], points.starts[at + 1]
    rows = np.concatenate([np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)])
    starts = np.concatenate([[0], np.cumsum(lasts - firsts)])
    return CellPoints(points.values[rows], points.samples[rows], points.positions[rows], cells, starts)


def probed(best: Nearest | None, own: CellPoints, other: CellPoints, probing: Probing) -> Nearest:
    """Compare a part's samples with those of the cells of another that they probe."""
    targets = probing.cells.scaling(other.values)
    cells = Cells(targets, np.arange(len(targets)), other.starts, probing.cells.centres)
    local = np.full(len(probing.cells.centres), -1)
    local[other.cells] = np.arange(len(other.cells))
    places = np.full((len(own.samples), min(probing.n_neighbors + 1 + SPARE, len(targets))), -1, np.int32)
    with one_thread():
        for cell, rows, scaled, (probed_cells, mask) in probing.blocks(own):
            here = local[probed_cells] >= 0
            if here.any():
                some = local[probed_cells[here]]
                places[rows] = cells.candidates(scaled, cell, some, places.shape[1], np.ascontiguousarray(mask[here]))[
                    0
                ]
    return _merged(best, own, other, places, np.arange(len(places)), probing.n_neighbors)
