"""The summary figure of the command line: embeddings, spectral entropy, and candidate models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from integrated_diffusion.plotting.candidates import SELECTED_BY, draw_candidates
from integrated_diffusion.plotting.curves import draw_entropy
from integrated_diffusion.plotting.maps import Colors, draw_map, explain_on_figure
from integrated_diffusion.plotting.style import INK, entitle, printable
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
    """Draw embeddings and the spectral entropy side by side, and candidate models where steps were cross-validated.

    Parameters
    ----------
    maps : mapping of str to numpy.ndarray of shape (n_samples, 2) or wider
        Coordinates by title.
    curves : mapping of str to EntropyCurve
        By view.
    steps : mapping of str to int
        Diffusion time of each view in the integrated operator, for the legend.
    title : str
        Title of the figure.
    labels : numpy.ndarray of shape (n_samples,) or None, default None
        Category or number of each sample. The first coordinate gives the colour unless given.
    labels_title : str, default ""
        Title of the legend or colour bar.
    selection : Selection or None, default None
        Candidate models and the selected one.

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
    entitle(axes[len(maps)], "spectral entropy, elbows marked")
    if selection is not None:
        draw_candidates(axes[len(maps) + 1], selection)
        entitle(axes[len(maps) + 1], SELECTED_BY)
    for axis in axes[n_panels:]:
        axis.set_axis_off()
    if labels is not None:
        explain_on_figure(figure, axes[len(maps) - 1], Colors.of(labels), labels_title)
    figure.suptitle(printable(title), fontsize=13, color=INK, x=0.01, ha="left", parse_math=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, 130 dots per inch.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    path : pathlib.Path
        The file.
    """
    figure.savefig(path, format="png", dpi=130, facecolor="white")
