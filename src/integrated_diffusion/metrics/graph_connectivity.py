"""Connectivity of labels on the nearest-neighbour graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from integrated_diffusion.metrics.neighbourhoods import categories, neighbourhoods


def graph_connectivity(embedding: np.ndarray, labels: npt.ArrayLike, n_neighbors: int = 15) -> float:
    """Share of each label's samples in its largest component, mean over labels (Luecken et al. 2022).

    Of the directed graph from each sample to its nearest neighbours the samples of one label are kept; components are
    strongly connected.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    labels : array-like of shape (n_samples,)
        Label of every sample.
    n_neighbors : int, default 15
        Number of neighbours, the sample itself excluded.

    Returns
    -------
    float
        1 where the samples of every label hang together.

    Raises
    ------
    TypeError, ValueError
        If the arguments do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> metrics.graph_connectivity(np.array([[0.0], [0.1], [5.0], [5.1]]), ["a", "a", "a", "a"], n_neighbors=1)
    0.5
    """
    indices, _ = neighbourhoods(embedding, n_neighbors)
    codes = categories(labels, len(indices), "labels", least=1)
    rows = np.repeat(np.arange(len(indices)), indices.shape[1])
    graph = sp.csr_array((np.ones(indices.size), (rows, indices.ravel())), shape=(len(indices), len(indices)))
    return float(np.mean([_largest_share(graph, np.flatnonzero(codes == label)) for label in range(codes.max() + 1)]))


def _largest_share(graph: sp.csr_array, members: np.ndarray) -> float:
    _, components = connected_components(graph[members][:, members], connection="strong")
    return float(np.bincount(components).max() / len(members))
