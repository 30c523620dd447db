"""A cell is known by its key, the same in every run; a scale chooses levels and never loses the ends."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from experiments.reproduction.settings import FULL, QUICK
from experiments.study.cells import Cell, Scale
from experiments.study.data import EMBEDDED, MNIST

CELL = Cell("noise", 3, 200, (("images", "8 x 8 digits"), ("noise", 0.4)))
OTHERS = (
    replace(CELL, experiment="tree"),
    replace(CELL, seed=4),
    replace(CELL, n_samples=201),
    replace(CELL, condition=(("images", "MNIST"), ("noise", 0.4))),
    replace(CELL, condition=(("images", "8 x 8 digits"), ("noise", 0.8))),
    replace(CELL, condition=(("images", "8 x 8 digits"), ("noise", "0.4"))),
    replace(CELL, condition=(("images", "8 x 8 digits"), ("other", 0.4))),
    replace(CELL, condition=(("images", "8 x 8 digits"),)),
    replace(CELL, condition=()),
)


def test_key_is_written_as_it_was_in_the_journals_of_before():
    assert CELL.key == '["noise", 3, 200, [["images", "8 x 8 digits"], ["noise", 0.4]]]'
    assert json.loads(CELL.key) == ["noise", 3, 200, [["images", "8 x 8 digits"], ["noise", 0.4]]]


def test_equal_cells_have_one_key_and_others_another():
    assert replace(CELL).key == CELL.key
    assert len({cell.key for cell in (CELL, *OTHERS)}) == 1 + len(OTHERS)


def test_condition_by_name():
    assert CELL["images"] == "8 x 8 digits"
    assert CELL.number("noise") == 0.4
    assert replace(CELL, condition=(("neighbours", 5),)).number("neighbours") == 5.0
    with pytest.raises(ValueError, match="could not convert"):
        CELL.number("images")
    with pytest.raises(KeyError, match="colour"):
        CELL["colour"]


@pytest.mark.parametrize("n_levels", range(2, 12))
@pytest.mark.parametrize("n", range(1, 12))
def test_thin_keeps_order_and_both_ends(n, n_levels):
    levels = tuple(range(n))
    chosen = Scale("some", "MNIST", (0,), (0,), 10, n_levels).levels(levels)
    assert (chosen[0], chosen[-1]) == (0, n - 1)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(n, n_levels)
    gaps = {b - a for a, b in pairwise(chosen)}
    assert len(gaps) < 2 or max(gaps) - min(gaps) <= 1


def test_the_last_level_is_in_whatever_the_step_is_rounded_to():
    for n in range(2, 100):
        for n_levels in range(2, n):
            assert Scale("some", "MNIST", (0,), (0,), 10, n_levels).levels(tuple(range(n)))[-1] == n - 1


def test_full_keeps_every_level_and_quick_the_last():
    levels = (0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
    assert FULL.levels(levels) == levels
    assert QUICK.levels(levels) == (12.8,)


def test_what_is_reported_was_not_searched_on():
    assert FULL.search_seeds == tuple(range(4))
    for scale in (FULL, QUICK):
        assert not set(scale.seeds) & set(range(10))  # all that the settings were found on
        assert set(scale.search_seeds) <= set(range(10))


def test_images_come_from_where_they_are_known():
    assert (FULL.images, QUICK.images) == (MNIST, EMBEDDED)
