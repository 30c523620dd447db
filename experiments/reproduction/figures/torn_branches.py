"""Why branch-local noise defeats the local-bandwidth kernel: noisy samples reach as far as they must for neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.sparse.csgraph import connected_components

from experiments.methods import ALTERNATING, Prepared
from experiments.reproduction.figures import local_noise
from experiments.reproduction.settings import paper
from experiments.study import pictures
from experiments.study.cells import Cell, Experiment, Measured, Scale, Varied, grid
from integrated_diffusion import AlphaDecayKernel
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.operators import DiffusionOperator, product

NAME = "torn_branches"
LEVELS = (0.1, 0.2, 0.4)
KERNELS: dict[str, Kernel] = {
    "5, local, mean": AlphaDecayKernel(5),
    "15, local, mean": AlphaDecayKernel(15),
    "15, local, mutual": AlphaDecayKernel(15, symmetrisation="mutual"),
    "15, capped, mean": AlphaDecayKernel(15, bandwidth="capped"),
}
_COLORS = ("#c2553a", "#d9962b", "#2f6f9f", "#5b8c3e")
TITLES = {
    "DEMaP": "alternating diffusion: DEMaP at the power\nits entropy asks for",
    "DEMaP, J^20": "alternating diffusion: DEMaP of J^20",
    "largest piece": "share of samples in the largest piece\nof both views' graphs together",
    "steps off the branch": "view 1, samples on noisy branches:\nshare of steps that leave their branch",
    "steps that stay put": "view 1, samples on noisy branches:\nshare of steps that go nowhere",
}


def cells(scale: Scale) -> list[Cell]:
    """One cell for each level, kernel and seed."""
    varied: Varied = {"local noise": scale.levels(LEVELS), "kernel": tuple(KERNELS)}
    return grid(NAME, scale.search_seeds, scale.n_samples, varied)


def measure(cell: Cell) -> list[Measured]:
    """DEMaP of alternating diffusion, and where the steps of samples on noisy branches lead."""
    simulated = local_noise.data(cell)
    operators = Prepared(simulated.views, paper(kernel=KERNELS[str(cell["kernel"])]), cell.seed).operators
    J = product(*operators.values())
    demap = local_noise.truth(simulated).demap
    displacement = np.linalg.norm(simulated.views["view1"] - simulated.clean, axis=1)
    by_branch = pd.Series(displacement).groupby(simulated.labels).transform("mean").to_numpy()
    noisy = by_branch > np.median(by_branch)
    leaving, resting = where_steps_lead(operators["view1"], simulated.labels)
    return [
        Measured(ALTERNATING, "DEMaP", demap(diffusion_map(J, power=choose_power(J)))),
        Measured(ALTERNATING, "DEMaP, J^20", demap(diffusion_map(J, power=20))),
        Measured(ALTERNATING, "largest piece", largest_piece(*operators.values())),
        Measured("view1", "steps off the branch", float(leaving[noisy].mean())),
        Measured("view1", "steps that stay put", float(resting[noisy].mean())),
    ]


def where_steps_lead(operator: DiffusionOperator, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each sample the share of steps that end on another branch, and the share that end where they began."""
    member = (labels[:, None] == np.unique(labels)).astype(np.float64)
    staying = (member * (operator @ member)).sum(axis=1)
    return 1 - staying, operator.kernel.diagonal() / operator.degrees


def largest_piece(*operators: DiffusionOperator) -> float:
    """Share of samples in the largest connected component of all graphs together: no step leads out of it."""
    together = sum(operator.kernel for operator in operators)
    _, piece = connected_components(together, directed=False)
    return float(np.bincount(piece).max() / len(piece))


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """A panel for each score, a line for each kernel."""
    figure = Figure(figsize=(15, 8), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    for axis, (score, title) in zip(axes, TITLES.items(), strict=False):
        for (kernel, _), color in zip(KERNELS.items(), _COLORS, strict=True):
            found = table[(table["score"] == score) & (table["kernel"] == kernel)]
            summary = found.groupby("local noise")["value"].agg(["mean", "sem"])
            levels = [f"{level:g}" for level in summary.index]
            axis.errorbar(levels, summary["mean"], summary["sem"], marker="o", capsize=2, color=color, label=kernel)
        axis.set_title(title, fontsize=10, loc="left", color=pictures.INK)
        axis.set_xlabel("local noise")
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].axis("off")
    handles, labels = axes[0].get_legend_handles_labels()
    axes[-1].legend(handles, labels, title="neighbours, bandwidth,\nsymmetrisation", frameon=False, loc="center")
    return [pictures.save(figure, folder / "torn_branches.png")]


EXPERIMENT = Experiment(NAME, cells, measure, draw)
