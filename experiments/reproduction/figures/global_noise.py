"""Figures 2A and 2C: digits seen twice, the noise of the second view grows from that of the first to far above."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import Prepared
from experiments.reproduction import drawing
from experiments.reproduction.scoring import pictured, scored
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from experiments.study.data import digits
from integrated_diffusion import diffusion_operator
from integrated_diffusion.datasets import NoisyViews
from integrated_diffusion.embedding import phate
from integrated_diffusion.metrics import knn_accuracy

VIEW1 = 0.4
"""Noise of the first view, on pixels from 0 to 1."""
LEVELS = (0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
"""Noise of the second."""
PICTURED = 1.6

NAME = "global_noise"


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level and seed."""
    return grid(NAME, scale.seeds, scale.n_samples, {"images": [scale.images], "noise": scale.levels(LEVELS)})


def measure(cell: Cell) -> list[Measured]:
    """Accuracy of five nearest neighbours on the coordinates of every method."""
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    return scored(prepared, lambda E: knn_accuracy(E, simulated.labels), "accuracy")


def data(cell: Cell) -> NoisyViews:
    """The digits of a cell."""
    return digits(str(cell["images"]), (VIEW1, cell.number("noise")), cell.n_samples, cell.seed)


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Accuracy against noise, and PHATE of clean, noisy and fused digits."""
    return [
        pictures.save(drawing.everything(table, "accuracy", "noise"), folder / "global_noise.png"),
        pictures.save(draw_maps(table), folder / "global_noise_maps.png"),
    ]


def draw_maps(table: pd.DataFrame) -> Figure:
    """Draw PHATE of one seed's digits."""
    first = table.iloc[0]
    level = min(table["noise"].unique(), key=lambda noise: abs(noise - PICTURED))
    cell = Cell(NAME, int(first["seed"]), int(first["n_samples"]), (("images", first["images"]), ("noise", level)))
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    layouts = {"clean digits": phate(diffusion_operator(simulated.clean), 2)} | pictured(prepared)
    figure = drawing.maps(layouts, simulated.labels)
    figure.suptitle(f"PHATE; pixel noise {VIEW1:g} in view 1, {level:g} in view 2; colour: digit", fontsize=11)
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
