"""Colours of categories: those that were chosen, in whatever form, or the colour-blind safe ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap, is_color_like, to_hex

from integrated_diffusion.plotting.style import palette

MOST_LISTED = 64
"""Maps of more colours than this are continuous: colours are taken from them at equal distances."""

Palette = str | Mapping[str, Any] | Sequence[Any]


def colors_of(names: Sequence[str], chosen: Palette | None = None) -> dict[str, str]:
    """Return a colour for each category.

    Parameters
    ----------
    names : sequence of str
        The categories.
    chosen : str, mapping of str to color, sequence of color or None, default None
        Name of a colour map of matplotlib, a colour for each category, or colours in their order. If `None`, the
        colour-blind safe ones.

    Returns
    -------
    dict of str to str
        Colours as `#rrggbb`, in the order of the categories.

    Raises
    ------
    ValueError
        If there is no such colour map, a category has no colour, or something is no colour.
    """
    if chosen is None:
        found: list[Any] = list(palette(len(names)))
    elif isinstance(chosen, str):
        found = _of_map(chosen, len(names))
    elif isinstance(chosen, Mapping):
        lacking = [name for name in names if name not in chosen]
        if lacking:
            raise ValueError(f"palette: expected a colour for every category, found none for {lacking[0]!r}; add it")
        found = [chosen[name] for name in names]
    else:
        found = list(chosen)[: len(names)]
        if len(found) < len(names):
            raise ValueError(
                f"palette: expected {len(names)} colours, one for each category, found {len(found)}; add some, or name "
                "a colour map of matplotlib"
            )
    bad = next((color for color in found if not is_color_like(color)), None)
    if bad is not None:
        raise ValueError(f"palette: expected colours such as '#0072b2' or 'red', found {bad!r}; correct it")
    return dict(zip(names, map(to_hex, found), strict=True))


def stored_colors(names: Sequence[str], stored: Any) -> dict[str, str] | None:
    """Return colours that scanpy or an earlier call has stored in the order of the categories.

    Parameters
    ----------
    names : sequence of str
        The categories.
    stored : object
        What was found.

    Returns
    -------
    dict of str to str or None
        `None` if they are not a colour for each category.
    """
    found: Iterable[Any] = stored if isinstance(stored, list | tuple | np.ndarray) else []
    colors = [str(color) for color in found][: len(names)]
    if len(colors) < len(names) or not all(map(is_color_like, colors)):
        return None
    return dict(zip(names, map(to_hex, colors), strict=True))


def _of_map(name: str, n_colors: int) -> list[Any]:
    if name not in mpl.colormaps:
        raise ValueError(
            f"palette: expected a colour map of matplotlib, found {name!r}; try 'tab20', or give a colour for each "
            "category"
        )
    colormap = mpl.colormaps[name]
    if isinstance(colormap, ListedColormap) and colormap.N <= MOST_LISTED:
        if n_colors > colormap.N:
            raise ValueError(
                f"palette: expected {n_colors} colours, one for each category, found {colormap.N} in {name!r}; choose "
                "a larger colour map, or none for the default colours"
            )
        return [colormap(i) for i in range(n_colors)]
    return list(colormap(np.linspace(0, 1, n_colors)))
