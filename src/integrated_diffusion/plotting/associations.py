"""Associations with their permutation null: all pairs in one panel, and one pair before and after smoothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import isotonic_regression

from integrated_diffusion.association.result import FDR
from integrated_diffusion.plotting.drawing import Drawing
from integrated_diffusion.plotting.palette import SELECTED
from integrated_diffusion.plotting.style import GREY, INK, dot_area, entitle, open_frame, short

MOST_NAMED = 12
"""Default number of pairs whose names are written."""


@dataclass(frozen=True, eq=False)
class PairPanel:
    """One pair of features after one smoothing.

    Attributes
    ----------
    smoothing : str
        The smoothing in words.
    first, second : numpy.ndarray of shape (n_samples,)
        Values of the two features.
    score : float
        Mutual information, nats.
    null_mean, null_sd : float
        Mean and standard deviation of the permutation null, nats; NaN if there were no permutations.
    """

    smoothing: str
    first: np.ndarray
    second: np.ndarray
    score: float
    null_mean: float
    null_sd: float

    def __str__(self) -> str:
        null = "" if np.isnan(self.null_mean) else f", permutation null {self.null_mean:.3g} ± {self.null_sd:.2g}"
        return f"{short(self.smoothing, 42)}\n{self.score:.3g} nats{null}"


def association_drawing(table: pd.DataFrame, title: str = "", most: int = MOST_NAMED) -> Drawing:
    """Draw the mutual information of every pair against the mean of its permutation null, both in nats.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a pair, as from `Associations.frame`.
    title : str, default ""
        Title of the figure.
    most : int, default 12
        Largest number of pairs whose names are written: those at a false discovery rate of 5%, the largest excess over
        the null first.

    Returns
    -------
    Drawing
    """

    def draw(axes: Sequence[Axes]) -> None:
        (axis,) = axes
        found = table["q_value"].to_numpy() <= FDR
        _draw_scores(axis, table, found)
        named = table[found].sort_values("excess", ascending=False, kind="stable").head(most)
        if len(named):
            _name(axis, named)
        entitle(axis, short(title, 72))
        axis.set_xlabel("mean of the permutation null, nats")
        axis.set_ylabel("mutual information, nats")
        open_frame(axis)

    return Drawing(draw, 1, (7.2, 4.8))


def association_figure(table: pd.DataFrame, title: str = "", most: int = MOST_NAMED) -> Figure:
    """Return the drawing of all pairs on a figure of its own.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `association_drawing`.
    title : str, default ""
        As in `association_drawing`.
    most : int, default 12
        As in `association_drawing`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return association_drawing(table, title, most).figure()


def pair_drawing(panels: Sequence[PairPanel], first: str, second: str) -> Drawing:
    """Draw one pair of features after several smoothings, each with its mutual information and permutation null.

    Parameters
    ----------
    panels : sequence of PairPanel
        Values and scores, one panel each.
    first, second : str
        Labels of the two axes.

    Returns
    -------
    Drawing
    """

    def draw(axes: Sequence[Axes]) -> None:
        for axis, panel in zip(axes, panels, strict=True):
            _draw_pair(axis, panel)
            axis.set_xlabel(short(first, 40), parse_math=False)
            axis.set_ylabel(short(second, 40), parse_math=False)
            open_frame(axis)

    return Drawing(draw, len(panels), (4.4 * len(panels), 4.2), len(panels))


def pair_figure(panels: Sequence[PairPanel], first: str, second: str) -> Figure:
    """Return the drawing of one pair on a figure of its own.

    Parameters
    ----------
    panels : sequence of PairPanel
        As in `pair_drawing`.
    first, second : str
        As in `pair_drawing`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return pair_drawing(panels, first, second).figure()


def _draw_pair(axis: Axes, panel: PairPanel) -> None:
    area = dot_area(len(panel.first))
    axis.scatter(panel.first, panel.second, color=INK, s=area, linewidths=0, alpha=0.4, rasterized=True)
    entitle(axis, str(panel))


def _draw_scores(axis: Axes, table: pd.DataFrame, found: np.ndarray) -> None:
    """Draw significant and other pairs, and the line on which mutual information equals the mean of its null."""
    null, score = table["null_mean"].to_numpy(), table["score"].to_numpy()
    dots = []
    area = max(2.0, dot_area(len(table)))
    for which, color in ((~found, GREY), (found, SELECTED)):
        dots.append(axis.scatter(null[which], score[which], color=color, s=area, linewidths=0, rasterized=True))
    widest, highest = float(null.max()) or 1.0, float(score.max()) or 1.0
    (line,) = axis.plot([0, 2 * widest], [0, 2 * widest], color=INK, lw=0.8, ls=":")
    words = [
        f"{found.sum():,} of {len(found):,} pairs at a false discovery rate of {FDR:.0%}",
        f"{(~found).sum():,} other pairs",
        "equal to the mean of the null",
    ]
    larger = float(np.sqrt(18 / area))
    axis.legend([dots[1], dots[0], line], words, frameon=False, fontsize=8, loc="upper left", markerscale=larger)
    axis.set_xlim(0, 1.1 * widest)
    axis.set_ylim(0, 1.3 * max(highest, widest))  # room for the legend


def _name(axis: Axes, named: pd.DataFrame) -> None:
    """Write names in a column beside the axes, each joined to its dot by a line, without overlap."""
    named = named.sort_values("score")
    high = axis.get_ylim()[1]
    heights = spread(named["score"].to_numpy() / high, 0.055)
    for height, pair in zip(heights, named.itertuples(), strict=True):
        axis.annotate(
            f"{short(str(pair.first), 20)} · {short(str(pair.second), 20)}",
            xy=(pair.null_mean, pair.score),
            xytext=(1.02, height),
            textcoords="axes fraction",
            fontsize=8,
            color=INK,
            va="center",
            arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.4, "alpha": 0.6, "shrinkB": 2, "relpos": (0, 0.5)},
            annotation_clip=False,
            parse_math=False,
        )


def spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Return the heights nearest to given ones (least squares) of which neighbours are at least `gap` apart.

    Parameters
    ----------
    wanted : numpy.ndarray of shape (n,)
        Heights from 0 to 1 in increasing order, at least one.
    gap : float
        Smallest distance, at most `1 / (n - 1)`.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Heights from 0 to 1.
    """
    steps = gap * np.arange(len(wanted))
    return np.clip(isotonic_regression(wanted - steps).x, 0, 1 - steps[-1]) + steps
