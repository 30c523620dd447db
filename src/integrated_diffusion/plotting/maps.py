"""Embeddings in the plane: a dot a sample, coloured by a category or a number, grey where it is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from integrated_diffusion.plotting.drawing import Drawing
from integrated_diffusion.plotting.style import (
    GREY,
    INK,
    PLAIN,
    dot_area,
    entitle,
    is_categorical,
    literal_legend,
    palette,
    short,
)

MISSING = "missing"
MAX_IN_LEGEND = 60
"""Largest number of categories that a legend lists."""

_COLORMAP = "viridis"
_IN_COLUMN = 20


@dataclass(frozen=True, eq=False)
class Colors:
    """Colours of samples.

    Attributes
    ----------
    rgb : numpy.ndarray of shape (n_samples, 3)
        Red, green and blue from 0 to 1.
    missing : numpy.ndarray of bool, shape (n_samples,)
        Where there is no label.
    names : mapping of str to numpy.ndarray or None
        Colour by category; `None` if the labels are numbers.
    least, most : float, default 0.0 and 1.0
        Numbers at the two ends of the colour bar.
    """

    rgb: np.ndarray
    missing: np.ndarray
    names: Mapping[str, np.ndarray] | None
    least: float = 0.0
    most: float = 1.0

    @classmethod
    def of(cls, labels: np.ndarray, chosen: Mapping[str, str] | None = None) -> Colors:
        """Return the colours of names or numbers.

        Parameters
        ----------
        labels : numpy.ndarray of shape (n_samples,)
            `None`, NaN and infinite numbers are missing.
        chosen : mapping of str to str or None, default None
            Colour of every category, in the order of the legend. In natural order and of `style.palette` unless given.

        Returns
        -------
        Colors
        """
        labels = np.asarray(labels)
        return _of_names(labels, chosen) if is_categorical(labels) else _of_numbers(labels)

    @classmethod
    def plain(cls, n_samples: int) -> Colors:
        """Return one colour for all samples."""
        return cls(np.tile(to_rgb(PLAIN), (n_samples, 1)), np.zeros(n_samples, dtype=bool), {})

    def entries(self) -> dict[str, np.ndarray]:
        """Colours by the texts of a legend."""
        names = self.names or {}
        shown = dict(list(names.items())[:MAX_IN_LEGEND])
        if len(names) > MAX_IN_LEGEND:
            shown[f"… {len(names) - MAX_IN_LEGEND:,} more"] = np.ones(3)
        if self.missing.any():
            shown[MISSING] = np.array(to_rgb(GREY))
        return shown


def map_drawing(
    coordinates: np.ndarray,
    labels: Mapping[str, np.ndarray],
    chosen: Mapping[str, Mapping[str, str]] | None = None,
    n_columns: int | None = None,
) -> Drawing:
    """Draw an embedding, one panel for each set of labels.

    Parameters
    ----------
    coordinates : numpy.ndarray of shape (n_samples, 2) or wider
        The first two columns are drawn.
    labels : mapping of str to numpy.ndarray of shape (n_samples,)
        Category or number of each sample, by title. If empty, all samples have one colour.
    chosen : mapping of str to mapping of str to str or None, default None
        Colours of the categories, in the order of the legend, by title.
    n_columns : int or None, default None
        Panels side by side; three at most, and two of four, unless given.

    Returns
    -------
    Drawing
    """
    of_panels = {name: Colors.of(values, (chosen or {}).get(name)) for name, values in labels.items()}
    n_panels = max(1, len(labels))
    n_columns = min(n_panels, n_columns or (2 if n_panels == 4 else 3))
    widest = max((_legend_columns(colors) for colors in of_panels.values()), default=1)

    def draw(axes: Sequence[Axes]) -> None:
        if not of_panels:
            draw_map(axes[0], coordinates, None)
        for axis, (name, colors) in zip(axes, of_panels.items(), strict=False):
            _draw_dots(axis, coordinates, colors)
            entitle(axis, short(name, 40))
            explain_beside(axis, colors)

    size = ((6.0 + 2.0 * (widest - 1)) * n_columns, 4.2 * -(-n_panels // n_columns))
    return Drawing(draw, n_panels, size, n_columns)


def map_figure(coordinates: np.ndarray, labels: Mapping[str, np.ndarray]) -> Figure:
    """Return the drawing of an embedding on a figure of its own; parameters are those of `map_drawing`.

    Parameters
    ----------
    coordinates : numpy.ndarray of shape (n_samples, 2) or wider
        As in `map_drawing`.
    labels : mapping of str to numpy.ndarray of shape (n_samples,)
        As in `map_drawing`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return map_drawing(coordinates, labels).figure()


