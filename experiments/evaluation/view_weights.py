"""Do per-sample view weights find the branches on which a view is noisy? Trees, whose truth is known."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from experiments.evaluation import sets
from experiments.evaluation.prediction import learned_weights
from experiments.evaluation.sets import Known
from experiments.reproduction.figures.local_noise import EVERYWHERE
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.embedding import phate

NAME = "view_weights"
LEVELS = (0.1, 0.15, 0.2, 0.3)
PICTURED = 0.15
FOUND = "noisy samples told apart"
"""Chance that the weight of the first view, less that of the second, is higher at a sample at which the second is noisy
than at one at which the first is: 0.5 by guessing, 1 at best."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level of noise and seed."""
    return sets.cells(NAME, scale, [f"tree {level:g}" for level in LEVELS])


def measure(cell: Cell) -> list[Measured]:
    """How well the weights tell samples at which one view is noisy from those at which the other is."""
    known = sets.known(cell)
    difference = weight_difference(known, cell.seed)
    return [Measured("view weights", FOUND, float(roc_auc_score(noisy_in_second(known, _level(cell)), difference)))]


def weight_difference(known: Known, seed: int) -> np.ndarray:
    """Return the weight of the first view less that of the second, `(n_samples,)`.

    Parameters
    ----------
    known
        A tree.
    seed
        Seed of the splits.
    """
    first, second = learned_weights(known.views, seed, known.split).values()
    return first - second


def noisy_in_second(known: Known, level: float) -> np.ndarray:
    """Return at which samples the second view is the noisy one, `(n_samples,)`.

    Parameters
    ----------
    known
        A tree.
    level
        Further noise of a noisy branch.
    """
    second = np.asarray(list(known.views.values())[1])
    return np.square(second - known.clean).mean(axis=1) > EVERYWHERE**2 + level**2 / 2


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """PHATE of one seed's integrated operator, coloured by the weights, and by what is true."""
    level = min((_level_of(name) for name in table["set"].unique()), key=lambda found: abs(found - PICTURED))
    first = table[table["set"] == f"tree {level:g}"].iloc[0]
    cell = Cell(NAME, int(first["seed"]), int(first["n_samples"]), (("images", first["images"]), ("set", first["set"])))
    return [pictures.save(_figure(cell), folder / "view_weights.png")]


def _level(cell: Cell) -> float:
    return _level_of(str(cell["set"]))


def _level_of(name: str) -> float:
    return float(name.split()[1])


def _figure(cell: Cell) -> Figure:
    known = sets.known(cell)
    difference = weight_difference(known, cell.seed)
    layout = phate(IntegratedDiffusion(random_state=cell.seed, n_jobs=1).fit(known.views).operator_, 2)
    truth = np.where(noisy_in_second(known, _level(cell)), 1.0, -1.0)
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    axes = figure.subplots(1, 2)
    palette = mpl.colors.LinearSegmentedColormap.from_list("views", ["#c2553a", "#e8e4dc", "#2f6f9f"])
    first, second = known.views
    for axis, values, title in (
        (axes[0], truth, "the truth: which view is clean here"),
        (axes[1], difference, "difference of the per-sample view weights"),
    ):
        shown = axis.scatter(layout[:, 0], layout[:, 1], c=values, cmap=palette, vmin=-1, vmax=1, s=7, linewidths=0)
        axis.set_title(title, fontsize=11, color=pictures.INK, loc="left")
        pictures.bare(axis)
    bar = figure.colorbar(shown, ax=axes, shrink=0.75, ticks=[-1, 0, 1])
    bar.ax.set_yticklabels([second, "both", first])
    bar.outline.set_visible(False)
    figure.suptitle(
        f"PHATE of the integrated operator; {cell['set']}, seed {cell.seed}", fontsize=11, color=pictures.INK
    )
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
