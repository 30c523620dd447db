"""Time and peak memory against the number of samples, both on logarithmic scales, every line named at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from experiments.performance.measures import stages
from experiments.performance.methods import paper
from experiments.performance.subjects import LADDER
from experiments.performance.tables import Results
from experiments.study.pictures import FAINT, INK, save

OWN = ("#d55e00", "#0072b2")
OTHERS = ("#000000", "#cc79a7", "#009e73", "#3b97d3", "#b97f00", "#5f6b78", "#8c6bb1", "#6b4f2a")
"""Told apart with every kind of sight (after Okabe and Ito 2008, some darker for text); lines have names as well."""
MARKERS = "osD^vPX*<>"
_LABEL_HEIGHT = 0.045  # of the axis
_REACH = 1.35
"""Where names begin, as a multiple of the largest number of samples."""


def draw(found: Results, names: Sequence[str], own: Sequence[str], path: Path) -> Path:
    """Draw the picture.

    Parameters
    ----------
    found
        What was measured.
    names
        Methods, in order.
    own
        Those among them that are this package.
    path
        The picture, written whole or not at all.
    """
    figure = Figure(figsize=(12.5, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    styles = _styles(names, own)
    curves(left, {name: _line(found, name, "seconds") for name in names}, styles, "seconds")
    curves(right, {name: _line(found, name, "gigabytes") for name in names}, styles, "peak memory, GB")
    return save(figure, path)


def _line(found: Results, name: str, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """A method's runs; where the method as published was run stage by stage only, the stages together."""
    n_samples, values = found.curve(name, measure)
    if name != paper.SUBJECT.name:
        return n_samples, values
    more, further = found.curve(stages.SUBJECT.name, f"fit: {measure}")
    beyond = more > n_samples.max(initial=0)
    return np.append(n_samples, more[beyond]), np.append(values, further[beyond])


def curves(
    axis: Axes,
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    styles: Mapping[str, tuple[str, str, float]],
    title: str,
) -> None:
    """Draw one line a method, and its name on the right.

    Parameters
    ----------
    axis
        Where to draw.
    lines
        Numbers of samples and values, by method; those without values are left out.
    styles
        Colour, marker and width of each.
    title
        What the values are.
    """
    axis.set_xscale("log")
    axis.set_yscale("log")
    drawn = {name: line for name, line in lines.items() if len(line[0])}
    for name, (n_samples, values) in drawn.items():
        color, marker, width = styles[name]
        axis.plot(n_samples, values, color=color, marker=marker, linewidth=width, markersize=2.5 + width, label=name)
    axis.set_xlim(LADDER[0] / 1.3, LADDER[-1] * 1.15)
    axis.set_xticks(LADDER, [_short(n) for n in LADDER])
    axis.minorticks_off()
    axis.set_xlabel("samples")
    axis.set_title(title, loc="left", fontsize=11, color=INK)
    axis.grid(color=FAINT, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    low, high = np.log10(axis.get_ylim())
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high - low < 2.5 else (1,)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _name(axis, drawn, styles)


def _name(
    axis: Axes,
    drawn: Mapping[str, tuple[np.ndarray, np.ndarray]],
    styles: Mapping[str, tuple[str, str, float]],
) -> None:
    """Write names in one column beside the axis, in the order of the lines' ends, none over another."""
    if not drawn:
        return
    low, high = np.log10(axis.get_ylim())
    ends = {name: (np.log10(values[-1]) - low) / (high - low) for name, (_, values) in drawn.items()}
    for name, height in apart(ends, _LABEL_HEIGHT).items():
        n_samples, values = drawn[name]
        color, _, width = styles[name]
        axis.annotate(
            name,
            (n_samples[-1], values[-1]),
            (LADDER[-1] * _REACH, 10 ** (low + height * (high - low))),
            color=color,
            fontsize=9,
            fontweight="bold" if width > 2 else "normal",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5, "alpha": 0.6, "shrinkA": 2, "shrinkB": 4},
        )


def apart(heights: Mapping[str, float], least: float) -> dict[str, float]:
    """Move heights as little as needed to be at least so far apart, in their order.

    Parameters
    ----------
    heights
        Wanted heights by name, between 0 and 1.
    least
        Smallest distance of two.
    """
    names = sorted(heights, key=lambda name: heights[name])
    placed = [heights[name] for name in names]
    for _ in range(200):
        for i in range(len(placed) - 1):
            short = least - (placed[i + 1] - placed[i])
            if short > 0:
                placed[i] -= short / 2
                placed[i + 1] += short / 2
    return dict(zip(names, placed, strict=True))


def _styles(names: Sequence[str], own: Sequence[str]) -> dict[str, tuple[str, str, float]]:
    others = [name for name in names if name not in own]
    colors = dict(zip(own, OWN, strict=False)) | {n: OTHERS[i % len(OTHERS)] for i, n in enumerate(others)}
    return {
        name: (colors[name], MARKERS[i % len(MARKERS)], 2.6 if name in own else 1.4) for i, name in enumerate(names)
    }


def _short(n_samples: int) -> str:
    return f"{n_samples // 1_000_000}M" if n_samples >= 1_000_000 else f"{n_samples // 1_000}k"
