"""The order of the samples on a cluster: chunks as they came, parts in which near samples are together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import dask.array as da
import numpy as np

from integrated_diffusion.cluster.sizes import Sized
from integrated_diffusion.cluster.tasks import Cluster, Parts, item


@dataclass(frozen=True, eq=False)
class Route(Sized):
    """Where every row of one part goes.

    Attributes
    ----------
    part : numpy.ndarray of shape (n_rows,), int32
        The part that it goes to.
    place : numpy.ndarray of shape (n_rows,), int64
        Its row there.
    """

    part: np.ndarray
    place: np.ndarray


@dataclass(frozen=True, eq=False)
class ClusterOrder:
    """Samples in the chunks of rows in which they came, and in parts in which near samples lie together.

    Attributes
    ----------
    cluster : Cluster
        Where the data are.
    chunks, sizes : tuple of int
        Number of rows of each chunk, and of each part.
    counts : numpy.ndarray of shape (n_chunks, n_parts)
        Number of rows of each chunk that go to each part.
    there, back : list of Future
        Where the rows of each chunk go, and the rows of each part, as `Route`.
    """

    cluster: Cluster
    chunks: tuple[int, ...]
    sizes: tuple[int, ...]
    counts: np.ndarray
    there: Parts
    back: Parts

    @classmethod
    def of(
        cls, cluster: Cluster, chunks: tuple[int, ...], labels: Parts, n_labels: int, part_of: np.ndarray
    ) -> ClusterOrder:
        """Order the samples by part, and within a part by label and by number.

        Parameters
        ----------
        cluster : Cluster
            Where the data are.
        chunks : tuple of int
            Number of rows of each chunk.
        labels : list of Future
            Label of each row, of each chunk, from 0.
        n_labels : int
            Number of labels.
        part_of : numpy.ndarray of shape (n_labels,)
            The part of each label.
        """
        n_chunks = len(chunks)
        found = np.array(cluster.gather(cluster.map(label_counts, labels, [n_labels] * n_chunks)))
        places = first_places(found, part_of)
        there = cluster.map(route, labels, list(places), [part_of] * n_chunks)
        n_parts = int(part_of.max()) + 1  # each of which has samples
        counts = np.zeros((n_chunks, n_parts), dtype=np.int64)
        np.add.at(counts.T, part_of, found.T)
        sizes = tuple(map(int, counts.sum(axis=0)))
        own = cluster.map(own_places, range(n_chunks), chunks)
        back = cluster.map(as_route, move(cluster, own, there, counts, sizes))
        return cls(cluster, chunks, sizes, counts, there, back)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return sum(self.chunks)

    @property
    def starts(self) -> np.ndarray:
        """Position of the first row of each part, and the number of samples, `(n_parts + 1,)`."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def ordered(self, chunks: Parts) -> Parts:
        """Return arrays, given in chunks of the samples, in parts."""
        return move(self.cluster, chunks, self.there, self.counts, self.sizes)

    def restored(self, parts: Parts) -> Parts:
        """Return arrays, given in parts, in the chunks of the samples."""
        return move(self.cluster, parts, self.back, self.counts.T, self.chunks)

    def as_dask(self, parts: Parts, shape: tuple[int, ...], dtype: np.dtype) -> da.Array:
        """Return arrays, given in parts, as one dask array in the order of the samples."""
        chunks = self.restored(parts)
        arrays = [
            da.from_delayed(chunk, (n_rows, *shape[1:]), dtype)
            for chunk, n_rows in zip(chunks, self.chunks, strict=True)
        ]
        return da.concatenate(arrays)


def move(cluster: Cluster, arrays: Parts, routes: Parts, counts: np.ndarray, sizes: Sequence[int]) -> Parts:
    """Send every row of every array to its place in another partition of the rows.

    Parameters
    ----------
    cluster : Cluster
        Where the arrays are.
    arrays, routes : list of Future
        The arrays, and where their rows go.
    counts : numpy.ndarray of shape (len(arrays), len(sizes))
        Number of rows that go from each of the arrays to each of the new ones.
    sizes : sequence of int
        Number of rows of each of the new arrays.
    """
    split = cluster.map(split_rows, arrays, routes)
    pairs = np.argwhere(counts.T > 0)  # by the new array
    pieces = cluster.map(item, [split[old] for _, old in pairs], [int(new) for new, _ in pairs])
    ends = np.searchsorted(pairs[:, 0], np.arange(len(sizes) + 1))
    return cluster.map(assembled, [pieces[a:b] for a, b in itertools.pairwise(ends)], sizes)


def split_rows(array: np.ndarray, route: Route) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return, by the part that rows go to, their places there and the rows."""
    order = np.argsort(route.part, kind="stable")
    parts, starts = np.unique(route.part[order], return_index=True)
    return {
        int(part): (route.place[rows], array[rows])
        for part, rows in zip(parts, np.split(order, starts[1:]), strict=True)
    }


def assembled(pieces: list[tuple[np.ndarray, np.ndarray]], size: int) -> np.ndarray:
    """Put rows at their places."""
    _, first = pieces[0]
    out = np.empty((size, *first.shape[1:]), first.dtype)
    for places, rows in pieces:
        out[places] = rows
    return out


def label_counts(labels: np.ndarray, n_labels: int) -> np.ndarray:
    """Return how often each label occurs."""
    return np.bincount(labels, minlength=n_labels)


def first_places(counts: np.ndarray, part_of: np.ndarray) -> np.ndarray:
    """Return the place within its part of the first row of each label in each chunk, `(n_chunks, n_labels)`."""
    order = np.argsort(part_of, kind="stable")
    before_in_part = np.zeros(len(part_of), dtype=np.int64)
    totals = counts.sum(axis=0)[order]
    running = np.cumsum(totals) - totals
    first_of_part = np.searchsorted(part_of[order], part_of[order])
    before_in_part[order] = running - running[first_of_part]
    return np.asarray(before_in_part + np.cumsum(counts, axis=0) - counts)


def route(labels: np.ndarray, first: np.ndarray, part_of: np.ndarray) -> Route:
    """Return where the rows of a chunk go: those of a label one after the other from its first place on."""
    order = np.argsort(labels, kind="stable")
    found = labels[order]
    place = np.empty(len(labels), dtype=np.int64)
    place[order] = first[found] + np.arange(len(labels)) - np.searchsorted(found, found)
    return Route(part_of[labels].astype(np.int32), place)


def own_places(chunk: int, n_rows: int) -> np.ndarray:
    """Return the number of the chunk and of the row, of every row."""
    return np.column_stack([np.full(n_rows, chunk), np.arange(n_rows)])


def as_route(places: np.ndarray) -> Route:
    """Return where rows go by the columns of an array."""
    return Route(places[:, 0].astype(np.int32), places[:, 1])
