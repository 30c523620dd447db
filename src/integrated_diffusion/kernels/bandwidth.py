"""Bandwidths: from each sample's distance to its k-th neighbour to the scale of its kernel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from integrated_diffusion.neighbors import Neighbors

Bandwidth = Callable[[np.ndarray], np.ndarray]


BANDWIDTHS: dict[str, Bandwidth] = {
    "local": lambda reach: reach,
    "global": lambda reach: np.full_like(reach, median_distance(reach)),
    "capped": lambda reach: np.minimum(reach, median_distance(reach)),
}
"""From each sample's distance to its k-th neighbour to its bandwidth: itself, the median, the smaller of both."""


def median_distance(reach: np.ndarray) -> float:
    """The median reach of those samples that are no duplicates."""
    positive = reach[reach > 0]
    return float(np.median(positive)) if len(positive) else 0.0


def distance_to_kth(neighbors: Neighbors, n_neighbors: int) -> np.ndarray:
    """Distance to the k-th neighbour, or to the last one there is; where there is none, nothing is within reach."""
    found = np.isfinite(neighbors.distances)
    last = np.minimum(found.sum(axis=1), n_neighbors) - 1
    reach = neighbors.distances[np.arange(neighbors.n_samples), np.maximum(last, 0)]
    return np.where(last >= 0, reach, 0.0)


def floored(bandwidth: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """A bandwidth of zero (duplicates) becomes tiny, so that only duplicates are near and nothing is divided by 0."""
    lengths = bandwidth[bandwidth > 0]
    if not len(lengths):  # everybody has copies enough; what is tiny is then told by the distances beyond them
        lengths = distances[(distances > 0) & np.isfinite(distances)]
    floor = 1e-10 * np.median(lengths) if len(lengths) else 1.0
    return np.maximum(bandwidth, max(floor, np.finfo(np.float64).tiny))
