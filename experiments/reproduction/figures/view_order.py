"""Does it matter which view comes first, and are the steps the right ones? The other order, and steps swapped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import METHODS, PAPER_STEPS, Diffused, Prepared
from experiments.reproduction import drawing
from experiments.reproduction.figures import global_noise
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, Varied, grid
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.metrics import knn_accuracy

NAME = "view_order"
LEVELS = (0.8, 1.6, 3.2)
CLEANER, NOISIER = "cleaner view first", "noisier view first"
SWAPPED = "integrated, steps swapped"


def cells(scale: Scale) -> list[Cell]:
    """One cell for each order, level and seed."""
    varied: Varied = {"images": [scale.images], "noise": scale.levels(LEVELS), "order": (CLEANER, NOISIER)}
    return grid(NAME, scale.seeds, scale.n_samples, varied)


def measure(cell: Cell) -> list[Measured]:
    """Accuracy of the paper's method taken apart, and of as many steps given to the wrong view."""
    simulated = global_noise.data(cell)
    names = list(simulated.views) if cell["order"] == CLEANER else list(simulated.views)[::-1]
    prepared = Prepared({name: simulated.views[name] for name in names}, paper(), cell.seed)
    fused = {name: METHODS[name].fuse(prepared) for name in PAPER_STEPS}
    steps = prepared.denoised_steps.steps
    swapped = dict(zip(steps, reversed(list(steps.values())), strict=True))
    fused[SWAPPED] = Diffused(given_order(prepared.denoised_operators, swapped))
    rows = []
    for name, found in fused.items():
        for score, power in (("accuracy", prepared.power), ("accuracy, J once", 1)):
            rows.append(Measured(name, score, knn_accuracy(found.coordinates(power), simulated.labels)))
    return rows


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Both orders side by side, for `J` powered and once."""
    figure = Figure(figsize=(14, 8.5), layout="constrained")
    axes = figure.subplots(2, 2, sharey=True)
    for line, score in zip(axes, ("accuracy", "accuracy, J once"), strict=True):
        for axis, order in zip(line, (CLEANER, NOISIER), strict=True):
            found = table[(table["score"] == score) & (table["order"] == order)]
            drawing.curves(axis, found, "noise", [*PAPER_STEPS, SWAPPED], order, score)
    return [pictures.save(figure, folder / "view_order.png")]


EXPERIMENT = Experiment(NAME, cells, measure, draw)
