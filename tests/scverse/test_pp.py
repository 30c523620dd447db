"""Views aligned by name and prepared by their recipes; nothing is kept before all of them are."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.scverse import MissingCellsWarning, pp, tl


def dense(X):
    return X.toarray() if sp.issparse(X) else np.asarray(X)


def test_align(mdata, cells):
    assert pp.align(mdata) is mdata
    with pytest.warns(MissingCellsWarning, match="1 of 60 cells missing in 'rna'"):
        assert pp.align({"rna": cells["rna"][1:].copy(), "prot": cells["prot"]}).n_obs == 59
    with pytest.raises(ValueError, match="found 1 of 60 cells missing in 'rna'"):
        pp.align({"rna": cells["rna"][1:].copy(), "prot": cells["prot"]}, missing="error")


def test_normalised_values_and_coordinates_in_each_modalitys_own_order(mdata, normalised):
    assert pp.prepare(mdata, n_components=3) is mdata
    for name, expected in normalised.items():
        cells, own = mdata[name], expected.loc[mdata[name].obs_names]
        assert sp.issparse(cells.layers["integrated_normalised"]) == (name == "rna")
        np.testing.assert_allclose(dense(cells.layers["integrated_normalised"]), own, rtol=1e-5)
        scores = PCA(3, svd_solver="full").fit_transform(own.to_numpy())
        np.testing.assert_allclose(np.abs(cells.obsm["X_integrated_view"]), np.abs(scores), atol=1e-4)
        assert cells.uns["integrated_view"] == {"recipe": {"rna": "rna", "prot": "protein"}[name], "layer": ""}


def test_a_mapping_of_anndata_is_prepared_itself(cells):
    found = pp.prepare(cells)
    assert found["prot"] is cells["prot"]
    assert "integrated_normalised" in cells["prot"].layers


def test_recipes_and_layers_as_asked(mdata, tables):
    mdata["rna"].layers["half"] = mdata["rna"].X * 0.5
    pp.prepare(mdata, {"prot": "none"}, {"rna": "half"})
    np.testing.assert_array_equal(mdata["prot"].layers["integrated_normalised"], mdata["prot"].X)
    assert mdata["rna"].uns["integrated_view"] == {"recipe": "rna", "layer": "half"}
    pp.prepare(mdata, n_components=2)  # once more, otherwise
    assert mdata["prot"].uns["integrated_view"]["recipe"] == "protein"
    assert mdata["prot"].obsm["X_integrated_view"].shape == (60, 2)


@pytest.mark.parametrize("power", [None, 2])
def test_integrate_uses_what_was_prepared_to_the_last_bit(mdata, cells, power):
    model = IntegratedDiffusion(n_components=4, n_pca=5, power=power, steps={"rna": 1, "prot": 1})
    directly = tl.integrate(mdata.copy(), model)
    pp.prepare(mdata, n_components=5)
    for name in mdata.mod:
        mdata[name].X = np.ones(mdata[name].shape)  # it looks elsewhere
    prepared = tl.integrate(mdata, model)
    np.testing.assert_array_equal(prepared.obsm["X_integrated"], directly.obsm["X_integrated"])
    assert prepared.uns["integrated_diffusion"]["views"]["rna"]["recipe"] == "rna"


def test_integrate_leaves_it_where_something_else_is_asked(mdata, model):
    pp.prepare(mdata, {"prot": "other"})
    tl.integrate(mdata, model, recipes={"prot": "protein"})
    assert mdata.uns["integrated_diffusion"]["views"]["prot"]["recipe"] == "protein"
    tl.integrate(mdata, model)
    assert mdata.uns["integrated_diffusion"]["views"]["prot"]["recipe"] == "other"


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"recipes": {"prot": "proteins"}}, "recipes: expected one of 'rna', .*found 'proteins'"),
        ({"recipes": {"protein": "rna"}}, "recipes: expected names of views among 'rna', 'prot', found 'protein'"),
        ({"layers": {"atac": "counts"}}, "layers: expected names of views among 'rna', 'prot', found 'atac'"),
        ({"layers": {"rna": "count"}}, "layers: expected a layer of 'rna', found 'count'"),
        ({"recipes": {"prot": "protein"}}, "view 'prot': expected counts .*found 1 negative values"),
        ({"n_components": 0, "recipes": {"prot": "other"}}, "n_components: expected at least 1"),
    ],
)
def test_a_mistake_in_one_view_leaves_the_others_as_they_were(mdata, mistake, said, contents):
    mdata["prot"].X[3, 4] = -1
    before = contents(mdata)
    with pytest.raises(ValueError, match=said):
        pp.prepare(mdata, **mistake)
    assert contents(mdata) == before
