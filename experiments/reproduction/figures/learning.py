"""That the networks trained: their losses on samples they learn from and on samples held out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from experiments.methods import METHODS, Learned, Prepared
from experiments.reproduction import drawing
from experiments.reproduction.figures import global_noise
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, Varied, grid

NAME = "learning"
NOISE = 1.6
NETWORKS = ("autoencoder", "domain transfer", "cycle GAN")
N_SEEDS = 3


def cells(scale: Scale) -> list[Cell]:
    """One cell for each network and some seeds."""
    varied: Varied = {"images": [scale.images], "noise": [NOISE], "network": NETWORKS}
    return grid(NAME, scale.seeds[:N_SEEDS], scale.n_samples, varied)


def measure(cell: Cell) -> list[Measured]:
    """Losses after each epoch."""
    network = str(cell["network"])
    prepared = Prepared(global_noise.data(cell).views, paper(), cell.seed)
    fused = METHODS[network].fuse(prepared)
    if not isinstance(fused, Learned) or fused.curve is None:
        raise TypeError(f"{network}: expected a learning curve, found none; let the network return one")
    return [
        Measured(network, f"{part} {epoch}", float(loss))
        for part, losses in (("train", fused.curve.train), ("held out", fused.curve.held_out))
        for epoch, loss in enumerate(losses, start=1)
    ]


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """A panel for each network."""
    split = table.assign(**table["score"].str.extract(r"(?P<part>.*) (?P<epoch>\d+)")).astype({"epoch": int})
    figure = Figure(figsize=(14, 4), layout="constrained")
    for axis, network in zip(figure.subplots(1, len(NETWORKS)), NETWORKS, strict=True):
        for part, color in (("train", "#9aa0a8"), ("held out", drawing.color_of("integrated"))):
            found = split[(split["method"] == network) & (split["part"] == part)]
            for i, (_, curve) in enumerate(found.groupby("seed")):
                axis.plot(curve["epoch"], curve["value"], color=color, linewidth=1.2, label=None if i else part)
        axis.set_title(network, fontsize=11, loc="left", color=pictures.INK)
        axis.set_xlabel("epoch")
        axis.set_ylabel("loss")
        axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    return [pictures.save(figure, folder / "learning.png")]


EXPERIMENT = Experiment(NAME, cells, measure, draw)
