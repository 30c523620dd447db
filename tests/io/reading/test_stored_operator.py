"""The integrated operator comes back from a MuData, also from one that version 0.1 wrote."""

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import keys, read, read_without_values, stored_operator, write_results
from integrated_diffusion.io.reading.opening import holds_operator
from integrated_diffusion.model.stored_record import views_of
from integrated_diffusion.model.workflow import fit, results
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture
def joint(tmp_path):
    rng = np.random.default_rng(0)
    cells = pd.DataFrame(index=[f"c{i}" for i in range(30)])
    views = {
        name: anndata.AnnData(
            rng.normal(size=(30, 5)).astype(np.float32), cells, pd.DataFrame(index=[f"{name}{i}" for i in range(5)])
        )
        for name in ("rna", "prot")
    }
    with own_columns():
        mudata.MuData(views).write(tmp_path / "joint.h5mu")
    measured = read(tmp_path / "joint.h5mu")
    recipes = {"rna": "none", "prot": "none"}
    model = IntegratedDiffusion(n_components=2, n_pca=None, steps="cross_validated", recipes=recipes)
    fit(model, measured.views)
    found = results(measured, model)
    write_results(measured.with_results(found), tmp_path / "joint.h5mu")
    return tmp_path / "joint.h5mu", model


def as_version_0_1_wrote_it(path):
    with h5py.File(path, "r+") as file:
        del file[f"obsm/{keys.VIEW_WEIGHTS}"]  # the older name stays
        record = file[f"uns/{keys.RECORD}"]
        record.move(keys.OPERATOR, "walk")
        record.move("walk/n_repeats", "walk/rounds")
        record.move("walk/weighted_views", "walk/trusted")


def opened(path):
    with own_columns():
        return mudata.read_h5mu(path)


@pytest.mark.parametrize("old", [False, True])
def test_the_same_bits_from_either_version(joint, old):
    path, model = joint
    if old:
        as_version_0_1_wrote_it(path)
    data, block = opened(path), np.random.default_rng(1).standard_normal((30, 4))
    expected = model.operator_ @ block
    np.testing.assert_array_equal(stored_operator(data).operator @ block, expected)
    found = read_without_values(path).results
    np.testing.assert_array_equal(found.integrated_operator.operator @ block, expected)
    assert (found.integrated_operator.view_weights is None) == (model.view_weights_ is None)
    assert holds_operator([path])
    assert views_of(data.uns[keys.RECORD]) == ("rna", "prot")
    tl.denoise(data, "rna")
    assert keys.DENOISED_LAYER in data["rna"].layers


def test_old_names_go_when_a_file_is_integrated_again(joint):
    path, model = joint
    as_version_0_1_wrote_it(path)
    measured = read(path)
    write_results(measured.with_results(results(measured, model)), path)
    data = opened(path)
    assert keys.VIEW_WEIGHTS in data.obsm
    np.testing.assert_array_equal(data.obsm["integrated_trust"], data.obsm[keys.VIEW_WEIGHTS])
    assert "walk" not in data.uns[keys.RECORD]
    np.testing.assert_array_equal(stored_operator(data).operator.toarray(), model.operator_.toarray())


def test_a_file_without_a_record(h5mu):
    assert not holds_operator([h5mu])
    assert not holds_operator([h5mu, h5mu])
