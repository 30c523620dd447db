"""Each dot lies where its sample lies and has the colour of its label."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from integrated_diffusion.plotting import map_figure
from integrated_diffusion.plotting.maps import MAX_IN_LEGEND, Colors
from integrated_diffusion.plotting.style import GREY, PLAIN

N = 40


@pytest.fixture
def coordinates():
    return np.random.default_rng(0).normal(size=(N, 3))


def dots(axis):
    """Place and colour of every dot, from the lowest to the highest."""
    found = axis.collections[0]
    return np.asarray(found.get_offsets()), np.asarray(found.get_facecolors())[:, :3]


def colors_by_sample(axis, coordinates):
    """Colour drawn at each sample's place."""
    places, colors = dots(axis)
    rows = [int(np.flatnonzero((places == place).all(axis=1))[0]) for place in coordinates[:, :2]]
    return colors[rows]


def legend_of(axis):
    """Colour by word of a panel's legend."""
    legend = axis.get_legend()
    words = [text.get_text() for text in legend.get_texts()]
    return {word: to_rgb(line.get_color()) for word, line in zip(words, legend.legend_handles, strict=True)}


def test_numbers_have_the_colour_of_the_bar(coordinates):
    numbers = np.random.default_rng(1).uniform(-3, 5, N).astype(np.float32)
    figure = map_figure(coordinates, {"a $gene$": numbers})
    (axis,) = figure.axes
    (bar,) = axis.child_axes
    share = (numbers.astype(np.float64) - numbers.min()) / (numbers.max() - numbers.min())
    expected = mpl.colormaps["viridis"](share)[:, :3]
    np.testing.assert_allclose(colors_by_sample(axis, coordinates), expected, atol=1e-12)
    assert bar.get_ylim() == (numbers.min(), numbers.max())
    assert axis.get_title() == "a $gene$"


def test_categories_have_the_colour_of_the_legend(coordinates):
    labels = np.array([f"$c_{i % 12}$ <β>" for i in range(N)])
    figure = map_figure(coordinates, {"kind": labels})
    figure.draw_without_rendering()
    (axis,) = figure.axes
    legend = legend_of(axis)
    assert list(legend) == [f"$c_{i}$ <β>" for i in range(12)]  # 2 before 10
    np.testing.assert_allclose(colors_by_sample(axis, coordinates), [legend[label] for label in labels])


@pytest.mark.parametrize(
    "labels",
    [
        np.where(np.arange(N) % 4 == 0, None, "x"),
        np.where(np.arange(N) % 4 == 0, np.nan, np.arange(N)),
        np.where(np.arange(N) % 4 == 0, np.inf, np.arange(N)),
    ],
)
def test_missing_labels_are_grey_and_below(coordinates, labels):
    missing = np.arange(N) % 4 == 0
    (axis,) = map_figure(coordinates, {"label": labels}).axes
    grey = (colors_by_sample(axis, coordinates) == to_rgb(GREY)).all(axis=1)
    np.testing.assert_array_equal(grey, missing)
    in_order = (dots(axis)[1] == to_rgb(GREY)).all(axis=1)
    assert in_order[: missing.sum()].all()
    if labels.dtype.kind == "O":
        assert legend_of(axis)["missing"] == to_rgb(GREY)
    else:
        assert axis.get_xlabel() == f"grey: {missing.sum()} missing"
        assert axis.child_axes[0].get_ylim() == (1, 39)


def test_nothing_is_known(coordinates):
    (axis,) = map_figure(coordinates, {"label": np.full(N, np.nan)}).axes
    assert (dots(axis)[1] == to_rgb(GREY)).all()
    assert axis.child_axes[0].get_ylim() == (0, 1)
    (axis,) = map_figure(coordinates, {"label": np.full(N, None)}).axes
    assert legend_of(axis) == {"missing": to_rgb(GREY)}


def test_one_number_everywhere(coordinates):
    figure = map_figure(coordinates, {"label": np.full(N, 2.0)})
    figure.draw_without_rendering()
    assert len(np.unique(dots(figure.axes[0])[1], axis=0)) == 1


def test_without_labels_all_samples_have_one_colour(coordinates):
    (axis,) = map_figure(coordinates, {}).axes
    np.testing.assert_allclose(colors_by_sample(axis, coordinates), np.tile(to_rgb(PLAIN), (N, 1)))
    assert axis.get_legend() is None


@pytest.mark.parametrize(("n_labels", "shape"), [(1, (1, 1)), (3, (1, 3)), (4, (2, 2)), (5, (2, 3))])
def test_a_panel_for_each_way_to_colour(coordinates, n_labels, shape):
    figure = map_figure(coordinates, {f"label {i}": np.arange(N) % (i + 2) for i in range(n_labels)})
    assert [axis.get_title() for axis in figure.axes[:n_labels]] == [f"label {i}" for i in range(n_labels)]
    assert figure.axes[0].get_gridspec().get_geometry() == shape
    assert [axis.axison for axis in figure.axes] == [i < n_labels for i in range(shape[0] * shape[1])]


def test_a_legend_of_very_many_names_ends_in_how_many_more():
    labels = np.array([f"cell {i}" for i in range(3 * MAX_IN_LEGEND)])
    entries = Colors.of(labels).entries()
    assert len(entries) == MAX_IN_LEGEND + 1
    assert list(entries)[-1] == f"… {2 * MAX_IN_LEGEND} more"
    assert len(Colors.of(labels).names) == 3 * MAX_IN_LEGEND


def test_a_long_legend_makes_the_picture_wider_and_the_map_no_smaller():
    coordinates = np.random.default_rng(0).normal(size=(60, 2))
    widths = []
    for n_names in (3, 60):
        figure = map_figure(
            coordinates, {"kind": np.array([f"a name of some length {i % n_names}" for i in range(60)])}
        )
        figure.draw_without_rendering()
        axis = figure.axes[0]
        widths.append(axis.get_window_extent().width)
        legend = axis.get_legend().get_window_extent()
        assert legend.x1 <= figure.bbox.width
    assert widths[1] > 0.8 * widths[0]


def test_numbers_within_names_are_in_their_own_order():
    names = list(Colors.of(np.array(["10", "9", "b2", "b10", "b", "1a", "01"])).names)
    assert names == ["01", "1a", "9", "10", "b", "b2", "b10"]
