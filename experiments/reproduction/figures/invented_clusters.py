"""Why a small local `t` can disarm the powering: Algorithm 1 invents clusters in a view that is mostly noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.methods import Prepared
from experiments.reproduction.figures import global_noise
from experiments.reproduction.figures.sensitivity import filter_of
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, Varied, grid
from integrated_diffusion import EntropySteps, LocalDenoising
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.filters.spectral_clustering import spectral_clusters
from integrated_diffusion.operators import DiffusionOperator

NAME = "invented_clusters"
NOISE = 3.2
LOCAL_T = ("1", "2", "3", "5", "8", "15", "entropy")
MEASURED = "none"
SHOWN = (MEASURED, "3", "entropy")
TITLES = {"elbow": "elbow of the view, in steps", "steps that stay in their cluster": "steps that stay in 5 clusters"}


def cells(scale: Scale) -> list[Cell]:
    """One cell for each local `t` and seed."""
    varied: Varied = {"images": [scale.images], "noise": [NOISE], "local t": (MEASURED, *scale.levels(LOCAL_T))}
    return grid(NAME, scale.search_seeds, scale.n_samples, varied)


def measure(cell: Cell) -> list[Measured]:
    """Elbow of each view, and how separate five clusters of its operator look: the share of steps that stay in one."""
    simulated = global_noise.data(cell)
    rows = []
    for view, operator in operators(cell, simulated.views).items():
        elbow = EntropySteps().curve(operator, cell.seed).elbow
        rows += [
            Measured(view, "elbow", float(elbow)),
            Measured(view, "steps that stay in their cluster", staying(operator, cell.seed)),
        ]
    return rows


def operators(cell: Cell, views: dict[str, np.ndarray]) -> dict[str, DiffusionOperator]:
    """The views' operators after local denoising by the cell's `t`."""
    local_t = str(cell["local t"])
    denoising = None if local_t == MEASURED else LocalDenoising(filter_of(local_t), n_clusters=5, min_size=100)
    return Prepared(views, paper(local_denoising=denoising), cell.seed).denoised_operators


def staying(operator: DiffusionOperator, seed: int, n_clusters: int = 5) -> float:
    """Share of an operator's steps that do not leave the spectral cluster they start in."""
    clusters = spectral_clusters(operator, n_clusters, seed)
    member = (clusters[:, None] == np.arange(n_clusters)).astype(np.float64)
    return float((member * (operator @ member)).sum(axis=1).mean())


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Elbows and cluster separation against `t`, and what the noisy view looks like."""
    figure = Figure(figsize=(15, 8), layout="constrained")
    axes = figure.subplots(2, 3)
    order = [t for t in (MEASURED, *LOCAL_T) if t in set(table["local t"].astype(str))]
    for axis, (score, title) in zip(axes[0], TITLES.items(), strict=False):
        for view, color in (("view1", "#2f6f9f"), ("view2", "#c2553a")):
            found = table[(table["score"] == score) & (table["method"] == view)].astype({"local t": str})
            summary = found.groupby("local t")["value"].agg(["mean", "sem"]).reindex(order)
            noise = global_noise.VIEW1 if view == "view1" else NOISE
            label = f"{view}, noise {noise:g}"
            axis.errorbar(order, summary["mean"], summary["sem"], marker="o", capsize=2, color=color, label=label)
        axis.set_title(title, fontsize=10, loc="left", color=pictures.INK)
        axis.set_xlabel("local t")
        axis.legend(frameon=False, fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    _draw_curves(axes[0, 2], table)
    for axis, local_t in zip(axes[1], SHOWN, strict=True):
        _draw_noisy_view(axis, table, local_t)
    return [pictures.save(figure, folder / "invented_clusters.png")]


def _cell(table: pd.DataFrame, local_t: str) -> Cell:
    first = table.iloc[0]
    condition = (("images", str(first["images"])), ("noise", NOISE), ("local t", local_t))
    return Cell(NAME, int(first["seed"]), int(first["n_samples"]), condition)


def _draw_curves(axis: Axes, table: pd.DataFrame) -> None:
    for local_t, color in zip(SHOWN, ("#9aa0a8", "#c2553a", "#2f6f9f"), strict=True):
        cell = _cell(table, local_t)
        operator = operators(cell, global_noise.data(cell).views)["view2"]
        curve = EntropySteps(t_max=60).curve(operator, cell.seed)
        axis.plot(curve.t, curve.value, color=color, label=f"t: {local_t}, elbow {curve.elbow}")
        axis.plot(curve.elbow, curve.value[min(curve.elbow, len(curve.t)) - 1], "o", color=color)
    axis.set_title("spectral entropy of the noisy view", fontsize=10, loc="left", color=pictures.INK)
    axis.set_xlabel("steps")
    axis.legend(frameon=False, fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_noisy_view(axis: Axes, table: pd.DataFrame, local_t: str) -> None:
    cell = _cell(table, local_t)
    simulated = global_noise.data(cell)
    operator = operators(cell, simulated.views)["view2"]
    layout = diffusion_map(operator, 2, 10)
    axis.scatter(
        layout[:, 0], layout[:, 1], c=spectral_clusters(operator, 5, cell.seed), cmap="tab10", s=4, linewidths=0, vmax=9
    )
    axis.set_title(
        f"noisy view, local t: {local_t}\ncolour: spectral cluster", fontsize=10, loc="left", color=pictures.INK
    )
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_color(pictures.FAINT)


EXPERIMENT = Experiment(NAME, cells, measure, draw)
