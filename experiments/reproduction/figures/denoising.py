"""Figures 3A and 3B: the noisier of two views of digits, filtered by what each method makes of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments.methods import PAPER_STEPS, Learned, Prepared
from experiments.methods.fused import Fused
from experiments.reproduction import drawing
from experiments.reproduction.figures import global_noise
from experiments.reproduction.scoring import everything
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from integrated_diffusion.datasets import NoisyViews
from integrated_diffusion.metrics import knn_accuracy

NAME = "denoising"
LEVELS = (0.8, 1.6, 3.2)
NOISIER = "view2"
SHOWN = ("autoencoder", "concatenation", *PAPER_STEPS)
N_IMAGES = 12


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level and seed."""
    return grid(NAME, scale.seeds, scale.n_samples, {"images": [scale.images], "noise": scale.levels(LEVELS)})


def measure(cell: Cell) -> list[Measured]:
    """Accuracy of five nearest neighbours on the denoised pixels, and their mean squared error to the clean ones."""
    simulated = global_noise.data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    rows = score("as measured", simulated.views[NOISIER], simulated)
    for name, fused in everything(prepared):
        rows += score(named(name), pixels(fused, prepared), simulated)
    return rows


def named(method: str) -> str:
    """One view's operator is no view alone here: it smooths the pixels of the noisier one."""
    return f"along {method.removesuffix(' alone')}" if method.endswith(" alone") else method


def score(method: str, X: np.ndarray | None, simulated: NoisyViews) -> list[Measured]:
    """Score denoised pixels, where a method gives any."""
    if X is None:
        return []
    return [
        Measured(method, "accuracy", knn_accuracy(X, simulated.labels)),
        Measured(method, "mean squared error", float(np.mean((X - simulated.clean) ** 2))),
    ]


def pixels(fused: Fused, prepared: Prepared) -> np.ndarray | None:
    """Return the noisier view's pixels as a method sees them; learned components are turned back into pixels."""
    X = prepared.views[NOISIER]
    found = fused.denoised(NOISIER, X)
    if found is None or not isinstance(fused, Learned):
        return found
    components = prepared.reduced[NOISIER]
    mean, centre = X.mean(axis=0), components.mean(axis=0)
    loadings = np.linalg.lstsq(components - centre, X - mean, rcond=None)[0]
    return mean + (found - centre) @ loadings


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """A strip of images for each method, and both scores as bars."""
    first = table.iloc[0]
    level = sorted(table["noise"].unique())[-1 if table["noise"].nunique() < 3 else 1]
    cell = Cell(NAME, int(first["seed"]), int(first["n_samples"]), (("images", first["images"]), ("noise", level)))
    return [
        pictures.save(_strip(cell), folder / "denoising_strip.png"),
        pictures.save(_bars(table), folder / "denoising.png"),
    ]


def _strip(cell: Cell) -> Figure:
    simulated = global_noise.data(cell)
    prepared = Prepared(simulated.views, paper(), cell.seed)
    rows: dict[str, np.ndarray] = {"truth": simulated.clean, "as measured": simulated.views[NOISIER]}
    for name, fused in everything(prepared, SHOWN):
        found = pixels(fused, prepared)
        if found is not None:
            rows[named(name)] = found
    shown = [int(np.flatnonzero(simulated.labels == digit)[k]) for k in range(2) for digit in range(10)][:N_IMAGES]
    side = int(np.sqrt(simulated.clean.shape[1]))
    figure = Figure(figsize=(0.62 * N_IMAGES + 2.6, 0.66 * len(rows) + 0.5), layout="constrained")
    axes = figure.subplots(len(rows), N_IMAGES)
    for line, (name, X) in zip(axes, rows.items(), strict=True):
        for axis, sample in zip(line, shown, strict=True):
            axis.imshow(X[sample].reshape(side, side), cmap="gray_r", **_limits(name, X[sample]))
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, color=pictures.INK)
    figure.suptitle(f"View 2, pixel noise {cell.number('noise'):g}; each image on its own grey scale", fontsize=10)
    return figure


def _limits(name: str, image: np.ndarray) -> dict[str, float]:
    low, high = np.percentile(image, [1, 99.5]) if name != "truth" else (0.0, 1.0)
    return {"vmin": float(low), "vmax": float(high)}


def _bars(table: pd.DataFrame) -> Figure:
    scores = ("accuracy", "mean squared error")
    levels = sorted(table["noise"].unique())
    figure = Figure(figsize=(13, 4.0 * len(levels)), layout="constrained")
    axes = figure.subplots(len(levels), len(scores), squeeze=False)
    for line, level in zip(axes, levels, strict=True):
        for axis, what in zip(line, scores, strict=True):
            found = table[(table["noise"] == level) & (table["score"] == what)].groupby("method")["value"]
            summary = found.agg(["mean", "sem"]).sort_values("mean", ascending=what == "accuracy")
            colors = [drawing.color_of(method) for method in summary.index]
            axis.barh(summary.index, summary["mean"], xerr=summary["sem"], color=colors, height=0.7)
            axis.set_title(f"{what}, noise {level:g}", fontsize=10, loc="left", color=pictures.INK)
            axis.tick_params(labelsize=8)
            axis.spines[["top", "right"]].set_visible(False)
            if what != "accuracy":
                axis.set_xscale("log")
                axis.xaxis.set_minor_formatter(NullFormatter())
    return figure


EXPERIMENT = Experiment(NAME, cells, measure, draw)
