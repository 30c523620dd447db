"""Shortest paths on a nearest-neighbour graph whose components are joined."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, dijkstra
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.neighbors import kneighbors_graph

_NO_LENGTH = float(np.finfo(np.float64).tiny)  # of edges between duplicates: at zero a sparse array would drop them
_BLOCK_ENTRIES = 16_000_000  # distances held at once while the graph is searched: 128 MB


def connected_graph(points: np.ndarray, n_neighbors: int) -> sp.csr_array:
    """Symmetric graph of nearest neighbours with its components joined, weighted by distance."""
    edges = sp.coo_array(kneighbors_graph(points, n_neighbors, mode="distance"))
    edges.data = np.maximum(edges.data.astype(np.float64), _NO_LENGTH)
    n_found, component = connected_components(edges, directed=False)
    if n_found > 1:
        warnings.warn(
            f"noiseless: expected a connected graph, found {n_found} components at n_neighbors={n_neighbors}, joined "
            "by their shortest edges; ask for more neighbours if they belong together",
            UserWarning,
            stacklevel=4,
        )
        edges = sp.coo_array(edges.maximum(_bridges(points, component)))
    return sp.csr_array(edges.maximum(edges.T))


def _bridges(points: np.ndarray, component: np.ndarray) -> sp.csr_array:
    """Shortest edges that make one component of all, weighted by distance."""
    start, end = np.array(list(_joints(points, component))).T
    lengths = np.linalg.norm(points[start] - points[end], axis=1)
    lengths = np.maximum(lengths.astype(np.float64), _NO_LENGTH)
    return sp.csr_array((lengths, (start, end)), shape=(len(points), len(points)))


def _joints(points: np.ndarray, component: np.ndarray) -> Iterator[tuple[int, int]]:
    """Join the smallest component to the sample nearest to it, again and again until one is left."""
    component = component.copy()
    while True:
        names, sizes = np.unique_counts(component)
        if len(names) == 1:
            return
        is_inside = component == names[sizes.argmin()]
        inside, outside = np.flatnonzero(is_inside), np.flatnonzero(~is_inside)
        nearest, distances = pairwise_distances_argmin_min(points[inside], points[outside])
        start = distances.argmin()
        end = outside[nearest[start]]
        yield int(inside[start]), int(end)
        component[inside] = component[end]


def paths(graph: sp.csr_array, samples: np.ndarray) -> Iterator[np.ndarray]:
    """Lengths of the shortest paths from each sample to those after it."""
    step = max(1, _BLOCK_ENTRIES // graph.shape[0])
    for first in range(0, len(samples), step):
        block = dijkstra(graph, indices=samples[first : first + step])[:, samples]
        yield from (row[i + 1 :] for i, row in enumerate(block, start=first))
