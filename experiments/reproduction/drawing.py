"""One palette of the methods, one way to draw curves, maps and heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.methods import INTEGRATED, METHODS, PAPER_STEPS
from experiments.study.pictures import FAINT, INK, bare

COLORS = {
    "integrated": "#c2553a",
    "alternating + powering": "#d9962b",
    "alternating + local denoising": "#5b8c3e",
    "alternating": "#2f6f9f",
    "authors' script": "#8a5fa8",
    "concatenation": "#4d9a95",
    "distance addition": "#7a8794",
    "affinity addition": "#a0616a",
    "affinity multiplication": "#b8a35a",
    "WNN": "#3d5a80",
    "MOFA": "#7d4e57",
    "autoencoder": "#e07a5f",
    "domain transfer": "#81b29a",
    "cycle GAN": "#9a8c98",
    "integrated, steps swapped": "#7a8794",
    "components side by side": "#30343b",
    "view1 alone": "#9aa0a8",
    "view2 alone": "#c6cad0",
}
_OTHERS = ("#9aa0a8", "#c6cad0", "#b0a8b9", "#8fa3b0", "#b7b7a4", "#a5a58d")


def color_of(method: str) -> str:
    """Colour of a method, the same in every picture."""
    return COLORS.get(method) or _OTHERS[sum(map(ord, method)) % len(_OTHERS)]


def curves(axis: Axes, table: pd.DataFrame, x: str, methods: Sequence[str], title: str, y: str) -> None:
    """Draw mean and standard error over seeds against a condition, a line a method, named at its right end."""
    summary = table.groupby(["method", x])["value"].agg(["mean", "sem"])
    levels = sorted(table[x].unique())
    positions = np.arange(len(levels))
    for method in methods:
        if method not in summary.index.get_level_values(0):
            continue
        of_method = summary.loc[method].reindex(levels)
        bold = method == "integrated"
        axis.errorbar(
            positions,
            of_method["mean"],
            of_method["sem"],
            label=method,
            color=color_of(method),
            linewidth=2.4 if bold else 1.4,
            marker="o",
            markersize=5 if bold else 3.5,
            capsize=2,
            zorder=3 if bold else 2,
        )
    axis.set_xticks(positions, [f"{level:g}" for level in levels])
    axis.set_title(title, fontsize=11, color=INK, loc="left")
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(axis="y", color=FAINT, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))


def everything(table: pd.DataFrame, score: str, x: str) -> Figure:
    """Draw the paper's method taken apart on the left, everything else beside integrated diffusion on the right."""
    figure = Figure(figsize=(14, 5.2), layout="constrained")
    apart, baselines = figure.subplots(1, 2, sharey=True)
    of_score = table[table["score"] == score]
    alone = sorted(name for name in of_score["method"].unique() if name.endswith(" alone"))
    curves(apart, of_score, x, [*PAPER_STEPS, *alone], "the method taken apart", score)
    others = [name for name in METHODS if name == INTEGRATED or name not in PAPER_STEPS]
    curves(baselines, of_score, x, others, "beside its baselines", score)
    return figure


def maps(layouts: Mapping[str, np.ndarray], labels: np.ndarray, n_columns: int = 4) -> Figure:
    """Draw layouts in the plane side by side, coloured by label."""
    n_rows = -(-len(layouts) // n_columns)
    figure = Figure(figsize=(3.1 * n_columns, 3.2 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    palette = mpl.colormaps["tab10" if len(np.unique(labels)) <= 10 else "tab20"]
    for axis, (title, layout) in zip(axes, layouts.items(), strict=False):
        axis.scatter(layout[:, 0], layout[:, 1], c=labels, cmap=palette, s=4, linewidths=0)
        axis.set_title(title, fontsize=10, color=INK)
        bare(axis)
    for axis in axes[len(layouts) :]:
        axis.remove()
    return figure


def heat_map(axis: Axes, values: pd.DataFrame, title: str, asked: float = 0.0) -> None:
    """Draw a table of margins: blue above what the claim asks for, red below, each cell with its number."""
    reach = max(0.02, float(np.nanmax(np.abs(values.to_numpy() - asked))))
    axis.imshow(values.to_numpy(), cmap="RdBu", vmin=asked - reach, vmax=asked + reach, aspect="auto")
    for (i, j), value in np.ndenumerate(values.to_numpy()):
        if np.isnan(value):
            continue
        strong = abs(value - asked) > 0.6 * reach
        axis.text(j, i, f"{value:+.3f}", ha="center", va="center", fontsize=8, color="white" if strong else INK)
    axis.set_xticks(range(values.shape[1]), [str(c).replace(", ", "\n") for c in values.columns], fontsize=8)
    axis.set_yticks(range(values.shape[0]), [str(r).replace(", ", "\n") for r in values.index], fontsize=8)
    axis.set_title(title, fontsize=9.5, color=INK, loc="left")
    axis.set_xlabel(str(values.columns.name or ""))
    axis.set_ylabel(str(values.index.name or ""))
    axis.spines[:].set_visible(False)
