"""Integrated diffusion: one walk from several noisy views of the same samples, for joint maps and denoised data."""

from integrated_diffusion import association, datasets, embedding, fusion, metrics
from integrated_diffusion.denoising import EntropyFilter, LocalDenoising
from integrated_diffusion.entropy import (
    EntropyCurve,
    ceil_steps,
    entropy_curve,
    marginal_fall,
    reduce_steps,
    two_line_fit,
)
from integrated_diffusion.estimator import IntegratedDiffusion
from integrated_diffusion.filters import ChebyshevFilter, EigenFilter, PowerFilter
from integrated_diffusion.graph import DisconnectedGraphWarning, diffusion_operator
from integrated_diffusion.joint import JointWalk
from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch, Neighbors, find_neighbors
from integrated_diffusion.operators import Diagonal, DiffusionOperator, Operator
from integrated_diffusion.order import both_orders, given_order, random_order
from integrated_diffusion.selection import BinomialThinning, CrossValidatedSteps, FeatureHalves, RecipeHalves, Selection
from integrated_diffusion.spectrum import LanczosQuadrature, Spectrum, eigenvalues, singular_values
from integrated_diffusion.steps import EntropySteps, FixedSteps, ReducedRatio, Steps
from integrated_diffusion.version import __version__

__all__ = [
    "AlphaDecayKernel",
    "ApproximateSearch",
    "BinomialThinning",
    "ChebyshevFilter",
    "CrossValidatedSteps",
    "Diagonal",
    "DiffusionOperator",
    "DisconnectedGraphWarning",
    "EigenFilter",
    "EntropyCurve",
    "EntropyFilter",
    "EntropySteps",
    "ExactSearch",
    "FeatureHalves",
    "FixedSteps",
    "GaussianKernel",
    "IntegratedDiffusion",
    "JointWalk",
    "LanczosQuadrature",
    "LocalDenoising",
    "Neighbors",
    "Operator",
    "PowerFilter",
    "RecipeHalves",
    "ReducedRatio",
    "Selection",
    "Spectrum",
    "Steps",
    "__version__",
    "association",
    "both_orders",
    "ceil_steps",
    "datasets",
    "diffusion_operator",
    "eigenvalues",
    "embedding",
    "entropy_curve",
    "find_neighbors",
    "fusion",
    "given_order",
    "marginal_fall",
    "metrics",
    "random_order",
    "reduce_steps",
    "singular_values",
    "two_line_fit",
]
