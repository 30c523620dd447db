from . import (
    association,
    datasets,
    embedding,
    filters,
    fusion,
    io,
    kernels,
    metrics,
    neighbors,
    operators,
    plotting,
    report,
    scverse,
    selection,
    spectrum,
)
from .filters import ChebyshevFilter, EigenFilter, PowerFilter
from .filters.entropy_filter import EntropyFilter
from .filters.multiscale import LocalDenoising
from .integration.integrated_operator import IntegratedOperator
from .integration.orders import both_orders, given_order, random_order
from .integration.ratios import ceil_steps, reduce_steps
from .integration.steps import EntropySteps, FixedSteps, ReducedRatio, Steps
from .kernels import AlphaDecayKernel, GaussianKernel
from .model.estimator import IntegratedDiffusion
from .neighbors import ApproximateSearch, ExactSearch, Neighbors, find_neighbors
from .operators import Diagonal, DiffusionOperator, Operator
from .operators.build import DisconnectedGraphWarning, diffusion_operator
from .selection import CountSplitting, CrossValidatedSteps, FeatureHalves, PredictionWarning, Selection
from .spectrum import LanczosQuadrature, Spectrum, eigenvalues, singular_values
from .spectrum.elbows import elbow_marginal_decrease, elbow_two_segment
from .spectrum.entropy import EntropyCurve, entropy_curve
from .version import __version__
from .views.row_indexed import Views

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
    "PredictionWarning",
    "ReducedRatio",
    "Selection",
    "Spectrum",
    "Steps",
    "Views",
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
    "filters",
    "find_neighbors",
    "fusion",
    "given_order",
    "io",
    "kernels",
    "metrics",
    "neighbors",
    "operators",
    "plotting",
    "random_order",
    "reduce_steps",
    "report",
    "scverse",
    "selection",
    "singular_values",
    "spectrum",
]
