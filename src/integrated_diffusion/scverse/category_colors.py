"""Colours of a column's categories, read from and written to `uns["COLUMN_colors"]`, where scanpy keeps them."""

from __future__ import annotations

from typing import Any

from integrated_diffusion.plotting.category_colors import Palette, colors_of, stored_colors
from integrated_diffusion.scverse.coloring import Coloring


def category_colors(coloring: Coloring, palette: Palette | None = None) -> dict[str, str] | None:
    """Return the colours of a column's categories, in the order of the legend, and store them beside the column.

    Parameters
    ----------
    coloring : Coloring
        What gives the colour.
    palette : str, mapping, sequence or None, default None
        Colours asked for, as in `pl.embedding`. If `None`, those that are stored, else the colour-blind safe ones.

    Returns
    -------
    dict of str to str or None
        `None` if the colour is given by numbers.

    Raises
    ------
    ValueError
        If `palette` has no colour for a category.
    """
    if coloring.categories is None:
        return None
    key, uns = f"{coloring.column}_colors", coloring.uns
    colors = None if palette is not None else stored_colors(coloring.categories, uns.get(key))
    if colors is None:
        colors = colors_of(coloring.legend, palette)
        uns[key] = [colors[name] for name in coloring.categories]
    return {name: colors[name] for name in coloring.legend}


def chosen_colors(colorings: list[Coloring], palette: Palette | None) -> dict[str, Any]:
    """Return the colours of the categories by title, of those that have categories."""
    found = {coloring.title: category_colors(coloring, palette) for coloring in colorings}
    return {title: colors for title, colors in found.items() if colors is not None}
