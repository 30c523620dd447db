"""What all figures have in common: distinct colours, text that is drawn as it is, no global state."""

import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from integrated_diffusion.plotting import MAX_CATEGORIES, map_figure
from integrated_diffusion.plotting.palette import CATEGORIES, MISSING, SELECTED, VIEWS
from integrated_diffusion.plotting.style import dot_area, entitle, literal_legend, palette, printable, short, view_color


@pytest.mark.parametrize("n_colors", [1, 10, 11, MAX_CATEGORIES, MAX_CATEGORIES + 1, 60])
def test_every_category_has_its_own_colour(n_colors):
    colors = palette(n_colors)
    assert colors.shape == (n_colors, 3)
    assert len(np.unique(colors, axis=0)) == n_colors


def test_the_palette_has_thirty_colours():
    assert len(set(CATEGORIES)) == 30
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in (*CATEGORIES, *VIEWS, SELECTED, MISSING))


def contrast_with_white(color):
    """Contrast as the Web Content Accessibility Guidelines define it."""
    shares = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05)


@pytest.mark.parametrize("color", [*VIEWS, SELECTED])
def test_lines_and_dots_are_dark_enough(color):
    assert contrast_with_white(color) >= 3


def test_views_have_colours_however_many_they_are():
    assert view_color(0) != view_color(1)
    assert view_color(0) == view_color(6)


def test_long_names_end_in_an_ellipsis():
    assert short("x" * 24) == "x" * 24
    assert short("x" * 25) == "x" * 23 + "…"


def test_characters_that_no_font_draws_are_replaced():
    assert printable("a\x00b\x1b\ud800\tβ\n細") == "a�b���β\n細"
    assert short("\x00" * 30) == "�" * 23 + "…"


def test_more_samples_smaller_dots():
    assert dot_area(10) == 18
    assert dot_area(16_000) == 1
    assert dot_area(10**6) == 0.4
    assert dot_area(0) == 18


@pytest.mark.parametrize("name", ["$x", "$\\frac$", "<b>β</b>", "a_b^c"])
def test_names_are_no_formulas(name):
    figure = Figure()
    axis = figure.subplots()
    entitle(axis, name)
    (line,) = axis.plot([0, 1])
    legend = axis.legend([line], [name], title=name)
    literal_legend(legend)
    figure.draw_without_rendering()  # a formula that cannot be read would raise here
    texts = [axis.title, *legend.get_texts(), legend.get_title()]
    assert [(text.get_text(), text.get_parse_math()) for text in texts] == [(name, False)] * 3


def test_no_setting_of_matplotlib_is_changed():
    before = dict(mpl.rcParams)
    map_figure(np.eye(3), {"kind": np.array(["a", "b", "c"])}).draw_without_rendering()
    assert dict(mpl.rcParams) == before


@pytest.mark.slow
def test_pyplot_is_never_loaded():
    code = """
import sys
import numpy as np
import pandas as pd
from integrated_diffusion import plotting
plotting.map_figure(np.eye(3), {"kind": np.array(["a", "b", "c"]), "number": np.arange(3.0)}).draw_without_rendering()
columns = {"first": ["a"], "second": ["b"], "score": [0.2], "null_mean": [0.1], "excess": [0.1], "q_value": [0.01]}
plotting.association_figure(pd.DataFrame(columns)).draw_without_rendering()
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
