"""Choosing the joint walk by prediction: what a good walk averages over predicts what it has not seen."""

from integrated_diffusion.selection.record import Candidate, Selection, Worth
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.splits import BinomialThinning, FeatureHalves, RecipeHalves, Split

__all__ = [
    "BinomialThinning",
    "Candidate",
    "CrossValidatedSteps",
    "FeatureHalves",
    "RecipeHalves",
    "Selection",
    "Split",
    "Worth",
]
