"""Curves of spectral entropy with their elbows."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from integrated_diffusion.plotting.style import entitle, literal_legend, open_frame, short, view_color
from integrated_diffusion.spectrum.entropy import EntropyCurve


def entropy_figure(curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> Figure:
    """Draw the entropy of each view's walk against its number of steps.

    Parameters
    ----------
    curves
        Entropy curves by view.
    steps
        Steps by view, for the legend.
    """
    figure = Figure(figsize=(5.6, 4.4), layout="constrained")
    draw_entropy(figure.subplots(), curves, steps)
    return figure


def draw_entropy(axis: Axes, curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> None:
    """Draw curves, twice their standard error, and a dot at each elbow."""
    lines = {}
    for i, (name, curve) in enumerate(curves.items()):
        color, count = view_color(i), steps[name]
        (line,) = axis.plot(curve.t, curve.value, color=color, lw=2)
        lines[line] = f"{short(name)}: {count} step{'s' * (count != 1)}"
        axis.fill_between(
            curve.t, curve.value - 2 * curve.stderr, curve.value + 2 * curve.stderr, color=color, alpha=0.2, lw=0
        )
        if curve.elbow <= len(curve.t):
            axis.plot(curve.elbow, curve.value[curve.elbow - 1], "o", ms=8, color=color, mec="white", mew=1.5)
    entitle(axis, "spectral entropy, elbows marked")
    axis.set_xlabel("steps t")
    axis.set_ylabel("S(P, t) in nats")
    axis.set_xlim(0, max(min(len(curve.t), 4 * curve.elbow) for curve in curves.values()))
    axis.set_ylim(bottom=0)
    open_frame(axis)
    literal_legend(axis.legend(list(lines), list(lines.values()), frameon=False, loc="upper right"))
