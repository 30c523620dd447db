"""What a file keeps of its integration, read without measured values."""

import h5py
import mudata
import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import (
    keys,
    normalised_on_disk,
    read,
    read_without_values,
    stored_columns,
    stored_operator,
    write_results,
)
from integrated_diffusion.io.writing.mudata_file import write_mudata
from integrated_diffusion.model.workflow import fit, recipes_for, results
from integrated_diffusion.scverse import pp, tl
from integrated_diffusion.scverse.feature_values import feature_names
from integrated_diffusion.scverse.inputs import input_of, views_of
from integrated_diffusion.scverse.normalised_values import normalised
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")

MODEL = IntegratedDiffusion(n_components=2, steps={"rna": 2, "atac": 1})


def opened(path):
    with own_columns():
        return mudata.read_h5mu(path)


@pytest.fixture
def joint(h5mu):
    data = pp.prepare(opened(h5mu), recipes={"rna": "other"})
    tl.integrate(data, MODEL)
    return data, write_mudata(data, h5mu)


def test_operator_and_names_are_those_of_the_whole_file(joint):
    data, path = joint
    with h5py.File(path, "r+") as file:
        del file["mod/rna/X"], file["mod/atac/X"], file["mod/rna/layers"], file["mod/rna/obsm"]
    found, block = read_without_values(path), np.random.default_rng(0).standard_normal((data.n_obs, 3))
    operator = found.results.integrated_operator.operator
    np.testing.assert_array_equal(operator @ block, stored_operator(data).operator @ block)
    np.testing.assert_array_equal(found.results.view_weights, data.obsm[keys.VIEW_WEIGHTS])
    assert found.views == {}
    assert found.sample_names == list(data.obs_names)
    assert list(found.places) == views_of(data) == ["rna", "atac"]
    assert repr(found) == "30 samples from h5mu; features: rna 7, atac 5"
    for view in ("rna", "atac"):
        assert found.feature_names[view] == feature_names(data, view)
        assert found.places[view].inside == input_of(data, view).inside
    assert found.feature_types == {"rna": "Gene Expression", "atac": None}


def dense(X):
    return X if isinstance(X, np.ndarray) else X.toarray()


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("view", ["rna", "atac"])
def test_normalised_columns_are_those_in_memory(joint, kept, view):
    """With and without the normalised layer of `pp.prepare`; the chromatin has its samples in another order."""
    data, path = joint
    if not kept:
        with h5py.File(path, "r+") as file:
            for name in ("rna", "atac"):
                del file[f"mod/{name}/uns/{keys.TREATMENT}"]
    found = read_without_values(path)
    columns = stored_columns(found, view, [found.feature_names[view][i] for i in (3, 0, 3)])
    np.testing.assert_array_equal(columns, [3, 0])
    values = normalised_on_disk(found, view)
    np.testing.assert_allclose(dense(values.take(columns)), dense(normalised(data, view))[:, columns], rtol=1e-5)
    assert values.place.inside.endswith(keys.NORMALISED_LAYER) == kept


def test_coordinates_have_no_features(h5mu):
    measured = read(h5mu, {"rna": "rna:obsm/X_pca", "atac": "atac:X"})
    model = IntegratedDiffusion(n_components=2, n_pca=None, steps={"rna": 1, "atac": 1})
    fit(model.set_params(recipes=recipes_for(measured)), measured.views)
    write_results(measured.with_results(results(measured, model)), h5mu)
    found = read_without_values(h5mu)
    assert found.feature_types == {"rna": "representation", "atac": None}
    for ask in (lambda: stored_columns(found, "rna"), lambda: normalised_on_disk(found, "rna")):
        with pytest.raises(ValueError, match="integrated from coordinates, obsm/X_pca, and has none; integrate by"):
            ask()
    with pytest.raises(ValueError, match="view: expected names of views among"):
        stored_columns(found, "protein")
    with pytest.raises(ValueError, match="expected features of 'atac', found 'gene1'; try"):
        stored_columns(found, "atac", ["gene1"])


def test_files_that_cannot_be_read(tmp_path, h5mu, joint):
    with pytest.raises(ValueError, match="expected a file at"):
        read_without_values(tmp_path / "none.h5mu")
    with h5py.File(joint[1], "r+") as file:
        del file["obsp"][keys.affinities("rna")]
    with pytest.raises(ValueError, match=r"expected affinities in .*both\.h5mu at obsp"):
        read_without_values(joint[1])
    with h5py.File(joint[1], "r+") as file:
        del file["mod/atac/var"]
        file.copy("obsp/integrated_affinities_atac", "obsp/integrated_affinities_rna")
    with pytest.raises(ValueError, match=r"expected a whole HDF5 file, found one that is damaged"):
        read_without_values(joint[1])
    with h5py.File(joint[1], "r+") as file:
        del file[f"uns/{keys.RECORD}"]
    with pytest.raises(ValueError, match=r"expected an integrated operator in .*both\.h5mu, found none"):
        read_without_values(joint[1])
