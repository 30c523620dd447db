"""Pictures: maps of samples and curves of entropy, the only place where matplotlib is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from integrated_diffusion.entropy import EntropyCurve
from integrated_diffusion.selection import Candidate, Selection

MAX_CATEGORIES = 20
_INK = "#30343b"
_VIEW_COLORS = ("#c2553a", "#2f6f9f", "#5b8c3e", "#8a5fa8", "#b58a1f", "#4d9a95")


def picture(
    maps: Mapping[str, np.ndarray],
    curves: Mapping[str, EntropyCurve],
    steps: Mapping[str, int],
    title: str,
    labels: np.ndarray | None = None,
    labels_title: str = "",
    selection: Selection | None = None,
) -> Figure:
    """Draw maps side by side and the entropy curves beside them; and what cross-validation found, if it was asked.

    Parameters
    ----------
    maps
        Coordinates `(n_samples, 2)` or more, by title.
    curves
        Entropy curves by view.
    steps
        Steps by view, for the legend.
    title
        Above everything.
    labels
        A category or number for each sample, shape `(n_samples,)`; without it the first coordinate gives the colour.
    labels_title
        What the labels are.
    selection
        Walks that were tried and how well they predicted.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_panels = len(maps) + 1 + (selection is not None)
    n_columns = n_panels if n_panels < 4 else -(-n_panels // 2)
    n_rows = -(-n_panels // n_columns)
    size = (4.8 * n_columns + (1.2 if labels is not None else 0), 4.1 * n_rows + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis, (name, coordinates) in zip(axes, maps.items(), strict=False):
        _draw_map(axis, coordinates, labels)
        axis.set_title(name, fontsize=11, color=_INK, parse_math=False)
    _draw_entropy(axes[len(maps)], curves, steps)
    if selection is not None:
        _draw_selection(axes[len(maps) + 1], selection)
    for axis in axes[n_panels:]:
        axis.set_axis_off()
    if labels is not None:
        _explain_labels(figure, axes[len(maps) - 1], labels, labels_title)
    figure.suptitle(title, fontsize=13, color=_INK, x=0.01, ha="left", parse_math=False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    figure.savefig(path, format="png", dpi=130, facecolor="white")


def is_categorical(labels: np.ndarray) -> bool:
    """Whether labels are names, or few enough whole numbers to be treated as such."""
    labels = np.asarray(labels)
    if labels.dtype.kind in "OUSTb":
        return True
    return labels.dtype.kind in "iu" and len(np.unique(labels)) <= MAX_CATEGORIES


def _draw_map(axis: Axes, coordinates: np.ndarray, labels: np.ndarray | None) -> None:
    n_samples = len(coordinates)
    color = coordinates[:, 0] if labels is None else _colors(labels)
    order = np.random.default_rng(0).permutation(n_samples)  # no group is painted over by the ones after it
    axis.scatter(
        coordinates[order, 0],
        coordinates[order, 1],
        c=color[order],
        cmap="viridis" if color.ndim == 1 else None,
        s=float(np.clip(16_000 / n_samples, 0.4, 18)),
        linewidths=0,
        alpha=0.85,
        rasterized=True,
    )
    axis.set_aspect("equal", adjustable="datalim")
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def _draw_entropy(axis: Axes, curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> None:
    lines = {}
    for i, (name, curve) in enumerate(curves.items()):
        color = _VIEW_COLORS[i % len(_VIEW_COLORS)]
        count = steps[name]
        (line,) = axis.plot(curve.t, curve.value, color=color, lw=2)
        lines[f"{name}: {count} step{'s' * (count != 1)}"] = line
        axis.fill_between(
            curve.t, curve.value - 2 * curve.stderr, curve.value + 2 * curve.stderr, color=color, alpha=0.2, lw=0
        )
        if curve.elbow <= len(curve.t):
            axis.plot(curve.elbow, curve.value[curve.elbow - 1], "o", ms=8, color=color, mec="white", mew=1.5)
    axis.set_title("spectral entropy, elbows marked", fontsize=11, color=_INK)
    axis.set_xlabel("steps t")
    axis.set_ylabel("S(P, t) in nats")
    axis.set_xlim(0, max(min(len(curve.t), 4 * curve.elbow) for curve in curves.values()))
    axis.set_ylim(bottom=0)
    axis.spines[["top", "right"]].set_visible(False)
    _literal(axis.legend(lines.values(), lines.keys(), frameon=False, loc="upper right"))


def _draw_selection(axis: Axes, selection: Selection, most: int = 10) -> None:
    """Draw the errors of the chosen walk, of each view alone and of the best others."""
    tried = selection.candidates
    alone: dict[str, Candidate] = {}
    for candidate in tried:  # the least error first
        walking = [name for name, t in candidate.steps.items() if t]
        if len(walking) == 1:
            alone.setdefault(walking[0], candidate)
    shown = {_words(candidate): candidate for candidate in (selection.chosen, *alone.values(), *tried)}
    drawn = sorted(list(shown.items())[:most], key=lambda named: -named[1].error)
    for y, (words, candidate) in enumerate(drawn):
        chosen = words == _words(selection.chosen)
        color = _VIEW_COLORS[0] if chosen else _INK
        axis.errorbar(candidate.error, y, xerr=candidate.stderr, fmt="o", color=color, ms=9 if chosen else 5, capsize=2)
    axis.set_yticks(range(len(drawn)), [words for words, _ in drawn], fontsize=9)
    for label in axis.get_yticklabels():
        label.set_parse_math(False)
    axis.set_title("error about what was held out, choice in red", fontsize=11, color=_INK)
    axis.set_xlabel("share of the error of the mean sample\n± standard error of the difference from the best")
    axis.spines[["top", "right"]].set_visible(False)


def _words(candidate: Candidate) -> str:
    steps = ", ".join(f"{_short(name, 12)} {t}" for name, t in candidate.steps.items() if t)
    rounds = f" × {candidate.rounds}" if candidate.rounds > 1 else ""
    return steps + rounds + (f", by trust^{candidate.sharpness:g}" if candidate.sharpness else "")


def _colors(labels: np.ndarray) -> np.ndarray:
    if not is_categorical(labels):
        return np.asarray(labels, dtype=np.float64)
    names, codes = np.unique(np.asarray(labels).astype(str), return_inverse=True)
    return _palette(len(names))[codes]


def _palette(n_colors: int) -> np.ndarray:
    if n_colors <= 10:
        return mpl.colormaps["tab10"](np.arange(n_colors))[:, :3]
    if n_colors <= MAX_CATEGORIES:
        return mpl.colormaps["tab20"](np.arange(n_colors))[:, :3]
    return mpl.colormaps["gist_rainbow"](np.linspace(0, 1, n_colors))[:, :3]


def _explain_labels(figure: Figure, axis: Axes, labels: np.ndarray, title: str) -> None:
    if not is_categorical(labels):
        numbers = np.asarray(labels, dtype=np.float64)
        scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(numbers.min(), numbers.max()), "viridis")
        bar = figure.colorbar(scale, ax=axis, shrink=0.7)
        bar.ax.set_ylabel(title, parse_math=False)
        return
    names = np.unique(np.asarray(labels).astype(str))
    dots = [
        mpl.lines.Line2D([], [], marker="o", ls="", ms=6, color=color)
        for _, color in zip(names, _palette(len(names)), strict=True)
    ]
    words = [_short(name) for name in names]
    _literal(figure.legend(dots, words, title=title, loc="outside right center", frameon=False, fontsize=9))


def _literal(legend: Legend) -> None:
    """Names come from files: a dollar sign in one is no formula."""
    for text in (*legend.get_texts(), legend.get_title()):
        text.set_parse_math(False)


def _short(name: str, limit: int = 24) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"
