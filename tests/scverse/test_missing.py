"""Cells that a modality lacks: integrated, denoised, associated, reported, and written to files and back."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association import EqualFrequency
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.report.content import gather
from integrated_diffusion.scverse import pl, pp, tl, to_anndata
from integrated_diffusion.scverse.feature_values import feature_values
from integrated_diffusion.views.missing import MissingSamplesWarning
from integrated_diffusion.views.recipes import RECIPES

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")


@pytest.fixture
def lacking(cells, tables):
    """RNA lacks the first eight cells, proteins the last twelve, by name."""
    names = tables["rna"].index
    return {
        "rna": cells["rna"][~cells["rna"].obs_names.isin(names[:8])].copy(),
        "prot": cells["prot"][~cells["prot"].obs_names.isin(names[-12:])].copy(),
    }


@pytest.fixture
def found(lacking, model):
    return tl.integrate(lacking, model)


def by_name(mdata):
    return pd.DataFrame(stored_operator(mdata).operator.toarray(), mdata.obs_names, mdata.obs_names)


def test_all_cells_are_integrated_by_name(found, lacking, tables):
    assert set(found.obs_names) == set(tables["rna"].index)
    assert found.obsm[keys.EMBEDDING].shape == (60, 5)
    measured = pd.DataFrame(found.obsm[keys.MEASURED], found.obs_names, ["rna", "prot"])
    for name, cells in lacking.items():
        assert set(measured.index[measured[name]]) == set(cells.obs_names)
        assert found[name].n_obs == cells.n_obs
    weights = found.obsm[keys.VIEW_WEIGHTS]
    np.testing.assert_array_equal(weights, found.obsm[keys.MEASURED].astype(float))
    record = found.uns[keys.RECORD]
    assert (record["n_samples"], record["views"]["rna"]["n_samples"], record["views"]["prot"]["n_samples"]) == (
        60,
        52,
        48,
    )


def test_the_same_as_the_estimator_on_frames(found, lacking, model):
    frames = {
        name: pd.DataFrame(cells.X.toarray() if sp.issparse(cells.X) else cells.X, cells.obs_names)
        for name, cells in lacking.items()
    }
    again = model.set_params(recipes={"rna": "rna", "prot": "protein"}).fit(frames)
    J = pd.DataFrame(again.operator_.toarray(), again.integration_.samples.names, again.integration_.samples.names)
    expected = J.loc[found.obs_names, found.obs_names]
    np.testing.assert_allclose(by_name(found), expected, rtol=0, atol=1e-6)


def test_denoised_values_of_all_cells_beside_the_layer(found, lacking):
    J = by_name(found).to_numpy()
    for power in (1, 2):
        tl.denoise(found, "prot", power=power)
        imputed = found.obsm[keys.imputed("prot")]
        place = {name: i for i, name in enumerate(found.obs_names)}
        rows = [place[name] for name in found["prot"].obs_names]
        X, w = np.zeros((60, 8)), np.zeros(60)
        X[rows], w[rows] = RECIPES["protein"].normalise(np.asarray(lacking["prot"].X, dtype=float)), 1
        Jp = np.linalg.matrix_power(J, power)
        np.testing.assert_allclose(imputed, (Jp @ X) / (Jp @ w)[:, None], rtol=0, atol=1e-5)
        assert list(imputed.index) == list(found.obs_names)
        assert list(imputed.columns) == list(found["prot"].var_names)
        np.testing.assert_array_equal(found["prot"].layers[keys.DENOISED_LAYER], imputed.loc[found["prot"].obs_names])
    tl.denoise(found, "prot", ["prot3"])
    assert list(found.obsm[keys.imputed("prot")].columns) == ["prot3"]
    tl.denoise(found, "rna", threshold=0.5)
    assert sp.issparse(found.obsm[keys.imputed("rna")])


def test_files_hold_missing_cells(found, tmp_path):
    tl.denoise(found, "prot")
    found.write(tmp_path / "joint.h5mu")
    back = mudata.read_h5mu(tmp_path / "joint.h5mu")
    np.testing.assert_array_equal(by_name(back), by_name(found))
    np.testing.assert_array_equal(back.obsm[keys.imputed("prot")], found.obsm[keys.imputed("prot")])
    again = tl.integrate(back, IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 1}))
    assert keys.imputed("prot") not in again.obsm


def test_prepared_values_and_given_coordinates(lacking, model, found):
    prepared = pp.prepare({name: cells.copy() for name, cells in lacking.items()}, n_components=None)
    again = tl.integrate(prepared, model)
    np.testing.assert_allclose(again.obsm[keys.EMBEDDING], found.obsm[keys.EMBEDDING], rtol=0, atol=1e-4)
    by_pcs = tl.integrate(lacking, model, use_rep={"rna": "X_pca"})
    assert by_pcs.uns[keys.RECORD]["views"]["rna"]["n_coordinates"] == 4


def test_associations_are_of_cells_that_have_both(found, tables):
    pairs = pd.DataFrame({"first": ["rna0", "rna1"], "second": ["prot0", "prot1"]})
    scores = tl.associate(found, "rna", "prot", pairs, EqualFrequency(4), n_shuffles=3)
    assert scores.n_samples == 40
    J, both = by_name(found).to_numpy(), found.obsm[keys.MEASURED].all(axis=1)
    P = J[np.ix_(both, both)]
    P = P / P.sum(axis=1, keepdims=True)
    smooth = []
    for view, recipe in (("rna", "rna"), ("prot", "protein")):
        X = tables[view].loc[found[view].obs_names]
        values = pd.DataFrame(RECIPES[recipe].normalise(X.to_numpy()), X.index).loc[found.obs_names[both]]
        smooth.append(P @ values.to_numpy()[:, :2])
    estimator = EqualFrequency(4)
    prepared = [estimator.prepare(np.ascontiguousarray(side.T)) for side in smooth]
    expected = estimator(*prepared, np.array([[0, 0], [1, 1]]))
    by_pair = scores.frame().set_index("first")["score"].loc[["rna0", "rna1"]]
    np.testing.assert_allclose(by_pair, expected, rtol=1e-6)


def test_values_that_are_missing_are_shown_as_such(found):
    measured = found.obsm[keys.MEASURED][:, 1]
    values = feature_values(found, "prot3")
    np.testing.assert_array_equal(np.isnan(values), ~measured)
    assert np.isfinite(feature_values(found, "prot3", denoised=True)).all()
    content = gather(found)
    assert [line.n_samples for line in content.modalities] == [52, 48]
    own = {one.title: one.coordinates for one in content.embeddings}["prot"]
    np.testing.assert_array_equal(np.isnan(own).any(axis=1), ~measured)
    feature = next(one for one in content.highlights.features if one.modality == "prot")
    np.testing.assert_array_equal(np.isnan(feature.measured), ~measured)
    assert np.isfinite(feature.denoised).all()
    pl.embedding(found, color="prot3")


def test_a_whole_modality_is_none_of_an_anndata(found):
    assert to_anndata(found).n_obs == 60
    with pytest.raises(ValueError, match="expected every cell of the MuData in 'prot', found 48 of 60"):
        to_anndata(found, "prot")


def test_zero_counts_were_not_measured(cells, model):
    cells["prot"].X[:5] = 0
    with pytest.warns(MissingSamplesWarning, match="'prot': found 5 of 60 samples with only zero counts"):
        found = tl.integrate(cells, model)
    assert found.obsm[keys.MEASURED].sum(axis=0).tolist() == [60, 55]
    tl.denoise(found, "prot")
    assert np.isfinite(found["prot"].layers[keys.DENOISED_LAYER]).all()


def test_pieces_that_no_cell_bridges(cells, tables, model):
    names = tables["rna"].index
    apart = {
        "rna": cells["rna"][cells["rna"].obs_names.isin(names[:30])].copy(),
        "prot": cells["prot"][cells["prot"].obs_names.isin(names[30:])].copy(),
    }
    for call in (lambda: tl.integrate(apart, model), lambda: pp.prepare(apart)):
        with pytest.raises(ValueError, match=r"found 2 pieces that no sample bridges, 'rna' .* and 'prot'"):
            call()
