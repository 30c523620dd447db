"""A drawing that is not on a figure yet: its panels, their layout, and what draws on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Drawing:
    """Panels of a figure.

    Attributes
    ----------
    draw : callable
        Draws on a list of axes, one for each panel.
    n_panels : int
        Number of panels.
    size : tuple of (float, float)
        Width and height of a figure that holds all of them, inches.
    n_columns : int, default 1
        Panels side by side.
    width_ratios : sequence of float or None, default None
        Relative widths of the columns; equal unless given.
    """

    draw: Callable[[Sequence[Axes]], None]
    n_panels: int
    size: tuple[float, float]
    n_columns: int = 1
    width_ratios: Sequence[float] | None = None

    def on(self, figure: Figure) -> list[Axes]:
        """Draw on an empty figure, which gets the size of the drawing, and return the panels."""
        figure.set_layout_engine("constrained")
        figure.set_size_inches(self.size)
        n_rows = -(-self.n_panels // self.n_columns)
        axes = figure.subplots(n_rows, self.n_columns, squeeze=False, width_ratios=self.width_ratios).ravel().tolist()
        for unused in axes[self.n_panels :]:
            unused.set_axis_off()
        self.draw(axes[: self.n_panels])
        return axes[: self.n_panels]

    def figure(self) -> Figure:
        """Draw on a figure of its own, which pyplot knows nothing of."""
        figure = Figure()
        self.on(figure)
        return figure
