"""Associations between features of two views: mutual information, before and after smoothing, with permutation nulls.

>>> import numpy as np
>>> from integrated_diffusion import association
>>> x = np.random.default_rng(0).standard_normal((500, 2))
>>> pairs = association.matching_pairs(["CD4", "CD8A"], ["CD4", "CD8A"])
>>> found = association.associate(association.NoSmoothing(), x, x + 0.5, pairs)
>>> found.frame()[["first", "second", "score"]].round(2)
  first second  score
0   CD4    CD4    2.3
1  CD8A   CD8A    2.3
"""

from integrated_diffusion.association.associate import associate
from integrated_diffusion.association.binning import EqualFrequency, EqualWidth
from integrated_diffusion.association.estimator import Estimator
from integrated_diffusion.association.genome import Genes
from integrated_diffusion.association.information import mutual_information
from integrated_diffusion.association.matching import (
    UnknownFeaturesWarning,
    all_pairs,
    linked_pairs,
    matching_pairs,
    near_pairs,
    table_pairs,
)
from integrated_diffusion.association.nearest import NearestNeighbors
from integrated_diffusion.association.pairs import Pairs, Unpaired
from integrated_diffusion.association.proteins import protein_pairs
from integrated_diffusion.association.result import Associations, MeanAssociation
from integrated_diffusion.association.smoothing import (
    FixedSmoothing,
    JointSmoothing,
    NoSmoothing,
    PerViewSmoothing,
    SideTransform,
    Smoothing,
)

__all__ = [
    "Associations",
    "EqualFrequency",
    "EqualWidth",
    "Estimator",
    "FixedSmoothing",
    "Genes",
    "JointSmoothing",
    "MeanAssociation",
    "NearestNeighbors",
    "NoSmoothing",
    "Pairs",
    "PerViewSmoothing",
    "SideTransform",
    "Smoothing",
    "UnknownFeaturesWarning",
    "Unpaired",
    "all_pairs",
    "associate",
    "linked_pairs",
    "matching_pairs",
    "mutual_information",
    "near_pairs",
    "protein_pairs",
    "table_pairs",
]
