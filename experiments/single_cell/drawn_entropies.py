"""Curves of spectral entropy, a panel a set: the default's kernel and the published one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.single_cell import compared
from experiments.single_cell.entropies import ELBOW
from experiments.study import pictures
from integrated_diffusion.plotting.style import entitle, literal_legend, open_frame, view_color

_LINES = {compared.DEFAULT: "-", compared.PUBLISHED: "--"}
_LONGEST = 100


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the curves of every set in the table."""
    sets = list(table.groupby("set", sort=False))
    figure = Figure(figsize=(4.6 * len(sets), 3.9), layout="constrained")
    for axis, (name, rows) in zip(figure.subplots(1, len(sets), squeeze=False).ravel(), sets, strict=True):
        _draw(axis, rows)
        entitle(axis, str(name))
    return [pictures.save_small(figure, folder / "entropy.png")]


def curve(rows: pd.DataFrame) -> tuple[pd.Series, int]:
    """Return entropy by number of steps, and the elbow, of one view in one fit."""
    is_curve = rows["score"].str.isdecimal()
    values = rows[is_curve].set_index(rows.loc[is_curve, "score"].astype(int))["value"].sort_index()
    return values, int(rows.loc[rows["score"] == ELBOW, "value"].iloc[0])


def _draw(axis: Axes, rows: pd.DataFrame) -> None:
    lines: dict[str, Line2D] = {}
    of_views = rows[rows["score"] == ELBOW]["method"].unique()
    for place, view in enumerate(of_views):
        for fit, style in _LINES.items():
            values, elbow = curve(rows[(rows["method"] == view) & (rows["fit"] == fit)])
            shown = values[values.index <= _LONGEST]
            (line,) = axis.plot(shown.index, shown, style, color=view_color(place), lw=1.8)
            lines[f"{view}, {fit}: {elbow}"] = line
            if elbow in shown.index:
                axis.plot(elbow, shown[elbow], "o", ms=7, color=view_color(place), mec="white", mew=1.5)
    axis.set_xlabel("steps t")
    axis.set_ylabel("S(P, t) in nats")
    axis.set_ylim(bottom=0)
    open_frame(axis)
    literal_legend(axis.legend(list(lines.values()), list(lines), frameon=False, fontsize=9, title="elbows"))
