"""Colours of categories: chosen by name, by list and by mapping, stored ones, and what is wrong with them."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

from integrated_diffusion.plotting.category_colors import colors_of, stored_colors
from integrated_diffusion.plotting.palette import CATEGORIES

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, CATEGORIES[:3]),
        (["red", "#00ff00", (0, 0, 1)], ["#ff0000", "#00ff00", "#0000ff"]),
        ({"c": "blue", "a": "red", "b": "#00ff00", "d": "black"}, ["#ff0000", "#00ff00", "#0000ff"]),
        (np.array(["red", "lime", "blue", "black"]), ["#ff0000", "#00ff00", "#0000ff"]),
        ("tab10", [to_hex(mpl.colormaps["tab10"](i)) for i in range(3)]),
        ("viridis", [to_hex(mpl.colormaps["viridis"](share)) for share in (0.0, 0.5, 1.0)]),
    ],
)
def test_every_form(chosen, expected):
    assert list(colors_of(NAMES, chosen).items()) == list(zip(NAMES, expected, strict=True))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["red"], "palette: expected 3 colours, one for each category, found 1"),
        ({"a": "red", "b": "red"}, "palette: expected a colour for every category, found none for 'c'"),
        (["red", "blue", "rouge"], "palette: expected colours such as .*, found 'rouge'"),
        ("tab1O", "palette: expected a colour map of matplotlib, found 'tab1O'; try 'tab20'"),
    ],
)
def test_what_is_wrong(chosen, message):
    with pytest.raises(ValueError, match=message):
        colors_of(NAMES, chosen)


def test_a_map_with_too_few_colours():
    with pytest.raises(ValueError, match="expected 11 colours, one for each category, found 10 in 'tab10'"):
        colors_of([str(i) for i in range(11)], "tab10")


def test_stored_colours():
    assert stored_colors(NAMES, np.array(["red", "lime", "blue", "black"])) == colors_of(NAMES, ["red", "lime", "blue"])
    for unusable in (None, "red", ["red", "lime"], ["red", "lime", "rouge"], {"a": "red"}, 3, [b"red"] * 3):
        assert stored_colors(NAMES, unusable) is None
