"""The held-out prediction error over the grid of steps, beside the true score over the same grid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.stats import spearmanr

from experiments.evaluation import sets
from experiments.evaluation.compared import MOST_STEPS, mapped
from experiments.evaluation.prediction import fresh_halves
from experiments.evaluation.sequencing import SNARE
from experiments.evaluation.steps import GIVEN, RANDOM, counted, distinct, joint, told
from experiments.methods.prepared import Prepared, represented
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale
from integrated_diffusion import EntropySteps, IntegratedDiffusion
from integrated_diffusion.integration.orders import ORDERS as NAMED_ORDERS
from integrated_diffusion.selection import CrossValidatedSteps

NAME = "heat"
PICTURED = ("digits 0.4 + 1.6", SNARE)
"""One simulated and one real set."""
ORDERS = (RANDOM, GIVEN)
PREDICTION, TRUTH = "prediction error", "true score"
CHOICE, ELBOW, BEST = "choice", "elbow", "best"
MARKS: Mapping[str, tuple[str, str, int]] = {
    CHOICE: ("s", "chosen by prediction (in trials of its own)", 20),
    ELBOW: ("X", "asked for by the elbows of spectral entropy", 10),
    BEST: ("*", "best true score", 15),
}
"""Marker, what it says, and its size."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each pictured set: the first seed's."""
    return [cell for cell in sets.cells(NAME, scale, PICTURED) if cell.seed == scale.seeds[0]]


def measure(cell: Cell) -> list[Measured]:
    """Prediction error and true score of every number of steps, in two orders; the choice and the elbows."""
    known = sets.known(cell)
    operators = Prepared(known.views, IntegratedDiffusion(), cell.seed).operators
    halves = fresh_halves(represented(known.views), cell.seed, known.split)
    rows = []
    for order, counts in product(ORDERS, _grid()):
        key = distinct(order, counts)
        error = float(np.mean([half.error(joint(half.operators, *key)) for half in halves]))
        rows.append(Measured(f"{order} {told(counts)}", PREDICTION, error))
        if known.score is not None:
            rows.append(Measured(f"{order} {told(counts)}", TRUTH, known.score(mapped(joint(operators, *key)))))
    rule = CrossValidatedSteps(weight_exponent=(0.0,), max_repeats=1, split=known.split)
    for order in ORDERS:
        model = IntegratedDiffusion(steps=rule, order=NAMED_ORDERS[order], random_state=cell.seed, n_jobs=1)
        chosen = model.fit(known.views).steps_
        rows += [Measured(f"{order} {CHOICE}", f"steps of {view}", float(t)) for view, t in chosen.items()]
    elbows = EntropySteps()(operators, cell.seed).steps
    return rows + [Measured(ELBOW, f"steps of {view}", float(t)) for view, t in elbows.items()]


def _grid() -> list[tuple[int, ...]]:
    return [counts for counts in product(range(MOST_STEPS + 1), repeat=2) if any(counts)]


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """One picture a set: prediction error on the left, true score on the right, an order a line."""
    written = []
    for name, found in table.groupby("set", sort=False):
        written.append(pictures.save(_figure(str(name), found), folder / file_of(str(name))))
    return written


def file_of(name: str) -> str:
    """Name of a set's picture."""
    return "heat_" + re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") + ".png"


def told_of(name: str, table: pd.DataFrame) -> str:
    """Return a set's picture for the page, and in words what it shows.

    Parameters
    ----------
    name
        Name of the set.
    table
        Its rows.
    """
    lines = [f"![Prediction error and true score of {name} over the steps](images/choosing/{file_of(name)})", ""]
    first, second = (score.removeprefix("steps of ") for score in table[table["method"] == ELBOW]["score"])
    lines += [f"*{name}, seed {table['seed'].iloc[0]}: steps of {first} upwards, of {second} to the right.*", ""]
    for order in ORDERS:
        truth, error = _values(table, order, TRUTH), _values(table, order, PREDICTION)
        tried = ~np.isnan(truth)
        alike = float(spearmanr(-error[tried], truth[tried]).statistic)
        said = [f"{MARKS[what][1]}: {_at(truth, counts)}" for what, counts in _marks(table, order).items()]
        lines.append(
            f"- In {order} order: true score where it is {'; '.join(said)}. Rank correlation of low error and high "
            f"true score over the grid: {alike:+.2f}."
        )
    return "\n".join(lines)


