"""Lines, bands and dots are the curves they stand for."""

import numpy as np
import pytest

from integrated_diffusion import EntropyCurve, Spectrum, entropy_curve
from integrated_diffusion.plotting import entropy_figure


def test_lines_are_the_curves():
    rng = np.random.default_rng(0)
    curves = {name: entropy_curve(Spectrum.of(rng.uniform(size=30))) for name in ("$\\frac$", "atac")}
    figure = entropy_figure(curves, {"$\\frac$": 1, "atac": 3})
    figure.draw_without_rendering()
    (axis,) = figure.axes
    lines, dots = axis.lines[::2], axis.lines[1::2]
    for line, dot, curve in zip(lines, dots, curves.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), curve.t)
        np.testing.assert_array_equal(line.get_ydata(), curve.value)
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (curve.elbow, curve.value[curve.elbow - 1])
        assert dot.get_color() == line.get_color()
    assert lines[0].get_color() != lines[1].get_color()
    legend = axis.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        f"{name}: t = {t}, elbow at {curve.elbow}" for (name, curve), t in zip(curves.items(), (1, 3), strict=True)
    ]
    assert [handle.get_color() for handle in legend.legend_handles] == [line.get_color() for line in lines]


def test_the_band_is_twice_the_standard_error():
    t = np.arange(1, 11)
    curve = EntropyCurve(t, 5.0 / t, np.full(10, 0.1), 4)
    (axis,) = entropy_figure({"rna": curve}, {"rna": 2}).axes
    heights = axis.collections[0].get_paths()[0].vertices
    assert {round(float(y), 9) for x, y in heights if x == 5} == {0.8, 1.2}


def test_an_elbow_beyond_the_curve_is_not_marked():
    t = np.arange(1, 11)
    (axis,) = entropy_figure({"rna": EntropyCurve(t, 5.0 / t, np.zeros(10), 40)}, {"rna": 2}).axes
    assert len(axis.lines) == 1
    assert axis.get_xlim() == pytest.approx((0, 10))
