"""Means beside their nulls, and pairs of features before and after every operator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.single_cell import compared
from experiments.single_cell.fits import FittedSet, Kept
from experiments.single_cell.information import pair_name
from experiments.single_cell.reading import Level, level
from experiments.study import pictures
from integrated_diffusion.plotting.palette import SELECTED
from integrated_diffusion.plotting.style import GREY, INK, dot_area, entitle, open_frame, short

_NULL_STYLE = {compared.MODALITY_PERMUTED: ("#2f6f9f", "s"), compared.VALUES_PERMUTED: ("#b58a1f", "D")}
MOST_CELLS = 3_000
"""Dots of a scatter; of more cells so many are drawn."""


def draw(kept: Kept, table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw both kinds of picture.

    Parameters
    ----------
    kept
        The sets.
    table
        The table of mutual information.
    folder
        Where pictures go.
    """
    written = [pictures.save_small(means(table), folder / "means.png")]
    for found, rows in kept.sets_of(table):
        written.append(pictures.save_small(scatters(found, rows), folder / f"pairs_{found.of.slug}.png"))
    return written


def means(table: pd.DataFrame) -> Figure:
    """Draw the mean over all pairs and both its nulls, a panel a set and a line a method."""
    sets = list(table.groupby("set", sort=False))
    figure = Figure(figsize=(4.7 * len(sets), 3.7), layout="constrained")
    axes = figure.subplots(1, len(sets), squeeze=False, sharey=True).ravel()
    for axis, (name, rows) in zip(axes, sets, strict=True):
        _draw_means(axis, rows)
        entitle(axis, str(name))
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=9.5)
    return figure


def _draw_means(axis: Axes, rows: pd.DataFrame) -> None:
    for place, way in enumerate(compared.ALL_SMOOTHINGS):
        for null in compared.NULLS:
            found = level(rows, way, null)
            color, marker = _NULL_STYLE[null]
            label = f"null, {null}" if place == 0 else None
            axis.errorbar(found.null, place, xerr=found.sd, fmt=marker, color=color, ms=6, label=label, zorder=3)
        _tell_shares(axis, rows, way, place)
        score = level(rows, way).score
        axis.plot([0, score], [place, place], color=GREY, lw=5, solid_capstyle="butt", zorder=1)
        axis.plot(score, place, "o", color=SELECTED, ms=8, label="mean of all pairs" if place == 0 else None, zorder=2)
    axis.set_yticks(range(len(compared.ALL_SMOOTHINGS)), compared.ALL_SMOOTHINGS)
    axis.set_ylim(len(compared.ALL_SMOOTHINGS) - 0.4, -0.6)
    axis.set_xlim(0, 1.35 * max(level(rows, way).score for way in compared.ALL_SMOOTHINGS))
    axis.set_xlabel("mutual information, nats")
    open_frame(axis)


def _tell_shares(axis: Axes, rows: pd.DataFrame, way: str, place: int) -> None:
    """Beside the mean, each null as a share of it in the null's colour."""
    for i, null in enumerate(compared.NULLS if way in compared.SMOOTHED else compared.NULLS[:1]):
        found = level(rows, way, null)
        axis.annotate(
            f"{found.share:.0%}",
            (found.score, place),
            xytext=(9 + 34 * i, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=_NULL_STYLE[null][0],
        )


def scatters(found: FittedSet, rows: pd.DataFrame) -> Figure:
    """Draw the named pairs, a row a pair and a column a method, each with its score, nulls and excess.

    Parameters
    ----------
    found
        The set.
    rows
        Its rows of the table.
    """
    places = found.shown
    figure = Figure(figsize=(2.75 * len(compared.ALL_SMOOTHINGS), 2.55 * len(places)), layout="constrained")
    grid = figure.subplots(len(places), len(compared.ALL_SMOOTHINGS), squeeze=False)
    chosen = np.random.default_rng(0).permutation(len(found.counts.typed))[:MOST_CELLS]
    for column, way in enumerate(compared.ALL_SMOOTHINGS):
        for axes, place in zip(grid, places, strict=True):
            names = str(found.pairs.first_names[place]), str(found.pairs.second_names[place])
            nulls = [level(rows, way, null, pair_name(*names)) for null in compared.NULLS]
            _draw_pair(axes[column], [side[chosen] for side in smoothed(found, way, place)], names)
            entitle(axes[column], (f"{way}\n" if place == places[0] else "") + told(way, nulls))
            axes[column].title.set_fontsize(8.5)
    return figure


def told(way: str, nulls: Sequence[Level]) -> str:
    """Return what stands over a scatter: score, both nulls and what is left over each."""
    values = f"{nulls[0].score:.2g} nats, null {nulls[0].null:.2g}"
    if way == compared.RAW:
        return f"{values}\nexcess {nulls[0].excess:.2g}"
    return f"{values} / {nulls[1].null:.2g}\nexcess {nulls[0].excess:.2g} / {nulls[1].excess:.2g}"


def smoothed(found: FittedSet, way: str, place: int) -> list[np.ndarray]:
    """Return both features of a pair after a method, `(n_samples,)` each.

    Parameters
    ----------
    found
        The set.
    method
        One of `methods.ALL_SMOOTHINGS`.
    place
        Which of its pairs.
    """
    sides = compared.smoothing(found, way)(len(found.counts.typed))
    columns = int(found.pairs.first[place]), int(found.pairs.second[place])
    values = (found.column(side, columns[side]) for side in (0, 1))
    return [np.asarray(way.operator @ value) for way, value in zip(sides, values, strict=True)]


def _draw_pair(axis: Axes, sides: list[np.ndarray], names: tuple[str, str]) -> None:
    area = min(dot_area(len(sides[0])), 5)
    axis.scatter(sides[0], sides[1], color=INK, s=area, linewidths=0, alpha=0.4, rasterized=True)
    axis.set_xlabel(short(names[0], 26), fontsize=8.5, parse_math=False)
    axis.set_ylabel(short(names[1], 26), fontsize=8.5, parse_math=False)
    axis.tick_params(labelsize=7.5)
    open_frame(axis)
