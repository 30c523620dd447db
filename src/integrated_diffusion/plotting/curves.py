"""Spectral entropy against diffusion time, with elbows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from integrated_diffusion.plotting.drawing import Drawing
from integrated_diffusion.plotting.style import entitle, literal_legend, open_frame, short, view_color
from integrated_diffusion.spectrum.entropy import EntropyCurve


def entropy_drawing(curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> Drawing:
    """Draw the spectral entropy `S(P, t)` of each view's diffusion operator against the diffusion time `t` (eq. 6).

    Parameters
    ----------
    curves : mapping of str to EntropyCurve
        By view.
    steps : mapping of str to int
        Diffusion time of each view in the integrated operator, for the legend.

    Returns
    -------
    Drawing
    """

    def draw(axes: Sequence[Axes]) -> None:
        draw_entropy(axes[0], curves, steps)
        entitle(axes[0], "spectral entropy, elbows marked")

    return Drawing(draw, 1, (5.8, 4.4))


def entropy_figure(curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> Figure:
    """Return the drawing of the spectral entropies on a figure of its own.

    Parameters
    ----------
    curves : mapping of str to EntropyCurve
        As in `entropy_drawing`.
    steps : mapping of str to int
        As in `entropy_drawing`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return entropy_drawing(curves, steps).figure()


def draw_entropy(axis: Axes, curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> None:
    """Draw the curves, a band of ± two standard errors, and a dot at each elbow.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where to draw. The horizontal axis ends at four times the largest elbow, or where the curves end.
    curves : mapping of str to EntropyCurve
        As in `entropy_drawing`.
    steps : mapping of str to int
        As in `entropy_drawing`.
    """
    lines = {}
    for i, (name, curve) in enumerate(curves.items()):
        color, low, high = view_color(i), curve.value - 2 * curve.stderr, curve.value + 2 * curve.stderr
        (line,) = axis.plot(curve.t, curve.value, color=color, lw=2)
        lines[line] = f"{short(name)}: t = {steps[name]}, elbow at {curve.elbow}"
        axis.fill_between(curve.t, low, high, color=color, alpha=0.2, lw=0)
        if curve.elbow <= len(curve.t):
            axis.plot(curve.elbow, curve.value[curve.elbow - 1], "o", ms=8, color=color, mec="white", mew=1.5)
    axis.set_xlabel("diffusion time t (number of steps)")
    axis.set_ylabel("spectral entropy S(P, t), nats")
    axis.set_xlim(0, max(min(len(curve.t), 4 * curve.elbow) for curve in curves.values()))
    axis.set_ylim(bottom=0)
    open_frame(axis)
    literal_legend(axis.legend(list(lines), list(lines.values()), frameon=False, loc="upper right"))
