"""Baselines: ways to fuse several views, views in and operator out, one signature for all (see `Method`).

A new one is a function with the `@method` decorator, in a file of its own, imported here.
"""

from integrated_diffusion.fusion.affinities import affinity_addition, affinity_multiplication
from integrated_diffusion.fusion.distances import distance_addition
from integrated_diffusion.fusion.features import feature_concatenation
from integrated_diffusion.fusion.method import METHODS, Method, method
from integrated_diffusion.fusion.products import alternating, integrated, local_denoising_only, powering_only

__all__ = [
    "METHODS",
    "Method",
    "affinity_addition",
    "affinity_multiplication",
    "alternating",
    "distance_addition",
    "feature_concatenation",
    "integrated",
    "local_denoising_only",
    "method",
    "powering_only",
]
