"""Neighbours to affinities: the kernels `K`, sparse, symmetric, one on the diagonal before density normalisation.

A kernel is a small frozen value that is called with neighbours. Its named choices are separate: how the scale of each
sample is found (`bandwidth`), how the two directed affinities of a pair become one (`symmetrisation`), and how much of
the sampling density is divided out (`anisotropy`).
"""

from integrated_diffusion.kernels.affinities import SYMMETRISATIONS, Affinities, add_affinities
from integrated_diffusion.kernels.alpha_decay import AlphaDecayKernel
from integrated_diffusion.kernels.bandwidth import BANDWIDTHS
from integrated_diffusion.kernels.gaussian import GaussianKernel
from integrated_diffusion.kernels.kernel import Kernel

__all__ = [
    "BANDWIDTHS",
    "SYMMETRISATIONS",
    "Affinities",
    "AlphaDecayKernel",
    "GaussianKernel",
    "Kernel",
    "add_affinities",
]
