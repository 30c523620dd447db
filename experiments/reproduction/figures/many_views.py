"""Beyond the paper: three and six views of digits (UCI multiple features), some of them drowned in noise."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import Prepared
from experiments.reproduction import drawing
from experiments.reproduction.scoring import scored
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale
from experiments.study.data import EMBEDDED, MNIST, UCI, digits, six_views
from integrated_diffusion.datasets import NoisyViews
from integrated_diffusion.metrics import knn_accuracy

NAME = "many_views"
SIX = ("fou", "fac", "kar", "pix", "zer", "mor")
THREE = ("fou", "fac", "pix")
N_DRAWN = 1_500
"""Of 2,000 digits, so that seeds differ in more than the noise."""
STD = 4.0
"""Noise added to a noisy view, whose features have variance one."""
CONDITIONS = ((3, 0), (3, 1), (6, 0), (6, 4))
"""Number of views, and how many of them are noisy: the last ones."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each number of views, of noisy views, and seed."""
    source = UCI if scale.images == MNIST else EMBEDDED
    return [
        Cell(NAME, seed, min(scale.n_samples, N_DRAWN), (("source", source), ("views", views), ("noisy", noisy)))
        for views, noisy in scale.levels(CONDITIONS)
        for seed in scale.seeds
    ]


def measure(cell: Cell) -> list[Measured]:
    """Accuracy of five nearest neighbours on the coordinates of every method."""
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    return scored(prepared, lambda E: knn_accuracy(E, simulated.labels), "accuracy")


def data(cell: Cell) -> NoisyViews:
    """The views of a cell."""
    n_views, n_noisy = int(cell.number("views")), int(cell.number("noisy"))
    if cell["source"] == EMBEDDED:
        levels = (0.2,) * (n_views - n_noisy) + (1.0,) * n_noisy
        return digits(EMBEDDED, levels, cell.n_samples, cell.seed)
    names = SIX if n_views == len(SIX) else THREE
    return six_views(names[n_views - n_noisy :], STD, cell.n_samples, cell.seed, names)


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Accuracy of every method for each number of views and of noisy views."""
    return [pictures.save(_bars(table[table["score"] == "accuracy"]), folder / "many_views.png")]


def _bars(table: pd.DataFrame) -> Figure:
    groups = list(table.groupby(["views", "noisy"]))
    n_rows = -(-len(groups) // 3)
    figure = Figure(figsize=(15, 4.6 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, 3, squeeze=False).ravel()
    for axis, ((views, noisy), group) in zip(axes, groups, strict=False):
        summary = group.groupby("method")["value"].agg(["mean", "sem"]).sort_values("mean")
        colors = [drawing.color_of(str(method)) for method in summary.index]
        axis.barh(summary.index, summary["mean"], xerr=summary["sem"], color=colors, height=0.7)
        axis.set_title(f"{views:g} views, {noisy:g} of them noisy", fontsize=10, loc="left", color=pictures.INK)
        axis.set_xlabel("accuracy")
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[len(groups) :]:
        axis.remove()
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
