"""From coordinates in chunks to the diffusion operator of one view in parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.cluster.affinities import ClusterAffinities
from integrated_diffusion.cluster.approximate_search import approximate_neighbors
from integrated_diffusion.cluster.exact_search import exact_neighbors
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.points import Nearest, Points
from integrated_diffusion.cluster.tasks import Parts
from integrated_diffusion.kernels.bandwidth import distance_to_kth, least_bandwidth, median_distance
from integrated_diffusion.kernels.kernel import directed_rows
from integrated_diffusion.neighbors import EXACT_SAMPLES, ApproximateSearch, ExactSearch, Neighbors
from integrated_diffusion.spectrum import precision_for


def cluster_affinities(order: ClusterOrder, chunks: Parts, kernel: Any, search: Any = None) -> ClusterAffinities:
    """Return the directed affinities of one view.

    Parameters
    ----------
    order : ClusterOrder
        Order of the operators.
    chunks : list of Future
        Coordinates of each chunk of the samples.
    kernel : AlphaDecayKernel or GaussianKernel
        From neighbours to affinities.
    search : ExactSearch, ApproximateSearch or None, default None
        How neighbours are found; exact up to 10,000 samples unless given, approximate above.

    Raises
    ------
    TypeError
        If the search is another one, or the kernel is not of this package.
    """
    check_kernel_and_search(kernel, search)
    n_samples = order.n_samples
    n_neighbors = max(1, min(kernel.n_candidates, n_samples - 1))
    search = search or (ExactSearch() if n_samples <= EXACT_SAMPLES else ApproximateSearch())
    if isinstance(search, ExactSearch):
        nearest = exact_neighbors(order.cluster, Points.of(order, chunks), n_neighbors)
    else:
        nearest = approximate_neighbors(order, chunks, n_neighbors, search)
    return ClusterAffinities(order, directed(order, nearest, kernel), kernel.symmetrisation, kernel.anisotropy)


def check_kernel_and_search(kernel: Any, search: Any) -> None:
    """Raise `TypeError` unless kernel and search can work part by part."""
    if not hasattr(kernel, "bandwidths"):
        raise TypeError(
            f"kernel: expected AlphaDecayKernel() or GaussianKernel() for dask arrays, found {type(kernel).__name__}; "
            "choose one of these, or fit in memory"
        )
    if search is not None and not isinstance(search, ExactSearch | ApproximateSearch):
        raise TypeError(
            f"search: expected ExactSearch() or ApproximateSearch() for dask arrays, found {type(search).__name__}; "
            "choose one of these, or fit in memory"
        )


def directed(order: ClusterOrder, nearest: Parts, kernel: Any) -> Parts:
    """Return the directed affinities of each part; only distances to the k-th neighbours come to the client."""
    cluster, n_parts = order.cluster, len(nearest)
    distances = np.concatenate(cluster.gather(cluster.map(kth_distances, nearest, [kernel.n_neighbors] * n_parts)))
    median = median_distance(distances)
    bandwidths = kernel.bandwidths(distances, median)
    within = (
        np.empty(0) if (bandwidths > 0).any() else cluster.gather([cluster.one(getattr, nearest[0], "distances")])[0]
    )
    least = least_bandwidth(bandwidths, within)
    same = [[value] * n_parts for value in (kernel, median, least, order.n_samples)]
    return cluster.map(affinities_of_part, nearest, *same)


def as_neighbors(nearest: Nearest) -> Neighbors:
    """Return neighbours by their positions."""
    return Neighbors(nearest.positions, nearest.distances)


def kth_distances(nearest: Nearest, n_neighbors: int) -> np.ndarray:
    """Return each sample's distance to its k-th neighbour."""
    return distance_to_kth(as_neighbors(nearest), n_neighbors)


def affinities_of_part(nearest: Nearest, kernel: Any, median: float, least: float, n_samples: int) -> sp.csr_array:
    """Return the directed affinities of some samples to all."""
    neighbors = as_neighbors(nearest)
    distance = distance_to_kth(neighbors, kernel.n_neighbors)
    bandwidth = np.maximum(kernel.bandwidths(distance, median), least)
    return narrow(directed_rows(neighbors, bandwidth, kernel.decay, kernel.threshold, n_samples, n_jobs=1))


def narrow(A: sp.csr_array) -> sp.csr_array:
    """Return affinities to all samples in the precision that so many need, and numbers of columns as short as can be.

    They are the largest of what a worker holds.
    """
    n_samples = A.shape[1]
    numbers = np.int32 if n_samples < 2**31 else np.int64
    entries = A.data.astype(precision_for(n_samples).dtype), A.indices.astype(numbers), A.indptr.astype(numbers)
    return sp.csr_array(entries, shape=A.shape)
