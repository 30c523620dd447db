"""Cells of a query among those of a reference: what memory and files keep places them as the model does."""

import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.io import keys
from integrated_diffusion.scverse import pp, tl


@pytest.fixture
def reference(mdata, model):
    mdata.obs["half"] = pd.Categorical(np.where(np.arange(mdata.n_obs) < 30, "first", "second"))
    return tl.integrate(mdata, model)


def query_of(mdata, names, modalities=("rna", "prot")):
    parts = {name: mdata[name][[n for n in names if n in mdata[name].obs_names]].copy() for name in modalities}
    return {
        name: AnnData(part.X, pd.DataFrame(index=part.obs_names), pd.DataFrame(index=part.var_names))
        for name, part in parts.items()
    }


def test_cells_of_the_reference_find_themselves(reference):
    names = list(reference.obs_names[5:20])
    found = tl.ingest(query_of(reference, names), reference, ["half", "rna:kind"], "prot")
    scale = np.abs(reference.obsm["X_integrated"]).max()
    expected = pd.DataFrame(reference.obsm["X_integrated"], reference.obs_names).loc[found.obs_names]
    np.testing.assert_allclose(found.obsm["X_integrated"], expected, atol=1e-4 * scale)
    tl.denoise(reference, "prot")
    denoised = pd.DataFrame(reference["prot"].layers["integrated"], reference["prot"].obs_names)
    predicted = found.obsm["integrated_predicted_prot"]
    np.testing.assert_allclose(predicted, denoised.loc[found.obs_names], atol=1e-4)
    assert list(predicted.columns) == list(reference["prot"].var_names)
    assert list(found.obs["integrated_half"].cat.categories) == ["first", "second"]
    assert found.obs["integrated_half_probability"].between(0.5, 1).all()
    assert (found.obs["integrated_distance"] < 2).all()
    assert list(found.uns["integrated_ingest"]["labels"]) == ["half", "rna:kind"]


def test_what_a_file_keeps_is_enough(reference, tmp_path):
    query = query_of(reference, list(reference.obs_names[:9]), ["rna"])
    query["rna"].X = sp.csr_matrix(query["rna"].X.toarray() + 1)
    before = tl.ingest(query, reference, "kind", ["prot", "rna"])
    reference.write(tmp_path / "joint.h5mu")
    read = mudata.read_h5mu(tmp_path / "joint.h5mu")
    after = tl.ingest(as_single(query), read, "kind", ["prot", "rna"])
    np.testing.assert_allclose(after.obsm["X_integrated"], before.obsm["X_integrated"], atol=1e-12)
    pd.testing.assert_frame_equal(
        after.obsm["integrated_predicted_prot"], before.obsm["integrated_predicted_prot"], check_index_type=False
    )
    pd.testing.assert_series_equal(
        after.obs["integrated_kind"], before.obs["integrated_kind"], check_index_type=False, check_categorical=False
    )
    after.write(tmp_path / "mapped.h5mu")
    assert "X_integrated" in mudata.read_h5mu(tmp_path / "mapped.h5mu").obsm


def as_single(query):
    return mudata.MuData({name: cells.copy() for name, cells in query.items()})


@pytest.mark.parametrize(
    "settings",
    [
        {"n_pca": None},
        {"n_pca": 4, "local_denoising": LocalDenoising(min_size=40, n_clusters=2)},
        {"embedding": "phate", "n_components": 2},
        {"order": "random", "power": 2},
    ],
)
def test_the_stored_reference_is_that_of_the_model(cells, settings):
    own = {"rna": "other", "prot": "none"} if settings.get("n_pca", 0) is None else {"rna": "rna", "prot": "protein"}
    model = IntegratedDiffusion(**({"n_components": 4, "steps": {"rna": 1, "prot": 1}} | settings))
    reference = tl.integrate(cells, model, recipes=own)
    fitted = IntegratedDiffusion(**model.get_params()).set_params(recipes=own)
    rows = [reference[name].obs_names.get_indexer(reference.obs_names) for name in ("rna", "prot")]
    views = {name: cells[name].X[at] for name, at in zip(("rna", "prot"), rows, strict=True)}
    fitted.fit(views)
    new = {"prot": views["prot"][:12] + 1}
    query = AnnData(new["prot"], pd.DataFrame(index=[f"new{i}" for i in range(12)]), reference["prot"].var[[]])
    found = tl.ingest({"prot": query}, reference, predict="rna")
    scale = np.abs(fitted.embedding_).max()
    np.testing.assert_allclose(found.obsm["X_integrated"], fitted.transform(new), atol=1e-3 * scale)
    np.testing.assert_allclose(found.obsm["integrated_predicted_rna"], fitted.predict(new, "rna"), atol=1e-3)


