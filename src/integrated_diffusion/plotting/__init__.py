"""Pictures: maps, curves of entropy, walks that were tried, associations. The only place where matplotlib is used.

Every function draws on a `Figure` of its own; none knows pyplot or changes a setting of matplotlib.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from integrated_diffusion.plotting.candidates import candidates_figure
from integrated_diffusion.plotting.curves import entropy_figure
from integrated_diffusion.plotting.maps import map_figure
from integrated_diffusion.plotting.pairs import PairPanel, association_figure, pair_figure
from integrated_diffusion.plotting.picture import picture, save
from integrated_diffusion.plotting.style import MAX_CATEGORIES, is_categorical

__all__ = [
    "MAX_CATEGORIES",
    "Figure",
    "PairPanel",
    "association_figure",
    "candidates_figure",
    "entropy_figure",
    "is_categorical",
    "map_figure",
    "pair_figure",
    "picture",
    "save",
]
