"""Pairs stand at their null and score, those found are in colour, and names do not lie on each other."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation, Text
from scipy.optimize import minimize

from integrated_diffusion.plotting import PairPanel, association_figure, pair_figure
from integrated_diffusion.plotting.associations import spread


def table(n_pairs, n_found, seed=0):
    rng = np.random.default_rng(seed)
    null = rng.uniform(0.01, 0.1, n_pairs)
    score = null + rng.uniform(0, 0.01, n_pairs)
    score[:n_found] += rng.uniform(0.30, 0.31, n_found)
    names = [f"$gene_{i}$ <β>" for i in range(n_pairs)]
    columns = {"first": names, "second": names, "score": score, "null_mean": null, "excess": score - null}
    return pd.DataFrame(columns | {"q_value": np.where(np.arange(n_pairs) < n_found, 0.01, 0.5)})


def names_in(axis):
    return [text for text in axis.texts if isinstance(text, Annotation)]


def test_dots_are_the_pairs():
    pairs = table(50, 8)
    (axis,) = association_figure(pairs, "rna and $prot").axes
    others, found = (np.asarray(dots.get_offsets()) for dots in axis.collections)
    np.testing.assert_array_equal(found, pairs[["null_mean", "score"]][:8])
    np.testing.assert_array_equal(others, pairs[["null_mean", "score"]][8:])
    colors = [tuple(dots.get_facecolors()[0]) for dots in axis.collections]
    assert colors[0] != colors[1]
    (line,) = axis.lines
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    assert line.get_xdata()[1] >= axis.get_xlim()[1]
    words = [text.get_text() for text in axis.get_legend().get_texts()]
    assert words[:2] == ["8 of 50 pairs at a false discovery rate of 5%", "42 other pairs"]


def test_those_with_the_largest_excess_are_named_each_at_its_dot():
    pairs = table(50, 20)
    (axis,) = association_figure(pairs, most=5).axes
    best = pairs[:20].sort_values("excess", ascending=False)[:5]
    expected = {f"{pair.first} · {pair.second}": (pair.null_mean, pair.score) for pair in best.itertuples()}
    assert {name.get_text(): name.xy for name in names_in(axis)} == expected
    assert not any(name.get_parse_math() for name in names_in(axis))


@pytest.mark.parametrize("n_found", [1, 2, 12, 40])
def test_names_do_not_lie_on_each_other_and_within_the_picture(n_found):
    figure = association_figure(table(60, n_found))
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(name) for name in names_in(figure.axes[0])]
    assert len(boxes) == min(n_found, 12)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.x1 <= figure.bbox.width and box.y0 >= 0 and box.y1 <= figure.bbox.height for box in boxes)


def test_nothing_found():
    figure = association_figure(table(10, 0))
    figure.draw_without_rendering()
    assert names_in(figure.axes[0]) == []
    assert len(figure.axes[0].collections[1].get_offsets()) == 0


@pytest.mark.parametrize("seed", range(5))
def test_names_move_as_little_as_it_takes(seed):
    wanted = np.sort(np.random.default_rng(seed).uniform(size=8) ** (seed + 1))
    gap = 0.1
    found = spread(wanted, gap)
    apart = [{"type": "ineq", "fun": lambda x, i=i: x[i + 1] - x[i] - gap} for i in range(7)]
    start = np.linspace(0, 1, 8)
    best = minimize(lambda x: ((x - wanted) ** 2).sum(), start, bounds=[(0, 1)] * 8, constraints=apart, tol=1e-12)
    assert best.success
    assert np.diff(found).min() >= gap - 1e-12
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(found, best.x, atol=1e-5)


def test_heights_far_enough_apart_stay():
    np.testing.assert_allclose(spread(np.array([0.0, 0.3, 1.0]), 0.1), [0.0, 0.3, 1.0])


def test_a_pair_in_several_ways():
    rng = np.random.default_rng(0)
    panels = [
        PairPanel("as measured", *rng.normal(size=(2, 30)), 0.1234, 0.01, 0.002),
        PairPanel("jointly, $x", *rng.normal(size=(2, 30)), 0.5, np.nan, np.nan),
    ]
    figure = pair_figure(panels, "CD4 ($\\frac$)", "<CD4> $\\frac$")
    figure.draw_without_rendering()
    for axis, panel in zip(figure.axes, panels, strict=True):
        np.testing.assert_array_equal(axis.collections[0].get_offsets(), np.column_stack([panel.first, panel.second]))
        assert (axis.get_xlabel(), axis.get_ylabel()) == ("CD4 ($\\frac$)", "<CD4> $\\frac$")
    assert [axis.get_title() for axis in figure.axes] == [
        "as measured\n0.123 nats, permutation null 0.01 ± 0.002",
        "jointly, $x\n0.5 nats",
    ]
