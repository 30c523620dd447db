"""Choosing the integrated operator by prediction: samples that a good operator relates predict held-out features."""

from integrated_diffusion.selection.result import Candidate, Selection, ViewContribution
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.splits import CountSplitting, FeatureHalves, Split
from integrated_diffusion.selection.unpredicted import PredictionWarning

__all__ = [
    "Candidate",
    "CountSplitting",
    "CrossValidatedSteps",
    "FeatureHalves",
    "PredictionWarning",
    "Selection",
    "Split",
    "ViewContribution",
]
