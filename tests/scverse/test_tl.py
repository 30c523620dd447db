"""What is integrated is that of the right cells, the same as on the command line, and comes back from files."""

import sys
import warnings
from dataclasses import dataclass

import mudata
import numpy as np
import pandas as pd
import pytest
import scanpy
import scipy.sparse as sp
from anndata import AnnData
from sklearn.metrics import adjusted_rand_score

from integrated_diffusion import IntegratedDiffusion, association, cli
from integrated_diffusion.integration.steps import EntropySteps, Steps
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.scverse import MissingCellsWarning, pp, tl
from integrated_diffusion.views.recipes import prepare
from measured import measured


def operator_by_name(mdata):
    return pd.DataFrame(stored_operator(mdata).operator.toarray(), mdata.obs_names, mdata.obs_names)


def test_the_operator_is_that_of_the_right_cells(integrated, J):
    names = J.index
    np.testing.assert_allclose(operator_by_name(integrated).loc[names, names], J, atol=1e-6)


def test_every_element_is_that_of_the_right_cells(integrated, cells, model, tables):
    """Held against the estimator on arrays, and against a MuData whose modalities are ordered otherwise."""
    arrays = {"rna": sp.csr_array(tables["rna"]), "prot": tables["prot"].loc[tables["rna"].index].to_numpy()}
    recipes = {"rna": "rna", "prot": "protein"}
    ordered = {name: prepare(X, recipes[name], None).representation for name, X in arrays.items()}
    expected = IntegratedDiffusion(**model.get_params()).fit(ordered).embedding_
    np.testing.assert_array_equal(by_name(integrated, "X_integrated").loc[tables["rna"].index], expected)
    other = tl.integrate({name: cells[name][::-1].copy() for name in ("rna", "prot")}, model)
    assert list(other.obs_names) != list(integrated.obs_names)
    names = integrated.obs_names
    np.testing.assert_allclose(operator_by_name(other).loc[names, names], operator_by_name(integrated), atol=1e-6)
    C = pd.DataFrame(integrated.obsp[keys.CONNECTIVITIES].toarray(), names, names)
    D = pd.DataFrame(other.obsp[keys.CONNECTIVITIES].toarray(), other.obs_names, other.obs_names)
    np.testing.assert_allclose(D.loc[names, names], C, atol=1e-4)


def by_name(mdata, key):
    return pd.DataFrame(np.asarray(mdata.obsm[key]), mdata.obs_names)


def test_view_weights_go_with_their_cells(mdata):
    rng = np.random.default_rng(0)
    weights = {name: rng.uniform(0.1, 1, 60) for name in mdata.mod}
    tl.integrate(mdata, IntegratedDiffusion(n_components=3, steps=KnownWeights(weights), order="random"))
    np.testing.assert_array_equal(mdata.obsm[keys.VIEW_WEIGHTS], np.column_stack(list(weights.values())))
    shuffled = mdata[rng.permutation(60)].copy()
    names = mdata.obs_names
    np.testing.assert_array_equal(by_name(shuffled, keys.VIEW_WEIGHTS).loc[names], by_name(mdata, keys.VIEW_WEIGHTS))
    np.testing.assert_allclose(operator_by_name(shuffled).loc[names, names], operator_by_name(mdata), atol=1e-7)
    alike = IntegratedDiffusion(n_components=3, steps={"rna": 1, "prot": 1}, order="random")
    everywhere = tl.integrate(mdata.copy(), alike)
    assert np.abs(operator_by_name(everywhere) - operator_by_name(mdata)).to_numpy().max() > 1e-3


@dataclass(frozen=True)
class KnownWeights:
    """One step in each view, with known per-sample view weights."""

    weights: dict

    def __call__(self, operators, random_state=0):
        found = EntropySteps(t_max=20)(operators, random_state)
        return Steps(dict.fromkeys(operators, 1), found.curves, view_weights=self.weights)


