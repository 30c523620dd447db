"""Bandwidths: from each sample's distance to its k-th neighbour to the scale of its kernel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from integrated_diffusion.neighbors import Neighbors

Bandwidth = Callable[[np.ndarray, float], np.ndarray]


BANDWIDTHS: dict[str, Bandwidth] = {
    "local": lambda distance, median: distance,
    "global": lambda distance, median: np.full_like(distance, median),
    "capped": lambda distance, median: np.minimum(distance, median),
}
"""From each sample's distance to its k-th neighbour, and their median over all samples, to its bandwidth: that
distance, the median, the smaller one."""


def median_distance(distance: np.ndarray) -> float:
    """Return the median of the positive distances, zero where there are none."""
    positive = distance[distance > 0]
    return float(np.median(positive)) if len(positive) else 0.0


def distance_to_kth(neighbors: Neighbors, n_neighbors: int) -> np.ndarray:
    """Return each sample's distance to its k-th neighbour, shape `(n_samples,)`.

    With fewer than `k` neighbours it is the distance to the last one; with none it is zero.
    """
    found = np.isfinite(neighbors.distances)
    last = np.minimum(found.sum(axis=1), n_neighbors) - 1
    distance = neighbors.distances[np.arange(neighbors.n_samples), np.maximum(last, 0)]
    return np.where(last >= 0, distance, 0.0)


def floored(bandwidth: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Replace bandwidths of zero, which duplicates have, by a tiny positive one: 1e-10 of the median bandwidth.

    Only duplicates then have an affinity to each other, and nothing is divided by zero.
    """
    return np.maximum(bandwidth, least_bandwidth(bandwidth, distances))


def least_bandwidth(bandwidth: np.ndarray, distances: np.ndarray) -> float:
    """Return the bandwidth by which smaller ones are replaced, from those of all samples; see `floored`."""
    lengths = bandwidth[bandwidth > 0]
    if not len(lengths):  # every sample has k duplicates: the scale is that of the distances beyond them
        lengths = distances[(distances > 0) & np.isfinite(distances)]
    floor = 1e-10 * np.median(lengths) if len(lengths) else 1.0
    return float(max(floor, np.finfo(np.float64).tiny))
