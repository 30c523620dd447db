"""Views of any files as one MuData: the values that were integrated, and nothing that only lay beside them."""

import anndata
import mudata
import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import keys, read, write_results
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.model.workflow import fit, recipes_for, results
from integrated_diffusion.scverse import find_feature, tl
from integrated_diffusion.scverse.inputs import ModalityInput, has_features, input_of
from mudata_settings import own_columns

WHERE = {"genes": "rna:X", "map": "rna:obsm/X_pca", "atac": "atac:X"}


@pytest.fixture
def labelled(h5ads, names):
    whole = anndata.read_h5ad(h5ads[0])
    whole.obs["kind"] = [name[-1] for name in names]
    whole.write_h5ad(h5ads[0])
    return h5ads


def test_coordinates_are_a_modality_of_their_own(labelled, rna, shuffled, atac, names):
    found = as_mudata(read(labelled, WHERE))
    np.testing.assert_array_equal(found["map"].X, rna[:, :3] - 1.5)
    assert found["map"].shape == (30, 3)
    assert list(found["map"].var["name"]) == read(labelled, WHERE).feature_names["map"]
    assert list(found["map"].obs["kind"]) == [name[-1] for name in names]
    assert not found["map"].obsm
    np.testing.assert_array_equal(found["genes"].X.toarray(), rna)
    assert "X_pca" in found["genes"].obsm
    order = np.argsort(shuffled)
    np.testing.assert_array_equal(found["atac"].X, atac[shuffled][order])


@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_they_never_become_the_genes_of_their_file(labelled, rna, tmp_path):
    measured = read(labelled, {"map": "rna:obsm/X_pca", "atac": "atac:X"})
    recipes = recipes_for(measured)
    model = IntegratedDiffusion(n_components=3, n_pca=None, steps={"map": 1, "atac": 1})
    fit(model.set_params(recipes=recipes), measured.views)
    write_results(measured.with_results(results(measured, model)), tmp_path / "out.h5mu")
    with own_columns():
        found = mudata.read_h5mu(tmp_path / "out.h5mu")
    assert has_features(found, "map")
    assert input_of(found, "map") == ModalityInput("map", None, "none")
    tl.denoise(found, "map")
    J = model.operator_.toarray()
    np.testing.assert_allclose(found["map"].layers[keys.DENOISED_LAYER], J @ (rna[:, :3] - 1.5), rtol=1e-4, atol=1e-5)
    assert find_feature(found, found["map"].var_names[2], "map") == ("map", 2)


def test_a_slash_in_the_name_of_a_view(h5ads):
    with pytest.raises(ValueError, match="expected names of modalities without '/', found 'r/na'"):
        as_mudata(read(h5ads, {"r/na": "rna:X", "atac": "atac:X"}))
