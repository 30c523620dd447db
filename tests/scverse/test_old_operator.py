"""Values denoised by an earlier operator are removed when another one is built, in memory and in files."""

import mudata
import numpy as np
import pytest

from integrated_diffusion.io import keys, read, write_results
from integrated_diffusion.model.workflow import fit, recipes_for, results
from integrated_diffusion.scverse import tl

STEPS = {"rna": 2, "prot": 1}


@pytest.fixture
def denoised(integrated):
    """A whole view, and chosen features of both."""
    tl.denoise(integrated, "rna")
    for view in ("rna", "prot"):
        tl.denoise(integrated, view, [f"{view}1"])
        integrated[view].layers["mine"] = np.ones(integrated[view].shape, dtype=np.float32)
        integrated[view].uns["note"] = "mine"
    return integrated


def kept(mdata):
    return {
        name: {
            f"{group}/{key}" for group in ("layers", "obsm", "uns") for key in getattr(cells, group) if key is not None
        }
        for name, cells in mdata.mod.items()
    }


MINE = {"rna": {"layers/mine", "obsm/X_pca", "uns/note"}, "prot": {"layers/mine", "uns/note"}}
OF_THE_WALK = {"layers/integrated", "obsm/integrated_denoised", "uns/integrated_denoising", "uns/integrated_denoised"}


def test_in_memory(denoised, model):
    before = kept(denoised)
    assert before["rna"] == MINE["rna"] | OF_THE_WALK
    assert before["prot"] == MINE["prot"] | {"obsm/integrated_denoised", "uns/integrated_denoised"}
    tl.integrate(denoised, model.set_params(steps=STEPS))
    assert kept(denoised) == MINE


def test_a_run_that_fails_takes_nothing(denoised, model, contents):
    before = contents(denoised)
    with pytest.raises(ValueError, match="steps: expected a number for every view"):
        tl.integrate(denoised, model.set_params(steps={"rna": 1}))
    assert contents(denoised) == before


def write_over(path, output, model, where=None):
    measured = read(path, where)
    fit(model.set_params(recipes=recipes_for(measured)), measured.views)
    write_results(measured.with_results(results(measured, model)), output)
    return mudata.read_h5mu(output)


@pytest.mark.parametrize("output", ["a.h5mu", "b.h5mu"])
def test_in_a_file(denoised, model, tmp_path, output):
    denoised.write(tmp_path / "a.h5mu")
    found = write_over(tmp_path / "a.h5mu", tmp_path / output, model.set_params(steps=STEPS))
    assert kept(found) == MINE


def test_denoised_values_that_are_integrated_themselves_stay(denoised, model, tmp_path):
    denoised.write(tmp_path / "a.h5mu")
    before = np.asarray(denoised["rna"].layers["integrated"])
    where = {"rna": "rna:layers/integrated", "prot": "prot:X"}
    in_file = write_over(tmp_path / "a.h5mu", tmp_path / "b.h5mu", model, where)
    tl.integrate(denoised, model, layers={"rna": "integrated"}, recipes={"rna": "other"})
    for found in (in_file, denoised):
        np.testing.assert_array_equal(found["rna"].layers["integrated"], before)
        assert "integrated_denoised" not in found["rna"].obsm
        tl.denoise(found, "rna", ["rna3"])


def test_a_layer_that_was_not_made_here_stays(mdata, model, tmp_path):
    mdata["rna"].layers["integrated"] = np.ones((60, 20))
    mdata.write(tmp_path / "a.h5mu")
    in_file = write_over(tmp_path / "a.h5mu", tmp_path / "b.h5mu", model)
    for found in (in_file, tl.integrate(mdata, model)):
        np.testing.assert_array_equal(found["rna"].layers["integrated"], 1)


PARTS = {
    "copy": lambda m: m[m.obs_names[:50]].copy(),
    "view of a MuData": lambda m: m[m.obs_names[:50]],
    "views of AnnData": lambda m: {name: cells[m.obs_names[:50]] for name, cells in m.mod.items()},
}


@pytest.mark.filterwarnings("ignore:Setting element:anndata.ImplicitModificationWarning")  # of a MuData, as before
@pytest.mark.filterwarnings("ignore:Removing element:anndata.ImplicitModificationWarning")
@pytest.mark.parametrize("part", list(PARTS))
def test_a_part_of_a_denoised_mudata(denoised, model, part):
    found = tl.integrate(PARTS[part](denoised), model)
    assert kept(found) == MINE
    assert found["rna"].shape == (50, 20)
    assert kept(denoised)["rna"] >= OF_THE_WALK
    assert keys.DENOISED_HOW in denoised["prot"].uns
