"""What a file says of its walk, without its values."""

import h5py
import mudata
import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import keys, stored_walk
from integrated_diffusion.io.reading.opening import write_mudata
from integrated_diffusion.io.reading.outline import outline_of
from integrated_diffusion.scverse import pp, tl
from integrated_diffusion.scverse.feature_values import feature_names
from integrated_diffusion.scverse.inputs import input_of, prepared_input, views_of
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture
def joint(h5mu):
    with own_columns():
        data = mudata.read_h5mu(h5mu)
    data = pp.prepare(data, recipes={"rna": "other"})
    tl.integrate(data, IntegratedDiffusion(n_components=2, steps={"rna": 2, "atac": 1}))
    return data, write_mudata(data, h5mu)


def test_the_same_walk_names_and_treatment_as_the_whole_file(joint):
    data, path = joint
    with h5py.File(path, "r+") as file:
        del file["mod/rna/X"], file["mod/atac/X"], file["mod/rna/layers"], file["mod/rna/obsm"]
    found, block = outline_of(path), np.random.default_rng(0).standard_normal((data.n_obs, 3))
    np.testing.assert_array_equal(stored_walk(found).operator @ block, stored_walk(data).operator @ block)
    assert list(found.obs_names) == list(data.obs_names)
    assert views_of(found) == views_of(data) == ["rna", "atac"]
    for view in ("rna", "atac"):
        assert feature_names(found, view) == feature_names(data, view)
        assert input_of(found, view) == input_of(data, view) == prepared_input(found, view)
        assert found[view].obs_names == list(data[view].obs_names)


def test_files_that_are_none(tmp_path, joint):
    with pytest.raises(ValueError, match="expected a file at"):
        outline_of(tmp_path / "none.h5mu")
    with h5py.File(joint[1], "r+") as file:
        del file["obsp"][keys.affinities("rna")]
    with pytest.raises(ValueError, match="expected affinities in the MuData at obsp"):
        stored_walk(outline_of(joint[1]))
    with h5py.File(joint[1], "r+") as file:
        del file["mod/atac/var"]
    with pytest.raises(ValueError, match=r"expected a whole HDF5 file, found one that is damaged"):
        outline_of(joint[1])
