"""Figures: embeddings, spectral entropy, candidate models, associations. The only package that imports matplotlib.

A `Drawing` goes onto a `Figure` of its own, onto given axes, or, by `Showing`, into a notebook; only the last imports
pyplot. Nothing changes a setting of matplotlib for good.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from integrated_diffusion.plotting.associations import (
    PairPanel,
    association_drawing,
    association_figure,
    pair_drawing,
    pair_figure,
)
from integrated_diffusion.plotting.candidates import candidates_drawing, candidates_figure
from integrated_diffusion.plotting.charts import candidate_chart, contribution_chart, entropy_chart
from integrated_diffusion.plotting.curves import entropy_drawing, entropy_figure
from integrated_diffusion.plotting.drawing import Drawing
from integrated_diffusion.plotting.maps import in_natural_order, map_drawing, map_figure
from integrated_diffusion.plotting.picture import picture, save
from integrated_diffusion.plotting.showing import DPI, Drawn, Showing
from integrated_diffusion.plotting.style import MAX_CATEGORIES, is_categorical

__all__ = [
    "DPI",
    "MAX_CATEGORIES",
    "Drawing",
    "Drawn",
    "Figure",
    "PairPanel",
    "Showing",
    "association_drawing",
    "association_figure",
    "candidate_chart",
    "candidates_drawing",
    "candidates_figure",
    "contribution_chart",
    "entropy_chart",
    "entropy_drawing",
    "entropy_figure",
    "in_natural_order",
    "is_categorical",
    "map_drawing",
    "map_figure",
    "pair_drawing",
    "pair_figure",
    "picture",
    "save",
]
