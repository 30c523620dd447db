"""Samples of one part as points, and the nearest samples that have been found of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from integrated_diffusion.cluster.order import ClusterOrder, Route
from integrated_diffusion.cluster.sizes import Sized
from integrated_diffusion.cluster.tasks import Parts
from integrated_diffusion.neighbors.ranking_kernel import squared_distance


@dataclass(frozen=True, eq=False)
class Points(Sized):
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

    @classmethod
    def of(cls, order: ClusterOrder, chunks: Parts) -> Parts:
        """Return the points of each part of the order of the operators, given coordinates in chunks."""
        cluster, starts = order.cluster, order.starts
        positions = cluster.map(
            numbers, starts[:-1].tolist(), starts[1:].tolist(), [order.n_samples] * len(order.sizes)
        )
        return cluster.map(cls, order.ordered(chunks), order.ordered(sample_numbers(order)), positions)


@dataclass(frozen=True, eq=False)
class Nearest(Sized):
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
    def none(cls, n_rows: int, n_neighbors: int, dtype: np.dtype) -> Nearest:
        """Nothing found yet; samples are numbered in this precision."""
        shape = (n_rows, n_neighbors)
        return cls(np.full(shape, np.inf), np.full(shape, -1, dtype), np.zeros(shape, dtype))

    def copy(self) -> Nearest:
        """Return one that can be added to."""
        return Nearest(self.distances.copy(), self.samples.copy(), self.positions.copy())

    def add(self, own: Points, other: Points, rows: slice, places: np.ndarray) -> None:
        """Add candidates of some rows that were not added before.

        Parameters
        ----------
        own, other : Points
            The samples whose neighbours these are, and the samples among which the candidates are.
        rows : slice
            Which of the former.
        places : numpy.ndarray of shape (n_rows, n_candidates)
            Places of the candidates among the latter, -1 for none.
        """
        kept = self.distances[rows], self.samples[rows], self.positions[rows]
        _add(own.values[rows], own.samples[rows], other.values, other.samples, other.positions, places, *kept)


@njit(cache=True, nogil=True)
def _add(
    queries: np.ndarray,
    own: np.ndarray,
    points: np.ndarray,
    samples: np.ndarray,
    positions: np.ndarray,
    places: np.ndarray,
    distances: np.ndarray,
    kept: np.ndarray,
    kept_positions: np.ndarray,
) -> None:
    for row in range(len(queries)):
        for other in places[row]:
            if other >= 0 and samples[other] != own[row]:
                d = np.sqrt(squared_distance(queries[row], points[other]))
                _insert(distances[row], kept[row], kept_positions[row], d, samples[other], positions[other])


@njit(cache=True, nogil=True)
def _insert(
    distances: np.ndarray, kept: np.ndarray, positions: np.ndarray, distance: float, sample: int, position: int
) -> None:
    """Put one in its place; of the equally far the lower sample comes first."""
    place = len(distances)
    while place > 0 and (
        distance < distances[place - 1] or (distance == distances[place - 1] and sample < kept[place - 1])
    ):
        place -= 1
    for later in range(len(distances) - 1, place, -1):
        distances[later], kept[later], positions[later] = distances[later - 1], kept[later - 1], positions[later - 1]
    if place < len(distances):
        distances[place], kept[place], positions[place] = distance, sample, position


def sample_numbers(order: ClusterOrder) -> Parts:
    """Return the number of each sample, of each chunk."""
    ends = np.cumsum(order.chunks)
    firsts = (ends - np.array(order.chunks)).tolist()
    return order.cluster.map(numbers, firsts, ends.tolist(), [order.n_samples] * len(firsts))


def positions_of(route: Route, starts: np.ndarray) -> np.ndarray:
    """Return the positions that the rows of a chunk have."""
    return (starts[route.part] + route.place).astype(numbers(0, 0, starts[-1]).dtype)


def numbers(first: int, last: int, n_samples: int) -> np.ndarray:
    """Return numbers of samples from one to before another, in as few bytes as the number of all samples allows."""
    return np.arange(first, last, dtype=np.int32 if n_samples < 2**31 else np.int64)
