"""An integrated operator that was put into a MuData comes out with the same bits."""

from dataclasses import replace

import anndata
import h5py
import mudata
import numpy as np
import pytest
import scipy.sparse as sp
from anndata.io import write_elem

from integrated_diffusion import IntegratedDiffusion, both_orders
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import Results, keys, read, stored_operator, write_results
from integrated_diffusion.model.workflow import fit, recipes_for, results
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.normalised_values import normalised
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


def opened(path):
    with own_columns():
        return mudata.read_h5mu(path)


def fitted(path, output, joint=None, **parameters) -> tuple[IntegratedDiffusion, Results]:
    measured = read(path)
    recipes = recipes_for(measured)
    settings = {"n_components": 3, "n_pca": 4, "steps": {"rna": 1, "atac": 2}} | parameters
    model = IntegratedDiffusion(**settings)
    fit(model.set_params(recipes=recipes), measured.views)
    found = results(measured, model)
    found = found if joint is None else replace(found, integrated_operator=joint(model.integration_.operator))
    write_results(measured.with_results(found), output)
    return model, found


@pytest.mark.parametrize("order", list(ORDERS))
@pytest.mark.parametrize("weighted", [False, True])
def test_an_integrated_operator_comes_back_with_the_same_bits(h5mu, tmp_path, order, weighted):
    weights = {"rna": np.linspace(0.2, 1, 30), "atac": np.linspace(1, 0.1, 30)}

    def chosen(joint: IntegratedOperator) -> IntegratedOperator:
        return IntegratedOperator(joint.operators, joint.steps, ORDERS[order], 2, weights if weighted else None)

    _, found = fitted(h5mu, tmp_path / "out.h5mu", chosen)
    found = replace(found, view_weights=np.column_stack(list(weights.values())))
    write_results(read(h5mu).with_results(found), tmp_path / "out.h5mu")
    back = stored_operator(opened(tmp_path / "out.h5mu"))
    assert (back.n_repeats, back.order, dict(back.steps)) == (2, ORDERS[order], {"rna": 1, "atac": 2})
    assert (back.view_weights is None) == (not weighted)
    np.testing.assert_array_equal(back.operator.toarray(), found.integrated_operator.operator.toarray())


def test_any_file_becomes_a_mudata_with_its_counts(tenx, tables, rna, atac, tmp_path, names):
    for inputs in ([tenx], tables):
        measured = read(inputs, None if inputs is tables else {"rna": "rna", "atac": "atac"})
        fitted_model, found = fitted_from(measured, tmp_path / "out.h5mu")
        joint = opened(tmp_path / "out.h5mu")
        assert list(joint.obs_names) == names
        assert list(joint.mod) == ["rna", "atac"]
        for name, X in measured.views.items():
            kept = joint[name].X
            np.testing.assert_array_equal(kept if isinstance(kept, np.ndarray) else kept.toarray(), _dense(X))
            assert list(joint[name].var["name"]) == measured.feature_names[name]
        np.testing.assert_array_equal(joint.obsm[keys.EMBEDDING], found.embedding)
        np.testing.assert_array_equal(stored_operator(joint).operator.toarray(), fitted_model.operator_.toarray())
        assert read(tmp_path / "out.h5mu").feature_types == measured.feature_types


def fitted_from(measured, output):
    recipes = recipes_for(measured)
    model = IntegratedDiffusion(n_components=3, n_pca=4, steps={"rna": 1, "atac": 2})
    fit(model.set_params(recipes=recipes), measured.views)
    found = results(measured, model)
    write_results(measured.with_results(found), output)
    return model, found


def _dense(X):
    return X if isinstance(X, np.ndarray) else X.toarray()


@pytest.mark.filterwarnings("ignore:var_names are not unique")
def test_anndata_files_come_whole(h5ads, names, tmp_path):
    for path in h5ads:
        cells = anndata.read_h5ad(path)
        cells.obs["depth"] = np.arange(cells.n_obs)
        cells.write_h5ad(path)
    fitted_from(read(h5ads), tmp_path / "out.h5mu")
    joint = opened(tmp_path / "out.h5mu")
    assert list(joint.obs_names) == list(joint["atac"].obs_names) == names
    assert "X_pca" in joint["rna"].obsm
    before = anndata.read_h5ad(h5ads[1]).obs["depth"]
    np.testing.assert_array_equal(joint["atac"].obs["depth"], before.loc[names])


