"""Where a drawing goes: shown once, returned, drawn on given axes; pyplot and other threads are left alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from integrated_diffusion.plotting import Drawing, Showing


def drawing(n_panels=1):
    return Drawing(lambda axes: [axis.plot([0, 1]) for axis in axes], n_panels, (3.0, 2.0), n_panels)


@pytest.fixture(autouse=True)
def no_figures_are_left():
    plt.close("all")
    yield
    plt.close("all")


@pytest.fixture
def displayed(monkeypatch):
    """What a notebook's backend was asked to display."""
    inline = pytest.importorskip("matplotlib_inline.backend_inline")
    figures = []
    monkeypatch.setattr(inline, "display", lambda figure, **_: figures.append(figure))
    before = mpl.get_backend()
    plt.switch_backend("module://matplotlib_inline.backend_inline")
    yield figures
    plt.switch_backend(before)


def test_a_notebook_shows_one_figure_and_gets_nothing_back(displayed):
    assert Showing().of(drawing()) is None
    assert len(displayed) == 1
    assert plt.get_fignums() == []  # the end of the cell shows no second one


def test_a_notebook_gets_axes_to_go_on_with(displayed):
    axis = Showing(show=False).of(drawing())
    assert isinstance(axis, Axes)
    assert not displayed
    assert plt.get_fignums() == [1]
    plt.show()
    assert displayed == [axis.figure]


def test_a_figure_that_is_returned_is_not_shown(displayed):
    figure = Showing(return_fig=True).of(drawing())
    assert isinstance(figure, Figure)
    assert (displayed, plt.get_fignums()) == ([], [])


def test_given_axes_are_drawn_on_and_returned(displayed):
    figure, axes = plt.subplots(1, 2)
    assert Showing(ax=axes[0]).of(drawing()) is axes[0]
    assert Showing(ax=axes).of(drawing(2)) == list(axes)
    assert [len(axis.lines) for axis in axes] == [2, 1]
    assert Showing(ax=axes[1], return_fig=True).of(drawing()) is figure
    assert not displayed
    assert Showing(ax=axes[1], show=True).of(drawing()) is None
    assert displayed == [figure]


def test_axes_of_a_figure_in_a_figure():
    figure = Figure()
    axis = figure.subfigures(1, 2)[0].subplots()
    assert Showing(ax=axis, return_fig=True).of(drawing()) is figure


def test_where_nothing_shows_figures_they_are_returned():
    assert isinstance(Showing().of(drawing()), Figure)
    assert plt.get_fignums() == []
    assert Showing(show=True).of(drawing()) is None
    assert plt.get_fignums() == []


def test_other_threads_leave_pyplot_alone(displayed):
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda show: Showing(show).of(drawing(2)), [None, False, True] * 4))
    assert [type(one) for one in found] == [Figure, list, type(None)] * 4
    assert (displayed, plt.get_fignums()) == ([], [])


def test_a_figure_is_kept_before_it_is_shown(displayed):
    kept = []
    Showing().of(drawing(), lambda figure: kept.append((figure, list(displayed))))
    assert [(type(figure), shown) for figure, shown in kept] == [(Figure, [])]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ax": "here"}, TypeError, "ax: expected axes of matplotlib, or a list of them, found str"),
        ({"ax": [Figure()]}, TypeError, "ax: expected axes of matplotlib, or a list of them, found Figure"),
        ({"ax": Figure().subplots(1, 3)}, ValueError, "ax: expected 2 axes, one for each panel, found 3"),
        ({"show": True, "return_fig": True}, ValueError, "either show=True or return_fig=True, found both"),
    ],
)
def test_errors_are_one_line(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        Showing(**arguments).of(drawing(2))
    assert "\n" not in str(caught.value)


def test_the_layout_is_the_drawings():
    figure = drawing(2).figure()
    np.testing.assert_allclose(figure.get_size_inches(), (3, 2))
    assert len(figure.axes) == 2


@pytest.mark.slow
def test_a_figure_that_is_returned_needs_no_pyplot():
    code = """
import sys
from integrated_diffusion.plotting import Drawing, Showing
Showing(return_fig=True).of(Drawing(lambda axes: None, 1, (2, 2)))
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
