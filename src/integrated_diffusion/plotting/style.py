"""Colours, dot sizes and text that all figures have in common."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.legend import Legend
from matplotlib.text import Text

from integrated_diffusion.plotting.palette import CATEGORIES, VIEWS

INK = "#30343b"
GREY = "#c8ccd2"
PLAIN = "#4a6fa5"
"""Samples that nothing colours."""
MAX_CATEGORIES = 20
"""Whole numbers with at most this many different values are categories."""
TITLE = 11
"""Font size of a panel's title, points."""


def is_categorical(labels: np.ndarray) -> bool:
    """Whether labels are names, truth values, or whole numbers with at most 20 different values.

    Parameters
    ----------
    labels : numpy.ndarray of shape (n_samples,)
        Names or numbers.

    Returns
    -------
    bool
    """
    labels = np.asarray(labels)
    if labels.dtype.kind in "OUSTb":
        return True
    return labels.dtype.kind in "iu" and len(np.unique(labels)) <= MAX_CATEGORIES


def palette(n_colors: int) -> np.ndarray:
    """Return distinct colours of categories.

    Parameters
    ----------
    n_colors : int
        Number of categories. Up to thirty have the colour-blind safe colours of the report.

    Returns
    -------
    numpy.ndarray of shape (n_colors, 3)
        Red, green and blue from 0 to 1.
    """
    if n_colors <= len(CATEGORIES):
        return np.array([to_rgb(color) for color in CATEGORIES[:n_colors]]).reshape(n_colors, 3)
    return mpl.colormaps["gist_rainbow"](np.linspace(0, 1, n_colors))[:, :3]


def view_color(place: int) -> str:
    """Colour of the view at a place in the order of the views."""
    return VIEWS[place % len(VIEWS)]


def dot_area(n_samples: int) -> float:
    """Area of a sample's dot, points squared: the more samples, the smaller the dots."""
    return float(np.clip(16_000 / max(n_samples, 1), 0.4, 18))


def short(name: str, limit: int = 24) -> str:
    """A name cut off with an ellipsis where it is longer than `limit`, printable on one line."""
    name = printable(name)
    return name if len(name) <= limit else name[: limit - 1] + "…"


def printable(text: str) -> str:
    """Text with every control character and lone surrogate replaced: no font draws them and XML forbids them."""
    return "".join(c if c.isprintable() or c in "\n\u00a0" else "\N{REPLACEMENT CHARACTER}" for c in text)


def literal(texts: Iterable[Text]) -> None:
    """Draw texts as they are: names come from files, and a dollar sign in one starts no formula."""
    for text in texts:
        text.set_parse_math(False)


def literal_legend(legend: Legend) -> None:
    """Draw all texts of a legend as they are, in the colour of all other text."""
    texts = (*legend.get_texts(), legend.get_title())
    literal(texts)
    for text in texts:
        text.set_color(INK)


def entitle(axis: Axes, title: str) -> None:
    """Write a panel's title, as it is."""
    axis.set_title(printable(title), fontsize=TITLE, color=INK, parse_math=False)


def open_frame(axis: Axes) -> None:
    """Leave only the axes with numbers on them."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(INK)
    axis.tick_params(colors=INK)
    for label in (axis.xaxis.label, axis.yaxis.label):
        label.set_color(INK)
