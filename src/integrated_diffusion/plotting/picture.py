"""The page that the command line draws: maps, entropy, and walks that were tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from integrated_diffusion.plotting.candidates import draw_walks
from integrated_diffusion.plotting.curves import draw_entropy
from integrated_diffusion.plotting.maps import Colors, draw_map, explain_on_figure
from integrated_diffusion.plotting.style import INK, entitle
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve


def picture(
    maps: Mapping[str, np.ndarray],
    curves: Mapping[str, EntropyCurve],
    steps: Mapping[str, int],
    title: str,
    labels: np.ndarray | None = None,
    labels_title: str = "",
    selection: Selection | None = None,
) -> Figure:
    """Draw maps side by side and the entropy curves beside them; and what cross-validation found, if it was asked.

    Parameters
    ----------
    maps
        Coordinates `(n_samples, 2)` or more, by title.
    curves
        Entropy curves by view.
    steps
        Steps by view, for the legend.
    title
        Above everything.
    labels
        A category or number for each sample, shape `(n_samples,)`; without it the first coordinate gives the colour.
    labels_title
        What the labels are.
    selection
        Walks that were tried and how well they predicted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_panels = len(maps) + 1 + (selection is not None)
    n_columns = n_panels if n_panels < 4 else -(-n_panels // 2)
    n_rows = -(-n_panels // n_columns)
    size = (4.8 * n_columns + (1.2 if labels is not None else 0), 4.1 * n_rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis, (name, coordinates) in zip(axes, maps.items(), strict=False):
        draw_map(axis, coordinates, labels)
        entitle(axis, name)
    draw_entropy(axes[len(maps)], curves, steps)
    if selection is not None:
        draw_walks(axes[len(maps) + 1], selection)
    for axis in axes[n_panels:]:
        axis.set_axis_off()
    if labels is not None:
        explain_on_figure(figure, axes[len(maps) - 1], Colors.of(labels), labels_title)
    figure.suptitle(title, fontsize=13, color=INK, x=0.01, ha="left", parse_math=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    figure.savefig(path, format="png", dpi=130, facecolor="white")