def draw_map(axis: Axes, coordinates: np.ndarray, labels: np.ndarray | None, size: float = 1.0) -> Colors:
    """Draw a dot for each sample, those without a label below all others.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where to draw.
    coordinates : numpy.ndarray of shape (n_samples, 2) or wider
        The first two columns are drawn.
    labels : numpy.ndarray of shape (n_samples,) or None
        Category or number of each sample; one colour if `None`.
    size : float, default 1.0
        Factor of the dots' area, for panels of another size than usual.

    Returns
    -------
    Colors
    """
    coordinates = np.asarray(coordinates)
    colors = Colors.plain(len(coordinates)) if labels is None else Colors.of(labels)
    _draw_dots(axis, coordinates, colors, size)
    return colors


def _draw_dots(axis: Axes, coordinates: np.ndarray, colors: Colors, size: float = 1.0) -> None:
    coordinates = np.asarray(coordinates)
    order = np.random.default_rng(0).permutation(len(coordinates))  # no category is drawn over all others
    order = order[np.argsort(~colors.missing[order], kind="stable")]
    axis.scatter(
        coordinates[order, 0],
        coordinates[order, 1],
        c=colors.rgb[order],
        s=size * dot_area(len(coordinates)),
        linewidths=0,
        alpha=0.85,
        rasterized=True,
    )
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_box_aspect(1)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def explain_beside(axis: Axes, colors: Colors, title: str = "") -> None:
    """Add a legend or colour bar right of a panel, with a title."""
    axis.set_anchor("W")
    if colors.names is None:
        bar = axis.figure.colorbar(_scale(colors), cax=axis.inset_axes((1.02, 0.15, 0.035, 0.7)))
        bar.outline.set_visible(False)
        bar.ax.set_title(short(title), fontsize=9, color=INK, loc="left", parse_math=False)
        bar.ax.tick_params(colors=INK, labelsize=8)
        if colors.missing.any():
            axis.set_xlabel(f"grey: {colors.missing.sum():,} {MISSING}", fontsize=8)
        return
    dots, words = _legend_entries(colors)
    legend = axis.legend(
        dots,
        words,
        title=short(title),
        alignment="left",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=9 if title else 8,
        ncols=_legend_columns(colors),
    )
    literal_legend(legend)


def _legend_entries(colors: Colors) -> tuple[list[Line2D], list[str]]:
    entries = colors.entries()
    dots = [Line2D([], [], marker="o", ls="", ms=6, color=tuple(color)) for color in entries.values()]
    return dots, [short(name) for name in entries]


def _legend_columns(colors: Colors) -> int:
    return max(1, -(-len(colors.entries()) // _IN_COLUMN))


def _scale(colors: Colors) -> ScalarMappable:
    return ScalarMappable(Normalize(colors.least, colors.most), _COLORMAP)


def _of_names(labels: np.ndarray, chosen: Mapping[str, str] | None) -> Colors:
    missing = np.asarray(pd.isna(labels))
    found, codes = np.unique(labels[~missing].astype(str), return_inverse=True)
    names = in_natural_order(map(str, found)) if chosen is None else [name for name in chosen if name in set(found)]
    drawn = palette(len(names)) if chosen is None else to_rgba_array([chosen[name] for name in names])[:, :3]
    colors = dict(zip(names, drawn, strict=True))
    rgb = np.tile(to_rgb(GREY), (len(labels), 1))
    rgb[~missing] = np.array([colors[str(name)] for name in found]).reshape(-1, 3)[codes]
    return Colors(rgb, missing, colors)


def _of_numbers(labels: np.ndarray) -> Colors:
    numbers = labels.astype(np.float64)
    missing = ~np.isfinite(numbers)
    known = numbers[~missing]
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    rgb = mpl.colormaps[_COLORMAP](Normalize(least, most)(np.where(missing, least, numbers)))[:, :3]
    rgb[missing] = to_rgb(GREY)
    return Colors(rgb, missing, None, least, most)


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Names in natural order: cluster 2 before cluster 10."""
    return sorted(names, key=_natural)


def _natural(name: str) -> tuple[list[str | int], str]:
    parts = re.split("([0-9]+)", name)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name
