"""Selection of the integrated operator by held-out prediction of features that were not used to find neighbours."""

from integrated_diffusion.selection.result import Candidate, Selection, ViewContribution
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.smoothers import SelectedSmoother, Smoother, SmootherCandidate
from integrated_diffusion.selection.splits import CountSplitting, FeatureHalves, Split
from integrated_diffusion.selection.unpredicted import PredictionWarning

__all__ = [
    "Candidate",
    "CountSplitting",
    "CrossValidatedSteps",
    "FeatureHalves",
    "PredictionWarning",
    "SelectedSmoother",
    "Selection",
    "Smoother",
    "SmootherCandidate",
    "Split",
    "ViewContribution",
]
