"""Choosing the joint walk by prediction: what a good walk averages over predicts what it has not seen."""

from integrated_diffusion.selection.result import Candidate, Selection, ViewContribution
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.splits import CountSplitting, FeatureHalves, Split

__all__ = [
    "Candidate",
    "CountSplitting",
    "CrossValidatedSteps",
    "FeatureHalves",
    "Selection",
    "Split",
    "ViewContribution",
]