@pytest.mark.parametrize("steps", [None, {"rna": 1, "prot": 2}])
@pytest.mark.filterwarnings("ignore:::rich")
def test_the_same_bits_as_the_command_line(mdata, tmp_path, monkeypatch, steps):
    mdata.write(tmp_path / "in.h5mu")
    command = [
        "run",
        str(tmp_path / "in.h5mu"),
        "-o",
        str(tmp_path / "out.h5mu"),
        "--n-components",
        "5",
        "--n-pca",
        "6",
    ]
    command += [f"--steps={name}={t}" for name, t in (steps or {}).items()]
    run(monkeypatch, command)
    chosen = {} if steps is None else {"steps": steps}
    tl.integrate(mdata, IntegratedDiffusion(n_components=5, n_pca=6, **chosen))
    there = mudata.read_h5mu(tmp_path / "out.h5mu")
    assert there.obsm.keys() - {"rna", "prot"} == mdata.obsm.keys() - {"rna", "prot"}
    for key in (keys.EMBEDDING, keys.PHATE, keys.VIEW_WEIGHTS):
        np.testing.assert_array_equal(there.obsm[key], mdata.obsm[key], strict=True)
    assert there.obsp.keys() == mdata.obsp.keys()
    for key in mdata.obsp:
        assert (there.obsp[key] != mdata.obsp[key]).nnz == 0
    np.testing.assert_array_equal(stored_operator(there).operator.toarray(), stored_operator(mdata).operator.toarray())
    ours, theirs = mdata.uns[keys.RECORD], there.uns[keys.RECORD]
    assert ours["operator"] == theirs["operator"]
    assert ours.keys() == theirs.keys() - {"configuration"}  # options of the command line
    assert [view["inside"] for view in ours["views"].values()] == ["mod/rna/X", "mod/prot/X"]


def run(monkeypatch, command):
    monkeypatch.setattr(sys, "argv", ["integrated-diffusion", *command])
    with warnings.catch_warnings(), pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0


def test_integrating_again_gives_the_same_and_clears_results_of_another_operator(mdata, cells, model):
    three = mudata.MuData({**cells, "more": AnnData(cells["rna"].X[:, ::2].copy(), cells["rna"].obs)})
    tl.integrate(three, IntegratedDiffusion(n_components=5, steps=dict.fromkeys(three.mod, 1)))
    three.uns[keys.ASSOCIATIONS], three.obsm[f"{keys.PHATE}_rna"] = {"first": "rna"}, np.zeros((60, 2))
    three.obsm["X_umap"], three.uns["note"] = np.ones((60, 2)), "mine"
    del three.mod["more"]
    tl.integrate(three, model)
    assert set(three.obsp) == {keys.CONNECTIVITIES, keys.DISTANCES, *map(keys.affinities, ("rna", "prot"))}
    assert set(three.obsm) - set(cells) - {"more"} == {
        keys.EMBEDDING,
        keys.PHATE,
        keys.VIEW_WEIGHTS,
        keys.OLD_VIEW_WEIGHTS,
        "X_umap",
    }
    assert set(three.uns) == {keys.RECORD, keys.NEIGHBORS, keys.REFERENCE, "note"}
    once = three.obsm[keys.EMBEDDING].copy()
    np.testing.assert_array_equal(tl.integrate(three, model).obsm[keys.EMBEDDING], once)


def test_settings_stay_as_they_were(mdata):
    model = IntegratedDiffusion(n_components=3)
    before = model.get_params()
    tl.integrate(mdata, model)
    assert model.get_params() == before
    assert not hasattr(model, "embedding_")
    assert "selection" in mdata.uns[keys.RECORD]


def test_coordinates_that_are_there(mdata, cells, model):
    tl.integrate(mdata, model, use_rep={"rna": "X_pca"})
    rna = cells["rna"].obsm["X_pca"]
    pp.prepare(mdata, n_components=None)
    expected = IntegratedDiffusion(**model.get_params()).fit(
        {
            "rna": rna,
            "prot": pd.DataFrame(mdata["prot"].obsm["X_integrated_view"], mdata["prot"].obs_names)
            .loc[mdata.obs_names]
            .to_numpy(),
        }
    )
    np.testing.assert_array_equal(mdata.obsm[keys.EMBEDDING], expected.embedding_)
    views = mdata.uns[keys.RECORD]["views"]
    assert views["rna"]["use_rep"] == "X_pca"
    assert (views["rna"]["n_features"], views["rna"]["n_coordinates"]) == (20, 4)
    assert "use_rep" not in views["prot"]


