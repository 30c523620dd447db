"""Leiden clusters of an embedding at any resolution, as scIB takes them: on the graph that scanpy makes."""

from __future__ import annotations

from collections.abc import Callable

import igraph
import leidenalg
import numpy as np

from integrated_diffusion.embedding import neighbor_graph


def leiden(embedding: np.ndarray, n_neighbors: int = 15, random_state: int = 0) -> Callable[[float], np.ndarray]:
    """Return what clusters the samples of an embedding, from a resolution to a cluster for every sample.

    Parameters
    ----------
    embedding
        Coordinates, `(n_samples, n_components)`.
    n_neighbors
        Neighbours of each sample in the graph.
    random_state
        Seed of every clustering.
    """
    connectivities, _ = neighbor_graph(embedding, n_neighbors)
    rows, columns = connectivities.nonzero()
    upper = rows < columns
    graph = igraph.Graph(connectivities.shape[0], np.column_stack([rows[upper], columns[upper]]).tolist())
    weights = np.asarray(connectivities.tocsr()[rows[upper], columns[upper]]).ravel().tolist()

    def clusters(resolution: float) -> np.ndarray:
        found = leidenalg.find_partition(
            graph,
            leidenalg.RBConfigurationVertexPartition,
            weights=weights,
            resolution_parameter=resolution,
            n_iterations=2,
            seed=random_state,
        )
        return np.asarray(found.membership)

    return clusters
