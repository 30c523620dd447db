"""Every experiment has work to do at each scale, on the seeds that are its own."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import METHODS
from experiments.reproduction.figures import EXPERIMENTS, denoising, growing, many_views
from experiments.reproduction.settings import FULL, QUICK
from experiments.study.data import EMBEDDED, MNIST, UCI

SWEEPS = {"sensitivity", "torn_branches", "invented_clusters"}
"""On the seeds that the settings were found on; nothing is claimed from them."""

EVERY = pytest.mark.parametrize("name", EXPERIMENTS)
FOLDER = Path(inspect.getfile(EXPERIMENTS["global_noise"].measure)).parent


def test_there_is_a_file_and_a_text_for_every_experiment():
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == set(EXPERIMENTS)
    texts = {path.stem for path in (FOLDER.parent / "text").glob("*.md")}
    assert texts == files | {"introduction"}
    assert set(EXPERIMENTS) >= SWEEPS


@EVERY
def test_names_match(name):
    experiment = EXPERIMENTS[name]
    assert experiment.name == name
    assert experiment.measure.__module__ == f"experiments.reproduction.figures.{name}"
    assert experiment.measure.__qualname__ == "measure"  # workers find it by this
    for scale in (FULL, QUICK):
        assert {cell.experiment for cell in experiment.cells(scale)} == {name}


@EVERY
@pytest.mark.parametrize("scale", [FULL, QUICK], ids=lambda scale: scale.name)
def test_cells_have_keys_of_their_own(name, scale):
    cells = EXPERIMENTS[name].cells(scale)
    assert cells
    assert len({cell.key for cell in cells}) == len(cells)
    assert [cell.key for cell in EXPERIMENTS[name].cells(scale)] == [cell.key for cell in cells]
    assert len({tuple(condition for condition, _ in cell.condition) for cell in cells}) == 1  # one column each
    conditions = {condition for condition, _ in cells[0].condition}
    assert not conditions & {"seed", "n_samples", "method", "score", "value"}


@EVERY
def test_what_is_reported_is_on_other_seeds_than_the_sweeps(name):
    seeds = {cell.seed for cell in EXPERIMENTS[name].cells(FULL)}
    if name in SWEEPS:
        assert seeds == set(range(4))
    elif name == "learning":  # shown, not tested
        assert seeds <= set(range(10, 20))
    else:
        assert seeds == set(range(10, 20))


@EVERY
def test_quick_needs_no_file(name):
    for cell in EXPERIMENTS[name].cells(QUICK):
        assert not {MNIST, UCI} & set(dict(cell.condition).values())
        assert cell.n_samples <= 600
    assert EMBEDDED not in {value for cell in EXPERIMENTS[name].cells(FULL) for _, value in cell.condition}


@EVERY
def test_quick_is_full_with_less(name):
    quick, full = (EXPERIMENTS[name].cells(scale) for scale in (QUICK, FULL))
    assert len(quick) < len(full)
    for condition, _ in full[0].condition:
        if condition not in ("images", "source"):
            values = [cell[condition] for cell in full]
            assert {cell[condition] for cell in quick} <= set(values)


def test_seeds_of_many_views_differ_in_the_digits_drawn():
    assert {cell.n_samples for cell in many_views.cells(FULL)} == {1_500}  # of 2,000
    assert {cell.n_samples for cell in many_views.cells(QUICK)} == {QUICK.n_samples}
    assert many_views.cells(FULL)[0]["source"] == UCI


def test_growing_goes_to_thousands():
    assert sorted({cell.n_samples for cell in growing.cells(FULL)}) == [500, 1_000, 2_000, 4_000]


def test_pixels_smoothed_along_one_view_are_not_called_that_view():
    assert denoising.named("view1 alone") == "along view1"
    assert [denoising.named(name) for name in METHODS] == list(METHODS)
