"""Figures: embeddings, spectral entropy, candidate models, associations. The only package that imports matplotlib.

Every function draws on a `Figure` of its own. None imports pyplot or changes a setting of matplotlib for good.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from integrated_diffusion.plotting.associations import PairPanel, association_figure, pair_figure
from integrated_diffusion.plotting.candidates import candidates_figure
from integrated_diffusion.plotting.charts import candidate_chart, contribution_chart, entropy_chart
from integrated_diffusion.plotting.curves import entropy_figure
from integrated_diffusion.plotting.maps import map_figure
from integrated_diffusion.plotting.picture import picture, save
from integrated_diffusion.plotting.style import MAX_CATEGORIES, is_categorical

__all__ = [
    "MAX_CATEGORIES",
    "Figure",
    "PairPanel",
    "association_figure",
    "candidate_chart",
    "candidates_figure",
    "contribution_chart",
    "entropy_chart",
    "entropy_figure",
    "is_categorical",
    "map_figure",
    "pair_figure",
    "picture",
    "save",
]
