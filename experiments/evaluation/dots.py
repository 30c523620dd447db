"""One picture of all sets: the default beside the best single view, the published method and the best steps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.evaluation.compared import DEFAULT, PUBLISHED
from experiments.evaluation.reading import best_alone, best_steps, known_sets, mean, of_method
from experiments.evaluation.steps import ORDERS
from experiments.study import pictures

BEST_ALONE, BEST_STEPS = "best single view, by the truth", "best steps of any order, by the truth"
STYLE = {
    PUBLISHED: ("o", "#8fa3b0", 46),
    BEST_ALONE: ("D", "#d9962b", 38),
    BEST_STEPS: ("|", "#30343b", 190),
    DEFAULT: ("o", "#c2553a", 58),
}

ASIDE = {BEST_ALONE: -0.17, DEFAULT: 0.17}
"""What is drawn a little above or below its line, so that equal scores do not cover each other."""


def figure(scores: pd.DataFrame, steps: pd.DataFrame) -> Figure:
    """Draw a line a set.

    Parameters
    ----------
    scores, steps
        Tables of these experiments.
    """
    names = known_sets(scores)
    drawn = Figure(figsize=(9.5, 1.6 + 0.36 * len(names)), layout="constrained")
    axis = drawn.subplots()
    for way, (marker, color, size) in STYLE.items():
        found = [mean(values) for values in (_values(scores, steps, name, way) for name in names)]
        places = [row + ASIDE.get(way, 0.0) for row in range(len(names))]
        axis.errorbar(
            [m.mean for m in found], places, xerr=[m.stderr for m in found], fmt="none", ecolor=color, elinewidth=1.2
        )
        axis.scatter([m.mean for m in found], places, marker=marker, color=color, s=size, label=way, zorder=3)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.grid(axis="both", color=pictures.FAINT, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.set_xlabel("accuracy of five nearest neighbours; DEMaP for trees")
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
    drawn.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9.5)
    return drawn


def _values(scores: pd.DataFrame, steps: pd.DataFrame, name: str, way: str) -> pd.Series:
    if way == BEST_ALONE:
        return best_alone(scores, name)
    if way == BEST_STEPS:
        return best_steps(steps, name, ORDERS)
    return of_method(scores, name, way)


def draw(scores: pd.DataFrame, steps: pd.DataFrame, folder: Path) -> Path:
    """Draw the picture into a folder and return its path."""
    return pictures.save(figure(scores, steps), folder / "sets.png")
