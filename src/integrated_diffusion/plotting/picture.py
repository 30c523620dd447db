"""The summary figure of the command line: the integrated embedding, and beside it what led to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from integrated_diffusion.plotting.candidates import draw_candidates, draw_contributions, explain_errors
from integrated_diffusion.plotting.curves import draw_entropy
from integrated_diffusion.plotting.maps import draw_map, explain_beside
from integrated_diffusion.plotting.style import INK, entitle, printable, short
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve

_HEIGHT = 7.2
_MAP = 7.6
_BESIDE = 6.2
_SHOWN = 6
_IN_A_ROW = 3

Panel = tuple[str, float, Callable[[Axes], object]]
"""Title of a panel, its share of the height, and what draws it."""


def picture(
    maps: Mapping[str, np.ndarray],
    title: str,
    labels: np.ndarray | None = None,
    labels_title: str = "",
    selection: Selection | None = None,
    curves: Mapping[str, EntropyCurve] | None = None,
    steps: Mapping[str, int] | None = None,
) -> Figure:
    """Draw the integrated embedding large, and beside it other embeddings and how the diffusion times were chosen.

    Parameters
    ----------
    maps : mapping of str to numpy.ndarray of shape (n_samples, 2) or wider
        Coordinates by title. The first is drawn large.
    title : str
        Title of the figure.
    labels : numpy.ndarray of shape (n_samples,) or None, default None
        Category or number of each sample. All samples have one colour unless given.
    labels_title : str, default ""
        Title of the legend or colour bar.
    selection : Selection or None, default None
        Candidate models and the selected one, where the steps were cross-validated.
    curves : mapping of str to EntropyCurve or None, default None
        Spectral entropy by view, where it chose the steps.
    steps : mapping of str to int or None, default None
        Diffusion time of each view in the integrated operator, for the legend of the curves.

    Returns
    -------
    matplotlib.figure.Figure
    """
    (first, coordinates), *others = maps.items()
    panels = _panels(selection, curves, steps or {})
    alone = not panels and not others
    figure = Figure(figsize=(_MAP if alone else _MAP + _BESIDE, _HEIGHT), layout="constrained")
    grid = figure.add_gridspec(1, 1 if alone else 2, width_ratios=[_MAP] if alone else [_MAP, _BESIDE])
    axis = figure.add_subplot(grid[0])
    colors = draw_map(axis, coordinates, labels)
    entitle(axis, first)
    if labels is not None:
        explain_beside(axis, colors, labels_title)
    if not alone:
        _draw_beside(figure, grid[1], dict(others), labels, panels)
    figure.suptitle(printable(short(title, 110)), fontsize=13, color=INK, x=0.01, ha="left", parse_math=False)
    return figure


def _panels(
    selection: Selection | None, curves: Mapping[str, EntropyCurve] | None, steps: Mapping[str, int]
) -> list[Panel]:
    """What there is to say about the choice of the diffusion times."""
    panels: list[Panel] = []
    if selection is not None:
        share = 0.35 + 0.15 * len(selection.view_contributions)
        panels += [
            ("candidate models", 1.0, partial(_candidates, selection)),
            ("what each view adds", share, partial(draw_contributions, selection=selection)),
        ]
    if curves:
        panels.append(("spectral entropy, elbows marked", 1.0, partial(draw_entropy, curves=curves, steps=steps)))
    return panels


def _candidates(selection: Selection, axis: Axes) -> None:
    draw_candidates(axis, selection, _SHOWN)
    explain_errors(axis)


def _draw_beside(
    figure: Figure,
    place: SubplotSpec,
    others: Mapping[str, np.ndarray],
    labels: np.ndarray | None,
    panels: list[Panel],
) -> None:
    """Draw the other embeddings in rows, and the panels below them."""
    n_rows = -(-len(others) // _IN_A_ROW)
    heights = [1.15] * n_rows + [share for _, share, _ in panels]
    rows = place.subgridspec(len(heights), 1, height_ratios=heights)
    titles = list(others)
    for row in range(n_rows):
        here = titles[row * _IN_A_ROW : (row + 1) * _IN_A_ROW]
        across = rows[row].subgridspec(1, len(here))
        for column, title in enumerate(here):
            axis = figure.add_subplot(across[column])
            draw_map(axis, others[title], labels, size=1 / (1 + len(here)))
            entitle(axis, title)
    for row, (title, _, draw) in enumerate(panels, start=n_rows):
        axis = figure.add_subplot(rows[row])
        draw(axis)
        entitle(axis, title)


def save(figure: Figure, path: Path, run: str | None = None) -> None:
    """Write a figure as PNG, 130 dots per inch.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    path : pathlib.Path
        The file.
    run : str or None, default None
        Identity of the run whose results are shown, kept among the texts in the file.
    """
    texts = {} if run is None else {"Run": run}
    figure.savefig(path, format="png", dpi=130, facecolor="white", metadata=texts)