def _at(values: np.ndarray, counts: tuple[int, ...]) -> str:
    steps = ", ".join(map(str, counts))
    return f"{values[counts]:.3f} at ({steps})" if max(counts) <= MOST_STEPS else f"not on the grid at ({steps})"


def _figure(name: str, table: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(10, 10.6), layout="constrained")
    axes = figure.subplots(len(ORDERS), 2, squeeze=False)
    views = [score.removeprefix("steps of ") for score in table[table["method"] == ELBOW]["score"]]
    for line, order in zip(axes, ORDERS, strict=True):
        marks = _marks(table, order)
        for axis, score in zip(line, (PREDICTION, TRUTH), strict=True):
            _draw_grid(axis, _values(table, order, score), score == TRUTH)
            _draw_marks(axis, marks)
            axis.set_title(f"{score}, order {order}", fontsize=11, color=pictures.INK, loc="left")
            axis.set_ylabel(f"steps of {views[0]}")
            axis.set_xlabel(f"steps of {views[1]}")
    handles = [
        Line2D([], [], linestyle="", marker=marker, markersize=min(size, 13), label=said, **_STYLE)
        for marker, said, size in MARKS.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9.5)
    figure.suptitle(f"{name}; darker is better", fontsize=12, color=pictures.INK)
    return figure


_STYLE: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": "#c2553a", "markeredgewidth": 2.0}


def _values(table: pd.DataFrame, order: str, score: str) -> np.ndarray:
    values = np.full((MOST_STEPS + 1, MOST_STEPS + 1), np.nan)
    found = table[(table["score"] == score) & table["method"].str.startswith(f"{order} ")]
    for method, value in zip(found["method"], found["value"], strict=True):
        values[counted(method.removeprefix(f"{order} "))] = value
    return values


def _marks(table: pd.DataFrame, order: str) -> dict[str, tuple[int, ...]]:
    chosen = table[table["method"] == f"{order} {CHOICE}"]["value"]
    elbow = table[table["method"] == ELBOW]["value"]
    truth = _values(table, order, TRUTH)
    row, column = np.unravel_index(int(np.nanargmax(truth)), truth.shape)
    return {CHOICE: tuple(map(int, chosen)), ELBOW: tuple(map(int, elbow)), BEST: (int(row), int(column))}


def _draw_grid(axis: Axes, values: np.ndarray, high_is_good: bool) -> None:
    spread = values if high_is_good else -values
    least, most = np.nanquantile(spread, 0.1), np.nanmax(spread)
    axis.imshow(spread, cmap=_palette(), origin="lower", vmin=least, vmax=most)
    for (i, j), value in np.ndenumerate(values):
        if not np.isnan(value):
            color = "white" if spread[i, j] > least + _DARK * (most - least) else pictures.INK
            axis.text(j, i, f"{value:.3f}", ha="center", va="center", fontsize=9, color=color)
    axis.set_xticks(range(values.shape[1]))
    axis.set_yticks(range(values.shape[0]))
    axis.spines[:].set_visible(False)


def _palette() -> mpl.colors.Colormap:
    return mpl.colors.LinearSegmentedColormap.from_list("faint to strong", ["#f4f1ea", "#2f6f9f", "#1d3f5e"])


_DARK = 0.35
"""Share of the palette from which numbers are white."""


def _draw_marks(axis: Axes, marks: Mapping[str, tuple[int, ...]]) -> None:
    corner = {CHOICE: (-0.33, 0.3), ELBOW: (0.33, 0.3), BEST: (0.33, -0.3)}
    for what, (row, column) in marks.items():
        if max(row, column) <= MOST_STEPS:
            aside, above = corner[what]
            axis.plot(column + aside, row + above, linestyle="", marker=MARKS[what][0], markersize=11, **_STYLE)


EXPERIMENT = Experiment(NAME, cells, measure, draw)