def test_a_type_that_the_reference_lacks_is_far_away():
    rng = np.random.default_rng(0)
    along = rng.random((300, 1))
    low, high, other = rng.gamma(1, 4, 30), rng.gamma(1, 4, 30), rng.gamma(1, 4, 30)
    known = AnnData(rng.poisson(along * low + (1 - along) * high).astype(np.float32))
    unknown = AnnData(rng.poisson(np.tile(other, (20, 1))).astype(np.float32))
    alike = AnnData(rng.poisson(along[:40] * low + (1 - along[:40]) * high).astype(np.float32))
    proteins = AnnData(rng.poisson(20 * along * rng.random(8) + 5).astype(np.float32))
    reference = tl.integrate({"rna": known, "prot": proteins}, IntegratedDiffusion(steps={"rna": 1, "prot": 1}))
    distance = {
        name: tl.ingest({"rna": query}, reference).obs["integrated_distance"]
        for name, query in {"unknown": unknown, "alike": alike}.items()
    }
    assert (distance["unknown"] > 1).all()
    assert (distance["alike"] > 1).mean() < 0.2


def test_features_are_matched_by_name(reference):
    query = query_of(reference, list(reference.obs_names[:8]), ["rna"])
    turned = {"rna": query["rna"][:, ::-1].copy()}
    np.testing.assert_array_equal(
        tl.ingest(turned, reference).obsm["X_integrated"], tl.ingest(query, reference).obsm["X_integrated"]
    )
    lacking = {"rna": query["rna"][:, 3:].copy()}
    with pytest.raises(ValueError, match=r"expected the 20 features of the fit, found 3 missing .first 'rna0'"):
        tl.ingest(lacking, reference)


@pytest.mark.parametrize(
    ("change", "words", "message"),
    [
        (None, {"obs": "kinds"}, "expected a column of the reference, found 'kinds'; try 'rna:kind'"),
        (None, {"predict": ["atac"]}, "predict: expected names of views among 'rna', 'prot', found 'atac'"),
        (lambda data: data.uns.pop(keys.REFERENCE), {}, "version 0.1 did not keep it"),
        (lambda data: data.uns.pop(keys.RECORD), {}, "expected an integrated operator in the reference"),
    ],
)
def test_bad_reference(reference, change, words, message):
    query = query_of(reference, list(reference.obs_names[:8]), ["rna"])
    if change:
        change(reference)
    with pytest.raises(ValueError, match=message):
        tl.ingest(query, reference, **words)


def test_bad_query(reference, mdata):
    with pytest.raises(TypeError, match="query: expected a MuData or a mapping"):
        tl.ingest(mdata["rna"], reference)
    with pytest.raises(ValueError, match="at least one of the reference's modalities 'rna', 'prot', found 'atac'"):
        tl.ingest({"atac": mdata["rna"].copy()}, reference)


def test_given_coordinates_are_no_reference(mdata, model):
    pp.prepare(mdata)
    reference = tl.integrate(mdata, model)
    query = query_of(reference, list(reference.obs_names[:8]), ["rna"])
    with pytest.raises(ValueError, match=r"found given coordinates .use_rep or pp.prepare."):
        tl.ingest(query, reference)


def test_a_new_integration_replaces_the_reference(reference, model):
    before = reference.uns[keys.REFERENCE]
    again = tl.integrate(reference, model.set_params(n_pca=3))
    assert again.uns[keys.REFERENCE]["rna"]["points"].shape[1] == 3 != before["rna"]["points"].shape[1]
