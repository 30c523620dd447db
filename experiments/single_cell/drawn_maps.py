"""Maps side by side: a row a set of cells, coloured by type, or a row a marker where no types are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.single_cell import compared
from experiments.single_cell.fits import FittedSet, Kept
from experiments.single_cell.separation import layout
from experiments.study import pictures
from integrated_diffusion.plotting.maps import Colors, draw_map, explain_beside
from integrated_diffusion.plotting.style import INK, entitle

_SPREAD = (1, 99)
"""Percentiles between which a marker's colours run: a few cells of very many antibodies would take them all."""


def draw(kept: Kept, table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the maps of every set in the table.

    Parameters
    ----------
    kept
        The sets.
    table
        The table of separation.
    folder
        Where pictures go.
    """
    written = []
    for found, _ in kept.sets_of(table):
        layouts = {way: layout(kept, found, way) for way in compared.operators(found)}
        figure = by_marker(layouts, found) if found.counts.types is None else by_type(layouts, found.counts.types)
        written.append(pictures.save_small(figure, folder / f"maps_{found.of.slug}.png"))
    return written


def by_type(layouts: Mapping[str, np.ndarray], types: np.ndarray) -> Figure:
    """Draw a row of maps coloured by type.

    Parameters
    ----------
    layouts
        Coordinates by method, `(n_samples, 2)`.
    types
        Type of each cell, `(n_samples,)`; nothing where there is none.
    """
    labels = types.astype(object)
    labels[types == ""] = None
    figure = Figure(figsize=(3.0 * len(layouts) + 1.2, 3.3), layout="constrained")
    axes = figure.subplots(1, len(layouts), squeeze=False).ravel()
    for axis, (way, coordinates) in zip(axes, layouts.items(), strict=True):
        draw_map(axis, coordinates, labels)
        axis.set_aspect("auto")  # one long branch would leave a line of every other
        entitle(axis, way)
    explain_beside(axes[-1], Colors.of(labels), "type")
    return figure


def by_marker(layouts: Mapping[str, np.ndarray], found: FittedSet) -> Figure:
    """Draw a row of maps for each marker of the second view.

    Parameters
    ----------
    layouts
        Coordinates by method, `(n_samples, 2)`.
    found
        The set, whose normalised values give the colours.
    """
    known = found.counts.measured.feature_names[found.of.views[1]]
    markers = [name for name in found.of.markers if name in known]
    figure = Figure(figsize=(2.5 * len(layouts), 2.35 * len(markers)), layout="constrained")
    grid = figure.subplots(len(markers), len(layouts), squeeze=False)
    for row, (axes, marker) in enumerate(zip(grid, markers, strict=True)):
        colors = clipped(found.column(1, known.index(marker)))
        for axis, (way, coordinates) in zip(axes, layouts.items(), strict=True):
            draw_map(axis, coordinates, colors)
            if row == 0:
                entitle(axis, way)
        axes[0].set_ylabel(marker, fontsize=11, color=INK, parse_math=False)
    return figure


def clipped(values: np.ndarray) -> np.ndarray:
    """Return values with both ends cut off at `_SPREAD`."""
    return np.clip(values, *np.percentile(values, _SPREAD))
