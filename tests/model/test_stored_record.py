"""A record read again says what the fit said, from memory and from a file."""

import h5py
import numpy as np
import pytest
from anndata.io import read_elem, write_elem
from integrated_diffusion.model.recorded import candidates_of, curves_of, selection_of, steps_of, views_of

from integrated_diffusion import IntegratedDiffusion, datasets
from integrated_diffusion.io.writing.mudata_elements import for_hdf5
from integrated_diffusion.model.record import record
from integrated_diffusion.views.recipes import prepare

NAMES = ("z/second $", "another")
"""Not in the order of a file, and one with a slash."""


def fitted(steps):
    views = dict(zip(NAMES, datasets.noisy_digits(n_samples=120).views.values(), strict=True))
    return views, IntegratedDiffusion(n_components=3, steps=steps).fit(views)


def kept(views, model):
    prepared = {name: prepare(X, "other", None, 0, name) for name, X in views.items()}
    return record(model, prepared, dict.fromkeys(views, "memory"))


def from_file(tmp_path, found):
    walk = {"views": np.array(NAMES, dtype=object)}
    with h5py.File(tmp_path / "record.h5", "w") as file:
        write_elem(file, "record", for_hdf5({**found, "walk": walk}))
    with h5py.File(tmp_path / "record.h5") as file:
        return read_elem(file["record"])


@pytest.fixture(scope="module")
def cross_validated():
    return fitted("cross_validated")


@pytest.fixture(params=["memory", "file"])
def read_again(request, tmp_path, cross_validated):
    found = kept(*cross_validated)
    return found if request.param == "memory" else from_file(tmp_path, found)


def test_views_steps_and_curves(read_again, cross_validated):
    model = cross_validated[1]
    assert views_of(read_again) == NAMES
    assert steps_of(read_again) == model.steps_
    curves = curves_of(read_again)
    assert list(curves) == list(model.entropy_)
    for name, curve in model.entropy_.items():
        for part in ("t", "value", "stderr"):
            np.testing.assert_array_equal(getattr(curves[name], part), getattr(curve, part))
        assert curves[name].elbow == curve.elbow


def test_what_was_tried_and_chosen(read_again, cross_validated):
    expected = cross_validated[1].selection_
    found = selection_of(read_again)
    assert found.candidates == tuple(candidates_of(read_again))
    assert [str(candidate) for candidate in found.candidates] == [str(candidate) for candidate in expected.candidates]
    for mine, theirs in zip(found.candidates, expected.candidates, strict=True):
        assert (mine.error, mine.stderr) == (theirs.error, theirs.stderr)
    assert str(found.chosen) == str(expected.chosen)
    assert found.view_contributions == expected.view_contributions
    assert repr(found) == repr(expected)


def test_steps_that_were_chosen_otherwise():
    found = kept(*fitted({NAMES[0]: 2, NAMES[1]: 1}))
    assert candidates_of(found) == []
    with pytest.raises(
        ValueError, match=r"expected cross-validated steps, found steps .* 2, 'another': 1.*; integrate"
    ):
        selection_of(found)


def test_a_view_without_steps_does_not_walk(cross_validated):
    found = kept(*cross_validated)
    alone = next(candidate for candidate in candidates_of(found) if not candidate.steps[NAMES[1]])
    found["selection"]["chosen"] = str(alone)
    assert {name: contribution.walks for name, contribution in selection_of(found).view_contributions.items()} == {
        NAMES[0]: True,
        NAMES[1]: False,
    }


def test_a_choice_that_nobody_tried(cross_validated):
    found = kept(*cross_validated)
    found["selection"]["chosen"] = "something else"
    with pytest.raises(ValueError, match="expected the chosen walk among those tried, found 'something else'"):
        selection_of(found)
