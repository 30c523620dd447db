"""Beyond the paper: trees whose second view is noisier everywhere, while each view is noisy on branches of its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.methods import METHODS, Prepared
from experiments.reproduction import drawing
from experiments.reproduction.figures.local_noise import EVERYWHERE, truth
from experiments.reproduction.scoring import scored
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from integrated_diffusion.datasets import NoisyViews, tree

NAME = "both_noises"
COMPARED = tuple(name for name in METHODS if name not in ("cycle GAN", "affinity multiplication"))
"""Everything but the two slowest, which need as long as all others together."""
LOCAL = 0.1
"""Noise on half the branches of each view."""
LEVELS = (0.02, 0.05, 0.1)
"""Noise of the second view on all branches; that of the first stays."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level and seed."""
    return grid(NAME, scale.seeds, scale.n_samples, {"noise of view 2": scale.levels(LEVELS)})


def measure(cell: Cell) -> list[Measured]:
    """DEMaP of the coordinates of every method."""
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    return scored(prepared, truth(simulated).demap, "DEMaP", COMPARED)


def data(cell: Cell) -> NoisyViews:
    """The tree of a cell."""
    return tree(
        n_samples=cell.n_samples,
        noise=(EVERYWHERE, cell.number("noise of view 2")),
        local_noise=(LOCAL, LOCAL),
        random_state=cell.seed,
    )


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """DEMaP against the noise of the second view."""
    return [pictures.save(drawing.everything(table, "DEMaP", "noise of view 2"), folder / "both_noises.png")]


EXPERIMENT = Experiment(NAME, cells, measure, draw)
