"""What every plot does with its drawing: save it, show it, or return it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from integrated_diffusion import plotting
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.plotting import Drawing, Drawn, Figure

FORMATS = (".png", ".pdf", ".svg")
"""Suffixes of pictures that can be saved."""


def shown(make: Callable[[], Drawing], show: bool | None, save: str | Path | None, ax: Any, return_fig: bool) -> Drawn:
    """Draw, and do with the figure what was asked for.

    Parameters
    ----------
    make : callable
        Makes the drawing, once the other arguments have been checked.
    show, save, ax, return_fig : object
        As in `pl.embedding`.

    Returns
    -------
    matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind, or the picture cannot be written there.
    """
    showing = plotting.Showing(show, ax, return_fig)
    if save is None:
        return showing.of(make())
    output = check_output(Path(save), FORMATS)

    def keep(figure: Figure) -> None:
        with replacing(output) as temporary:
            figure.savefig(temporary, format=output.suffix[1:].lower(), dpi=plotting.DPI, bbox_inches="tight")

    return showing.of(make(), keep)
