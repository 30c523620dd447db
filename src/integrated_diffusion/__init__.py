"""Integrated diffusion: one walk from several noisy views of the same samples, for joint maps and denoised data."""

from integrated_diffusion import association, datasets, embedding, fusion, metrics
from integrated_diffusion.filters import ChebyshevFilter, EigenFilter, PowerFilter
from integrated_diffusion.filters.entropy_filter import EntropyFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.integration.ratios import ceil_steps, reduce_steps
from integrated_diffusion.integration.steps import EntropySteps, FixedSteps, ReducedRatio, Steps
from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch, Neighbors, find_neighbors
from integrated_diffusion.operators import Diagonal, DiffusionOperator, Operator
from integrated_diffusion.operators.build import DisconnectedGraphWarning, diffusion_operator
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps, FeatureHalves, Selection
from integrated_diffusion.spectrum import LanczosQuadrature, Spectrum, eigenvalues, singular_values
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease, elbow_two_segment
from integrated_diffusion.spectrum.entropy import EntropyCurve, entropy_curve
from integrated_diffusion.version import __version__

__all__ = [
    "AlphaDecayKernel",
    "ApproximateSearch",
    "ChebyshevFilter",
    "CountSplitting",
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
    "IntegratedOperator",
    "LanczosQuadrature",
    "LocalDenoising",
    "Neighbors",
    "Operator",
    "PowerFilter",
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
    "elbow_marginal_decrease",
    "elbow_two_segment",
    "embedding",
    "entropy_curve",
    "find_neighbors",
    "fusion",
    "given_order",
    "metrics",
    "random_order",
    "reduce_steps",
    "singular_values",
]
