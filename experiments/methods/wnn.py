"""Weighted nearest neighbours: at each sample the view that predicts it best weighs most (Hao et al. 2021), by muon.

muon searches neighbours by NN-descent with a distance that numba compiles anew for each view at each call, which is
nearly all of its time. Its two searches are exact here instead, which needs no compiler; everything else is muon's own.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import anndata as ad
import mudata
import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize

from integrated_diffusion import DiffusionOperator, Operator, find_neighbors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its imports ask for versions in old ways and miss TensorFlow
    from muon._core import preproc

N_NEIGHBORS = 20
N_CANDIDATES = 200
"""Neighbours in each view from which the joint ones are chosen, as in Seurat and muon."""


def wnn(views: Mapping[str, np.ndarray], random_state: int = 0) -> Operator:
    """Return the operator on the weighted nearest-neighbour graph.

    Parameters
    ----------
    views
        Coordinates of each view by name, shape `(n_samples, n_coordinates)`, such as principal components.
    random_state
        Seed that muon is given; nothing random is left in it.
    """
    with patch.object(preproc, "nearest_neighbors", exact_neighbors):
        K = affinities(connectivities(views, random_state))
    return DiffusionOperator(K, "WNN(" + ", ".join(views) + ")")


def connectivities(views: Mapping[str, np.ndarray], random_state: int = 0) -> sp.csr_matrix:
    """Return what `muon.pp.neighbors` makes of the views, with whatever search it has.

    Parameters
    ----------
    views, random_state
        As `wnn` is given them. Samples are scaled to length one, as Seurat does and muon advises.
    """
    n_samples = len(next(iter(views.values())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modalities = mudata.MuData({name: _with_neighbors(normalize(X)) for name, X in views.items()})
        preproc.neighbors(
            modalities,
            n_neighbors=N_NEIGHBORS,
            n_bandwidth_neighbors=N_NEIGHBORS,
            n_multineighbors=min(N_CANDIDATES, n_samples - 1),
            random_state=random_state,
        )
    return modalities.obsp["connectivities"]


def affinities(connectivities: Any) -> sp.csr_array:
    """Turn connectivities, which have no diagonal, into symmetric affinities with one on it."""
    K = sp.csr_array(connectivities, dtype=np.float64)
    K.setdiag(0)
    K = (K + K.T) / 2 + sp.eye_array(K.shape[0])
    return sp.csr_array(K)


def exact_neighbors(
    X: np.ndarray,
    n_neighbors: int,
    metric: Any,
    metric_kwds: Mapping[str, Any],
    random_state: Any = None,
    angular: bool = False,
    low_memory: bool = False,
) -> tuple[np.ndarray, np.ndarray | None, None]:
    """Search as muon asks `umap.umap_.nearest_neighbors` to: by distance, or among those that share few neighbours.

    Parameters
    ----------
    X
        Coordinates; only numbers of samples where those are in `metric_kwds`.
    n_neighbors
        Number of neighbours, with distances the sample itself counted.
    metric
        `"euclidean"`, or muon's function that counts shared neighbours.
    metric_kwds
        What that function needs: the coordinates and the graph of neighbours.
    random_state, angular, low_memory
        Settings of NN-descent, without use here.

    Returns
    -------
    tuple
        Indices of the neighbours, `(n_samples, n_neighbors)`, their distances, and no index to ask further.
    """
    if metric == "euclidean":
        found = find_neighbors(X, n_neighbors - 1)
        itself = np.arange(len(X))[:, None]
        return np.hstack([itself, found.indices]), np.hstack([np.zeros((len(X), 1)), found.distances]), None
    graph = sp.csr_array(
        (
            np.ones(len(metric_kwds["neighbors_indices"])),
            metric_kwds["neighbors_indices"],
            metric_kwds["neighbors_indptr"],
        )
    )
    return least_alike(metric_kwds["X"], graph, n_neighbors), None, None


def least_alike(X: np.ndarray, graph: sp.csr_array, n_neighbors: int) -> np.ndarray:
    """Return those that share a neighbour with a sample but as few as possible, among equals the farthest.

    Parameters
    ----------
    X
        Coordinates, shape `(n_samples, n_coordinates)`.
    graph
        One where a sample has a neighbour, shape `(n_samples, n_samples)`.
    n_neighbors
        How many to return. Where fewer share a neighbour, they are repeated; where no samples do, the neighbours are.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_neighbors), int
    """
    sizes = graph.sum(axis=1)
    shared = sp.csr_array(graph @ graph.T)
    chosen = np.empty((len(X), n_neighbors), dtype=np.intp)
    for i, row in enumerate(chosen):
        span = slice(shared.indptr[i], shared.indptr[i + 1])
        others, counts = shared.indices[span], shared.data[span]
        others, counts = others[others != i], counts[others != i]
        similarity = counts / (sizes[i] + sizes[others] - counts)
        distance = np.linalg.norm(X[others] - X[i], axis=1)
        order = np.lexsort((others, -distance, similarity))[:n_neighbors]
        neighbors = graph.indices[graph.indptr[i] : graph.indptr[i + 1]]
        row[:] = np.resize(others[order] if len(others) else neighbors, n_neighbors)
    return chosen


def _with_neighbors(X: np.ndarray) -> ad.AnnData:
    """Lay a view out with its nearest neighbours where `muon.pp.neighbors` looks for them."""
    n_neighbors = min(N_NEIGHBORS, len(X) - 1)
    found = find_neighbors(X, n_neighbors)
    starts = np.arange(0, len(X) * n_neighbors + 1, n_neighbors)
    distances = sp.csr_matrix((found.distances.ravel(), found.indices.ravel(), starts), shape=(len(X), len(X)))
    distances.sort_indices()
    data = ad.AnnData(np.asarray(X))
    data.obsp["distances"] = distances
    data.uns["neighbors"] = {
        "distances_key": "distances",
        "params": {"n_neighbors": n_neighbors, "metric": "euclidean", "use_rep": "X"},
    }
    return data
