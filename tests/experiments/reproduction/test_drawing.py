"""Pictures have the panels, lines and numbers they are given."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import METHODS
from experiments.reproduction import drawing

SEEDS = (10, 11, 12)
LEVELS = (0.4, 1.6, 12.8)
OWN = ("alternating", "integrated", "view1 alone")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = [
        {"seed": seed, "noise": level, "method": method, "value": rng.uniform()}
        for level in LEVELS[::-1]
        for seed in SEEDS
        for method in OWN
        if method != "view1 alone" or level < 12
    ]
    return pd.DataFrame(rows)


def texts(artists):
    return [artist.get_text() for artist in artists]


def test_every_method_has_a_colour_of_its_own():
    own = {name: drawing.color_of(name) for name in METHODS}
    assert len(set(own.values())) == len(METHODS)
    assert set(METHODS) <= set(drawing.COLORS)
    assert drawing.color_of("mor alone") == drawing.color_of("mor alone")
    assert all(len(to_rgba(drawing.color_of(name))) == 4 for name in ("view1 alone", "something new"))


def test_curves_are_means_and_standard_errors(table):
    axis = Figure().subplots()
    drawing.curves(axis, table, "noise", ["integrated", "absent", "alternating"], "a title", "accuracy")
    assert (axis.get_title(loc="left"), axis.get_xlabel(), axis.get_ylabel()) == ("a title", "noise", "accuracy")
    assert texts(axis.get_xticklabels()) == ["0.4", "1.6", "12.8"]
    assert texts(axis.get_legend().get_texts()) == ["integrated", "alternating"]
    for container, method in zip(axis.containers, ("integrated", "alternating"), strict=True):
        line, _, (bars,) = container.lines
        by_level = [table[(table["method"] == method) & (table["noise"] == x)]["value"].to_numpy() for x in LEVELS]
        means = np.array([x.mean() for x in by_level])
        errors = np.array([x.std(ddof=1) / np.sqrt(3) for x in by_level])
        np.testing.assert_allclose(line.get_xydata(), np.column_stack([range(3), means]))
        for segment, mean, error in zip(bars.get_segments(), means, errors, strict=True):
            np.testing.assert_allclose(segment[:, 1], [mean - error, mean + error])
        assert line.get_color() == drawing.COLORS[method]
    integrated, alternating = (container.lines[0] for container in axis.containers)
    assert integrated.get_linewidth() > alternating.get_linewidth()


def test_a_method_that_was_not_everywhere_keeps_its_place(table):
    axis = Figure().subplots()
    drawing.curves(axis, table, "noise", ["view1 alone"], "", "")
    found = axis.containers[0].lines[0].get_ydata()
    assert np.isnan(np.asarray(found, dtype=float)).tolist() == [False, False, True]
    assert texts(axis.get_xticklabels()) == ["0.4", "1.6", "12.8"]


@pytest.mark.parametrize(("n", "n_classes"), [(1, 3), (4, 10), (6, 12)])
def test_maps_have_a_panel_a_layout(n, n_classes):
    rng = np.random.default_rng(0)
    layouts = {f"layout {i}": rng.normal(size=(40, 2)) for i in range(n)}
    labels = np.arange(40) % n_classes
    figure = drawing.maps(layouts, labels)
    assert texts(axis.title for axis in figure.axes) == list(layouts)
    figure.draw_without_rendering()  # colours are found when they are needed
    for axis, layout in zip(figure.axes, layouts.values(), strict=True):
        (dots,) = axis.collections
        np.testing.assert_allclose(dots.get_offsets(), layout)
        colors = [tuple(color) for color in dots.get_facecolors()]
        assert len(set(colors)) == n_classes
        assert len(set(zip(colors, labels, strict=True))) == n_classes


def test_heat_map_has_every_number_in_its_place():
    values = pd.DataFrame(
        [[0.1, -0.25, 0.03], [0.0, 0.5, -0.001]], index=["5, local, mean", "15"], columns=["a, b", 3, 8]
    ).rename_axis(index="kernel", columns="neighbours")
    figure = Figure()
    axis = figure.subplots()
    drawing.heat_map(axis, values, "a claim", asked=0.03)
    found = {text.get_position(): text.get_text() for text in axis.texts}
    assert found == {(j, i): f"{values.iloc[i, j]:+.3f}" for i in range(2) for j in range(3)}
    assert found[1, 0] == "-0.250"
    assert texts(axis.get_xticklabels()) == ["a\nb", "3", "8"]
    assert texts(axis.get_yticklabels()) == ["5\nlocal\nmean", "15"]
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_title(loc="left")) == ("neighbours", "kernel", "a claim")
    (image,) = axis.images
    colors = image.to_rgba(values.to_numpy())
    red, blue = colors[..., 0], colors[..., 2]
    clear = np.abs(values.to_numpy() - 0.03) > 0.02
    np.testing.assert_array_equal((blue > red)[clear], (values.to_numpy() > 0.03)[clear])
    np.testing.assert_allclose(colors[0, 2, :3], colors[0, 2, 0], atol=0.02)  # just what is asked: neither


def test_small_margins_stay_pale():
    axis = Figure().subplots()
    drawing.heat_map(axis, pd.DataFrame([[0.001, -0.001]]), "")
    assert axis.images[0].get_clim() == (-0.02, 0.02)