def test_coordinates_are_counted_after_the_model_has_reduced_them(mdata, model):
    rng = np.random.default_rng(0)
    mdata["rna"].obsm["many"] = rng.standard_normal((60, 15))
    model.set_params(n_pca=10)
    views = tl.integrate(mdata, model, use_rep={"rna": "many"}).uns[keys.RECORD]["views"]
    assert (views["rna"]["n_coordinates"], views["prot"]["n_coordinates"]) == (10, 8)
    pp.prepare(mdata, n_components=12)
    views = tl.integrate(mdata, model.set_params(n_pca=6)).uns[keys.RECORD]["views"]
    assert (views["rna"]["n_coordinates"], views["prot"]["n_coordinates"]) == (6, 6)


def test_anndata_objects_of_a_mapping_gain_nothing_by_integrating(cells, model):
    def found_in(adata):
        return {group: set(getattr(adata, group)) for group in ("obs", "var", "obsm", "obsp", "uns", "layers")}

    before = {name: found_in(adata) for name, adata in cells.items()}
    found = tl.integrate(cells, model)
    after = {name: found_in(adata) for name, adata in cells.items()}
    assert after == before
    assert found["prot"] is cells["prot"]


def test_missing_cells(cells, model, tables):
    cells["prot"] = cells["prot"][5:].copy()
    with pytest.warns(MissingCellsWarning, match="5 of 60 cells missing in 'prot' .* 55 cells remain") as caught:
        found = tl.integrate(cells, model, missing="drop")
    assert caught[0].filename == __file__
    names = cells["prot"].obs_names
    whole = tl.integrate({name: adata[names].copy() for name, adata in cells.items()}, model)
    pd.testing.assert_frame_equal(operator_by_name(found).loc[names, names], operator_by_name(whole).loc[names, names])
    with pytest.raises(ValueError, match="found 5 of 60 cells missing in 'prot'"):
        tl.integrate(cells, model, missing="error")
    assert cells["rna"].n_obs == 60


def test_associations_are_of_the_right_cells(integrated, normalised, J):
    asked = pd.DataFrame([["rna1", "prot2"], ["rna3", "prot0"], ["rna7", "prot5"]])
    smooth = {name: J @ X for name, X in normalised.items()}
    for smoothing, values in ((None, smooth), (association.NoSmoothing(), normalised)):
        found = tl.associate(integrated, "rna", "prot", asked, smoothing=smoothing, n_shuffles=0).frame()
        scores = found.set_index(["first", "second"])["score"]
        for one, other in asked.to_numpy():
            A, B = values["rna"][one].to_numpy(), values["prot"][other].to_numpy()
            expected = association.mutual_information(A, B, estimator=association.EqualFrequency())
            assert scores[one, other] == pytest.approx(expected, abs=0.02)  # by rank: rounding may swap neighbours
        assert scores.nunique() == 3


@pytest.mark.slow
def test_real_cells(tmp_path, monkeypatch):
    """Blood cells by RNA and 224 proteins: the same as on the command line, and the types are found."""
    source = measured("pbmc_hao2021_citeseq_800.h5mu")
    run(monkeypatch, ["run", str(source), "-o", str(tmp_path / "out.h5mu")])
    there, mdata = mudata.read_h5mu(tmp_path / "out.h5mu"), mudata.read_h5mu(source)
    tl.integrate(mdata)
    for key in (keys.EMBEDDING, keys.PHATE, keys.VIEW_WEIGHTS):
        np.testing.assert_array_equal(there.obsm[key], mdata.obsm[key])
    np.testing.assert_array_equal(
        stored_operator(there).operator @ np.eye(800)[:, :9], stored_operator(mdata).operator @ np.eye(800)[:, :9]
    )
    scanpy.tl.leiden(mdata, neighbors_key="integrated", flavor="igraph", n_iterations=2, directed=False, resolution=0.5)
    assert adjusted_rand_score(mdata.obs["cell_type"], mdata.obs["leiden"]) > 0.6
    for data in (there, mdata):
        tl.denoise(data, "prot")
    np.testing.assert_array_equal(there["prot"].layers["integrated"], mdata["prot"].layers["integrated"])
