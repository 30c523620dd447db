"""Geometry of the drawings: places on the page go back to the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion.model.stored_record import selection_of
from integrated_diffusion.report import charts
from integrated_diffusion.spectrum.entropy import EntropyCurve


def test_curves_lie_where_their_ticks_say():
    t = np.arange(1, 101)
    curves = {
        "a": EntropyCurve(t, 6 / np.sqrt(t), np.full(100, 0.1), 8),
        "b": EntropyCurve(t, 4 / t, np.zeros(100), 200),
    }
    chart = charts.entropy_chart(curves, {"a": 1, "b": 2})
    (x0, _), (x1, _) = chart.x_ticks[0], chart.x_ticks[-1]
    (y0, _), (y1, _) = chart.y_ticks[0], chart.y_ticks[-1]
    for line, curve in zip(chart.lines, curves.values(), strict=True):
        x, y = np.array([point.split(",") for point in line.points.split()], dtype=float).T
        across = (x - x0) / (x1 - x0) * float(chart.x_ticks[-1][1])
        up = (y - y0) / (y1 - y0) * float(chart.y_ticks[-1][1])
        np.testing.assert_allclose(across, t[: len(x)], atol=0.05)
        np.testing.assert_allclose(up, curve.value[: len(x)], atol=0.01)
    first, second = chart.lines
    assert first.elbow == pytest.approx([float(part) for part in first.points.split()[7].split(",")], abs=0.06)
    assert second.elbow is None  # beyond what is drawn
    assert (first.words, second.words) == ("elbow at t = 8, 1 step taken", "elbow at t = 200, 2 steps taken")
    assert len(first.band.split()) == 2 * len(first.points.split())


@pytest.mark.parametrize("highest", [0.03, 1.0, 4.0, 6.2, 36, 100, 7_000])
def test_ticks_are_few_and_round(highest):
    ticks = charts.round_ticks(highest)
    assert 4 <= len(ticks) <= 12
    assert ticks[0] == 0
    assert highest * 0.7 < ticks[-1] <= highest * 1.0001
    assert f"{ticks[1]:g}".strip("0.")[0] in "125"


def test_walks_are_ordered_by_error_with_the_chosen_marked(plain):
    selection = selection_of(plain.uns["integrated_diffusion"])
    bars = charts.walk_bars(selection)
    errors = [bar.error for bar in bars]
    assert errors == sorted(errors)
    (chosen,) = [bar for bar in bars if bar.chosen]
    assert chosen.error == selection.chosen.error
    assert bars[0].error == selection.candidates[0].error
    assert bars[0].stderr is None  # from itself
    shown = {round(one.error, 12): one.stderr for one in selection.candidates}
    assert all(bar.stderr == shown[round(bar.error, 12)] > 0 for bar in bars[1:])
    dots = np.array([bar.dot for bar in bars])
    low, high = min(bar.start for bar in bars), max(bar.end for bar in bars)
    assert (low, high) == (4, 96)
    np.testing.assert_allclose(np.diff(dots) * np.ptp(errors), np.diff(errors) * np.ptp(dots), atol=2e-3)
    for name in ("rna", "prot"):  # each view alone is among them, if it was tried
        alone = [one for one in selection.candidates if all((t > 0) == (view == name) for view, t in one.steps.items())]
        assert not alone or any(bar.error == alone[0].error for bar in bars)
