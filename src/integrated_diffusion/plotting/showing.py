"""Where a drawing goes: to a notebook or a window, onto given axes, into a file, or back to the caller, as with scanpy.

Pyplot is imported only here, only where a figure is shown, and only on the main thread: a figure made in another
thread, or returned, is one that pyplot knows nothing of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import get_backend
from matplotlib.axes import Axes
from matplotlib.backends.registry import BackendFilter, backend_registry
from matplotlib.figure import Figure

from integrated_diffusion.plotting.drawing import Drawing

DPI = 150
"""Dots per inch of pictures that plots save."""

Drawn = Figure | Axes | list[Axes] | None
"""What a plot returns: a figure, its only panel, its panels, or nothing where it was shown."""


@dataclass(frozen=True, eq=False)
class Showing:
    """Where a drawing goes.

    Attributes
    ----------
    show : bool or None, default None
        Whether to show it; if `None`, wherever a figure can be shown: in a notebook or a window, but not when `ax` is
        given.
    ax : matplotlib.axes.Axes, sequence of them or None, default None
        Where to draw, as many as there are panels; on a new figure if `None`.
    return_fig : bool, default False
        Whether to return the figure instead of showing it.
    """

    show: bool | None = None
    ax: Axes | Sequence[Axes] | None = None
    return_fig: bool = False

    def __post_init__(self) -> None:
        if self.return_fig and self.show:
            raise ValueError(
                "expected either show=True or return_fig=True, found both; leave out show=True, the notebook shows the "
                "figure that is returned"
            )
        for axis in self._given() or []:
            if not isinstance(axis, Axes):
                raise TypeError(
                    f"ax: expected axes of matplotlib, or a list of them, found {type(axis).__name__}; make them with "
                    "plt.subplots()"
                )

    def of(self, drawing: Drawing, keep: Callable[[Figure], None] | None = None) -> Drawn:
        """Draw, and return what was asked for.

        Parameters
        ----------
        drawing : Drawing
            What to draw.
        keep : callable or None, default None
            Called with the figure before it is shown, to save it.

        Returns
        -------
        matplotlib.figure.Figure, matplotlib.axes.Axes, list of matplotlib.axes.Axes or None
            The figure with `return_fig`, and where it cannot be shown unless `show` is given; nothing if it was shown;
            else its panel or panels.

        Raises
        ------
        ValueError
            If there are not as many axes as panels.
        """
        given = self._given()
        on_pyplot = given is None and _is_main_thread() and not self.return_fig and (self.show is not None or _shows())
        figure, axes = _drawn(drawing, given, on_pyplot)
        if keep is not None:
            keep(figure)
        if self.return_fig or (given is None and self.show is None and not on_pyplot):
            return figure
        if self.show or (self.show is None and given is None):
            _show(figure)
            return None
        return axes[0] if len(axes) == 1 else axes

    def _given(self) -> list[Axes] | None:
        """The axes to draw on; `None` if there are none."""
        if self.ax is None:
            return None
        return np.asarray(self.ax, dtype=object).ravel().tolist()  # one, a list, or what plt.subplots returns


def _drawn(drawing: Drawing, given: list[Axes] | None, on_pyplot: bool) -> tuple[Figure, list[Axes]]:
    """The figure with its panels."""
    if given is None:
        figure = _pyplot_figure() if on_pyplot else Figure()
        return figure, drawing.on(figure)
    if len(given) != drawing.n_panels:
        raise ValueError(
            f"ax: expected {drawing.n_panels} axes, one for each panel, found {len(given)}; give a list of "
            f"{drawing.n_panels}, or none for a new figure"
        )
    drawing.draw(given)
    return given[0].figure.figure, given  # of a figure in a figure, the whole


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _shows() -> bool:
    """Whether the backend of matplotlib shows figures: in a notebook or a window."""
    list_builtin: Callable[[BackendFilter], list[str]] = backend_registry.list_builtin
    return str(get_backend()).lower() not in list_builtin(BackendFilter.NON_INTERACTIVE)


def _pyplot_figure() -> Figure:
    import matplotlib.pyplot as plt

    return plt.figure()


def _show(figure: Figure) -> None:
    """Show it once; where nothing shows figures, pyplot forgets it."""
    if not _is_main_thread():
        return
    import matplotlib.pyplot as plt

    plt.show()
    if not _shows():
        plt.close(figure)
