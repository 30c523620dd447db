"""Embeddings of a diffusion operator: diffusion map, multiscale map, PHATE; and the neighbour graph of an embedding."""

from integrated_diffusion.embedding.diffusion_map import diffusion_map
from integrated_diffusion.embedding.mds import classic_mds, metric_mds, stress
from integrated_diffusion.embedding.multiscale import multiscale_map
from integrated_diffusion.embedding.neighbor_graph import neighbor_graph
from integrated_diffusion.embedding.phate import phate, potential, potential_distances

__all__ = [
    "classic_mds",
    "diffusion_map",
    "metric_mds",
    "multiscale_map",
    "neighbor_graph",
    "phate",
    "potential",
    "potential_distances",
    "stress",
]
