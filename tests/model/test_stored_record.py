"""A record that is read again has the content of the fit, from memory and from a file."""

import h5py
import numpy as np
import pytest
from anndata.io import read_elem, write_elem

from integrated_diffusion import IntegratedDiffusion, datasets
from integrated_diffusion.io.writing.record_types import for_hdf5
from integrated_diffusion.model.record import record
from integrated_diffusion.model.stored_record import (
    candidates_of,
    curves_of,
    n_repeats_of,
    selection_of,
    steps_of,
    views_of,
)

NAMES = ("z/second $", "another")
"""Not in the order of a file, and one with a slash."""


def fitted(steps):
    views = dict(zip(NAMES, datasets.noisy_digits(n_samples=120).views.values(), strict=True))
    return views, IntegratedDiffusion(n_components=3, steps=steps).fit(views)


def kept(views, model):
    return record(model, dict.fromkeys(views, "memory"))


def as_0_1_wrote_it(found):
    """The record under the names of 0.1, where the selected model was known by its text alone."""
    old = {"n_repeats": "rounds", "weight_exponent": "sharpness", "view_contributions": "worth"}
    selection = {old.get(key, key): value for key, value in found["selection"].items() if key != "chosen_index"}
    chosen = selection_of(found).chosen
    steps = ", ".join(f"{name} {t}" for name, t in chosen.steps.items())
    text = (
        f"{steps}; {chosen.n_repeats} rounds; sharpness {chosen.weight_exponent:g}: "
        f"error {chosen.error:.4f} ± {chosen.stderr:.4f}"
    )
    renamed = {old.get(key, key): value for key, value in found.items()}
    return {**renamed, "selection": {**selection, "chosen": text}}


def from_file(tmp_path, found):
    walk = {"views": np.array(NAMES, dtype=object)}
    with h5py.File(tmp_path / "record.h5", "w") as file:
        write_elem(file, "record", for_hdf5({**found, "walk": walk}))
    with h5py.File(tmp_path / "record.h5") as file:
        return read_elem(file["record"])


@pytest.fixture(scope="module")
def cross_validated():
    return fitted("cross_validated")


@pytest.fixture(params=["memory", "file", "memory of 0.1", "file of 0.1"])
def read_again(request, tmp_path, cross_validated):
    found = kept(*cross_validated)
    if request.param.endswith("0.1"):
        found = as_0_1_wrote_it(found)
    return from_file(tmp_path, found) if request.param.startswith("file") else found


def test_views_steps_and_curves(read_again, cross_validated):
    model = cross_validated[1]
    assert views_of(read_again) == NAMES
    assert steps_of(read_again) == model.steps_
    assert n_repeats_of(read_again) == model.n_repeats_
    curves = curves_of(read_again)
    assert list(curves) == list(model.entropy_)
    for name, curve in model.entropy_.items():
        for part in ("t", "value", "stderr"):
            np.testing.assert_array_equal(getattr(curves[name], part), getattr(curve, part))
        assert curves[name].elbow == curve.elbow


def test_candidates_and_selected_model(read_again, cross_validated):
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


def test_a_view_without_steps_is_not_used(cross_validated):
    found = kept(*cross_validated)
    candidates = candidates_of(found)
    alone = next(i for i, candidate in enumerate(candidates) if not candidate.steps[NAMES[1]])
    found["selection"]["chosen_index"] = alone
    assert {name: contribution.is_used for name, contribution in selection_of(found).view_contributions.items()} == {
        NAMES[0]: True,
        NAMES[1]: False,
    }


def test_a_selected_model_that_is_no_candidate(cross_validated):
    found = as_0_1_wrote_it(kept(*cross_validated))
    found["selection"]["chosen"] = "something else"
    with pytest.raises(ValueError, match="expected the selected model among the candidates, found 'something else'"):
        selection_of(found)
