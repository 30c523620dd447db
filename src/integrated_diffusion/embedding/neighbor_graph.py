"""The neighbour graph of an embedding, in the form scanpy keeps: what Leiden and UMAP run on."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.neighbors import find_neighbors


def neighbor_graph(
    coordinates: np.ndarray, n_neighbors: int = 15, *, n_jobs: int | None = None
) -> tuple[sp.csr_array, sp.csr_array]:
    """Connect every sample to its nearest neighbours in an embedding.

    Parameters
    ----------
    coordinates : numpy.ndarray of shape (n_samples, n_components)
        Embedding.
    n_neighbors : int, default 15
        Number of neighbours, without the sample itself; at most `n_samples - 1`.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.

    Returns
    -------
    connectivities : scipy.sparse.csr_array of shape (n_samples, n_samples)
        Symmetric affinities in [0, 1] of a Gaussian kernel whose bandwidth is each sample's distance to its last
        neighbour; zero on the diagonal.
    distances : scipy.sparse.csr_array of shape (n_samples, n_samples)
        Distances to the neighbours, `n_neighbors` in each row.
    """
    n_samples = len(coordinates)
    n_neighbors = min(n_neighbors, n_samples - 1)
    neighbors = find_neighbors(coordinates, n_neighbors, n_jobs=n_jobs)
    affinities = AlphaDecayKernel(n_neighbors, decay=2.0, max_neighbors=n_neighbors)(neighbors)
    connectivities = sp.csr_array(affinities - sp.eye_array(n_samples, format="csr"))
    connectivities.eliminate_zeros()
    indptr = np.arange(0, n_samples * n_neighbors + 1, n_neighbors, dtype=np.int32)
    # Duplicates are neighbours at distance zero, which a sparse array would not store.
    stored = np.maximum(neighbors.distances, np.finfo(np.float64).tiny)
    distances = sp.csr_array((stored.ravel(), neighbors.indices.ravel(), indptr), shape=(n_samples, n_samples))
    return connectivities, distances
