"""Drawings that need no script: curves of entropy, and the walks that were tried, as geometry for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from integrated_diffusion.selection import Candidate, Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve

WIDTH, HEIGHT = 520, 300
"""Of the drawing, in its own units; margins included."""
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 10, 40
_INK = ("#0072b2", "#900000", "#8a7a10", "#007a48", "#850059", "#7a4e43")
_MOST_WALKS = 12


@dataclass(frozen=True)
class Line:
    """One view's curve: points, the band of two standard errors, and its elbow, if that lies in the drawing."""

    name: str
    colour: str
    points: str
    band: str
    elbow: tuple[float, float] | None
    words: str


@dataclass(frozen=True)
class Chart:
    """Lines, and the ticks of both axes as places and words."""

    lines: tuple[Line, ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Bar:
    """A walk that was tried: its words, its error, and where dot and whiskers lie, in percent of the width.

    The standard error is that of the difference from the best walk, which has none from itself.
    """

    words: str
    error: float
    stderr: float | None
    dot: float
    start: float
    end: float
    chosen: bool


def entropy_chart(curves: Mapping[str, EntropyCurve], steps: Mapping[str, int]) -> Chart:
    """Lay out the entropy curves up to four times the largest elbow.

    Parameters
    ----------
    curves
        By view.
    steps
        Steps of the joint walk by view, for the words.
    """
    last = max(min(len(curve.t), 4 * curve.elbow) for curve in curves.values())
    highest = max(float((curve.value + 2 * curve.stderr)[:last].max()) for curve in curves.values())
    x_ticks, y_ticks = round_ticks(last), round_ticks(highest)

    def across(t: np.ndarray | float) -> np.ndarray:
        return LEFT + (WIDTH - LEFT - RIGHT) * np.asarray(t) / last

    def up(value: np.ndarray | float) -> np.ndarray:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * np.asarray(value) / highest

    lines = []
    for i, (name, curve) in enumerate(curves.items()):
        t, value, stderr = curve.t[:last], curve.value[:last], curve.stderr[:last]
        band = np.r_[up(value + 2 * stderr), up(value - 2 * stderr)[::-1]]
        elbow = None
        if curve.elbow <= len(t):
            elbow = (round(float(across(curve.elbow)), 1), round(float(up(value[curve.elbow - 1])), 1))
        words = f"elbow at t = {curve.elbow}, {steps[name]} step{'s' * (steps[name] != 1)} taken"
        points = _points(across(t), up(value))
        outline = _points(np.r_[across(t), across(t)[::-1]], band)
        lines.append(Line(name, _INK[i % len(_INK)], points, outline, elbow, words))
    return Chart(
        tuple(lines),
        tuple((round(float(across(tick)), 1), f"{tick:g}") for tick in x_ticks),
        tuple((round(float(up(tick)), 1), f"{tick:g}") for tick in y_ticks),
    )


def walk_bars(selection: Selection) -> tuple[Bar, ...]:
    """Lay out the errors of the chosen walk, of the best walk in each view alone, and of the best others.

    Parameters
    ----------
    selection
        What was tried, the least error first.
    """
    alone: dict[str, Candidate] = {}
    for candidate in selection.candidates:
        walking = [name for name, t in candidate.steps.items() if t]
        if len(walking) == 1:
            alone.setdefault(walking[0], candidate)
    shown = {str(one): one for one in (selection.chosen, *alone.values(), *selection.candidates)}
    best = str(selection.candidates[0])
    drawn = sorted(list(shown.values())[:_MOST_WALKS], key=lambda one: one.error)
    low = min(one.error - one.stderr for one in drawn)
    span = max(one.error + one.stderr for one in drawn) - low or 1.0

    def place(value: float) -> float:
        return round(4 + 92 * (value - low) / span, 2)

    return tuple(
        Bar(
            _words(one),
            one.error,
            None if str(one) == best else one.stderr,
            place(one.error),
            place(one.error - one.stderr),
            place(one.error + one.stderr),
            str(one) == str(selection.chosen),
        )
        for one in drawn
    )


def round_ticks(highest: float) -> Sequence[float]:
    """Return four to eight round numbers from zero to `highest`."""
    step = 10.0 ** np.floor(np.log10(highest / 4))
    step *= max(factor for factor in (1, 2, 5) if highest / (factor * step) >= 4)
    return [float(tick) for tick in np.arange(0, highest * 1.0001, step)]


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _words(walk: Candidate) -> str:
    steps = ", ".join(f"{name} {t}" for name, t in walk.steps.items() if t)
    n_repeats = f", {walk.n_repeats} rounds" if walk.n_repeats > 1 else ""
    return steps + n_repeats + (", by trust" if walk.weight_exponent else "")
