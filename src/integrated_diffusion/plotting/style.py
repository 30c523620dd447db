"""Ink, colours and text: what all pictures have in common."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.text import Text

INK = "#30343b"
GREY = "#c8ccd2"
CHOSEN = "#c2553a"
VIEW_COLORS = ("#c2553a", "#2f6f9f", "#5b8c3e", "#8a5fa8", "#b58a1f", "#4d9a95")
MAX_CATEGORIES = 20
TITLE = 11
"""Size of a panel's title, points."""


def is_categorical(labels: np.ndarray) -> bool:
    """Whether labels are names, or few enough whole numbers to be treated as such."""
    labels = np.asarray(labels)
    if labels.dtype.kind in "OUSTb":
        return True
    return labels.dtype.kind in "iu" and len(np.unique(labels)) <= MAX_CATEGORIES


def palette(n_colors: int) -> np.ndarray:
    """Colours that can be told apart, `(n_colors, 3)`, red, green and blue from 0 to 1."""
    if n_colors <= 10:
        return mpl.colormaps["tab10"](np.arange(n_colors))[:, :3]
    if n_colors <= MAX_CATEGORIES:
        return mpl.colormaps["tab20"](np.arange(n_colors))[:, :3]
    return mpl.colormaps["gist_rainbow"](np.linspace(0, 1, n_colors))[:, :3]


def view_color(place: int) -> str:
    """Colour of the view at a place in the order of the views."""
    return VIEW_COLORS[place % len(VIEW_COLORS)]


def dot_area(n_samples: int) -> float:
    """Area of a sample's dot, points squared: many samples, small dots."""
    return float(np.clip(16_000 / max(n_samples, 1), 0.4, 18))


def short(name: str, limit: int = 24) -> str:
    """A name with its end cut off where it is longer than `limit`."""
    return name if len(name) <= limit else name[: limit - 1] + "…"


def literal(texts: Iterable[Text]) -> None:
    """Names come from files: a dollar sign in one is no formula."""
    for text in texts:
        text.set_parse_math(False)


def literal_legend(legend: Legend) -> None:
    """Take all words of a legend as they are."""
    literal((*legend.get_texts(), legend.get_title()))


def entitle(axis: Axes, title: str) -> None:
    """Write a panel's title, as it is."""
    axis.set_title(title, fontsize=TITLE, color=INK, parse_math=False)


def open_frame(axis: Axes) -> None:
    """Leave only the axes with numbers on them."""
    axis.spines[["top", "right"]].set_visible(False)