def test_what_cannot_come_back_says_so(h5mu, tmp_path):
    with pytest.raises(ValueError, match=r"expected an integrated operator in the MuData.*integrate first"):
        stored_operator(opened(h5mu))

    def own_order(operators, steps, view_weights=None):
        return both_orders(operators, steps, view_weights)

    fitted(h5mu, tmp_path / "own.h5mu", lambda joint: IntegratedOperator(joint.operators, joint.steps, own_order))
    with pytest.raises(ValueError, match=r"found 'own_order'; integrate again"):
        stored_operator(opened(tmp_path / "own.h5mu"))
    fitted(h5mu, tmp_path / "out.h5mu")
    joint = opened(tmp_path / "out.h5mu")
    del joint.obsp[keys.affinities("atac")]
    with pytest.raises(ValueError, match=r"obsp\['integrated_affinities_atac'\], found none"):
        stored_operator(joint, "it")


def test_samples_that_were_taken_out(h5mu, tmp_path):
    """In another order of the samples the operator is the same; a subset of them has no integrated operator."""
    model, _ = fitted(h5mu, tmp_path / "out.h5mu")
    whole = opened(tmp_path / "out.h5mu")
    backwards = whole[whole.obs_names[::-1]]
    found = stored_operator(backwards).operator.toarray()[::-1, ::-1]
    np.testing.assert_allclose(found, model.operator_.toarray(), rtol=1e-12)
    with pytest.raises(ValueError, match=r"the 30 samples that were integrated in it, found 10; .*integrate"):
        stored_operator(whole[whole.obs_names[:10]], "it")


def test_results_of_an_earlier_operator_are_removed(h5mu, tmp_path):
    once, twice = tmp_path / "once.h5mu", tmp_path / "twice.h5mu"
    fitted(h5mu, once)
    with h5py.File(once, "r+") as file:
        write_elem(file["uns"], keys.ASSOCIATIONS, {"first": "rna"})
        write_elem(file["obsm"], f"{keys.PHATE}_rna", np.zeros((30, 2)))
        write_elem(file["obsp"], keys.affinities("third"), sp.csr_matrix(np.eye(30)))
        write_elem(file["obsm"], "X_umap", np.zeros((30, 2)))
    fitted(once, twice)
    back = opened(twice)
    assert keys.ASSOCIATIONS not in back.uns
    assert set(back.obsm) - {"rna", "atac"} == {
        keys.EMBEDDING,
        keys.PHATE,
        keys.VIEW_WEIGHTS,
        keys.OLD_VIEW_WEIGHTS,
        "X_umap",
    }
    affinities = {keys.affinities("rna"), keys.affinities("atac")}
    assert set(back.obsp) == {keys.CONNECTIVITIES, keys.DISTANCES, *affinities}
    assert back.uns["note"] == "kept"


@pytest.mark.parametrize("kept", [True, False])
def test_names_that_are_one_key(h5mu, tmp_path, kept):
    measured = read(h5mu, {"a/b": "rna:X", "a_b": "atac:X"})
    recipes = recipes_for(measured)
    model = IntegratedDiffusion(n_components=3, n_pca=4, steps={"a/b": 1, "a_b": 2})
    fit(model.set_params(recipes=recipes), measured.views)
    found = results(measured, model)
    found = found if kept else replace(found, integrated_operator=None)
    with pytest.raises(ValueError, match="views that differ in more than '/' and '_', found 'a/b' and 'a_b'"):
        write_results(measured.with_results(found), tmp_path / "out.h5mu")
    assert not (tmp_path / "out.h5mu").exists()


def test_a_view_with_a_slash_comes_back(h5mu, tmp_path):
    measured = read(h5mu, {"r/na": "rna:X", "atac": "atac:X"})
    recipes = recipes_for(measured)
    model = IntegratedDiffusion(n_components=3, n_pca=4, steps={"r/na": 1, "atac": 2})
    fit(model.set_params(recipes=recipes), measured.views)
    write_results(measured.with_results(results(measured, model)), tmp_path / "out.h5mu")
    back = opened(tmp_path / "out.h5mu")
    np.testing.assert_array_equal(stored_operator(back).operator.toarray(), model.operator_.toarray())
    tl.denoise(back, "r/na")
    expected = model.operator_.toarray() @ np.asarray(normalised(back, "r/na").toarray())
    rows = [list(back.obs_names).index(name) for name in back["rna"].obs_names]
    np.testing.assert_allclose(back["rna"].layers["integrated"], expected[rows], rtol=1e-4, atol=1e-6)
