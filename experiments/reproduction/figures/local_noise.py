"""Figures 2B and 2D: branching trees, each branch noisy in one of two views, the noise of those branches growing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from scipy.spatial.distance import squareform

from experiments.methods import METHODS, PAPER_STEPS, Prepared
from experiments.reproduction import drawing
from experiments.reproduction.scoring import pictured, scored
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from integrated_diffusion.datasets import NoisyViews, tree
from integrated_diffusion.embedding.mds import metric_mds
from integrated_diffusion.metrics import Geodesics

EVERYWHERE = 0.02
"""Noise of every feature on all branches; branches have length one and points 60 features."""
LEVELS = (0.0, 0.1, 0.15, 0.2, 0.3)
"""Further noise on half the branches of each view."""
PICTURED = 0.15
N_COMPARED = 1_000

NAME = "local_noise"


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level and seed."""
    return grid(NAME, scale.seeds, scale.n_samples, {"local noise": scale.levels(LEVELS)})


def measure(cell: Cell) -> list[Measured]:
    """DEMaP of the coordinates of every method, and of PHATE for the paper's method taken apart."""
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    demap = truth(simulated).demap
    rows = scored(prepared, demap, "DEMaP")
    for name in PAPER_STEPS:
        rows.append(Measured(name, "DEMaP, PHATE", demap(METHODS[name].fuse(prepared).picture())))
    return rows


def truth(simulated: NoisyViews) -> Geodesics:
    """Distances along the noiseless tree, between some samples only: ranking all pairs would take very long."""
    return Geodesics.of(simulated.clean, n_samples=min(N_COMPARED, len(simulated.clean)))


def data(cell: Cell) -> NoisyViews:
    """The tree of a cell."""
    level = cell.number("local noise")
    return tree(n_samples=cell.n_samples, noise=EVERYWHERE, local_noise=(level, level), random_state=cell.seed)


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """DEMaP against noise, and PHATE of clean, noisy and fused trees."""
    level = min(table["local noise"].unique(), key=lambda noise: abs(noise - PICTURED))
    first = table.iloc[0]
    cell = Cell(NAME, int(first["seed"]), int(first["n_samples"]), (("local noise", level),))
    return [
        pictures.save(drawing.everything(table, "DEMaP", "local noise"), folder / "local_noise.png"),
        pictures.save(_maps(cell), folder / "local_noise_maps.png"),
    ]


def _maps(cell: Cell) -> Figure:
    simulated = data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    geodesics = Geodesics.of(simulated.clean, n_samples=len(simulated.clean))
    layouts = {"noiseless tree, geodesics": metric_mds(squareform(geodesics.distances), 2)} | pictured(prepared)
    figure = drawing.maps(layouts, simulated.labels)
    figure.suptitle(f"PHATE; noise {cell.number('local noise'):g} on half the branches of each view", fontsize=11)
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
