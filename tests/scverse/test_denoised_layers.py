"""Denoised values are those of the right cells, in the modality's own order, and never dense beyond a block."""

import os
import tracemalloc

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.io import counts_on_disk, normalised_on_disk, read_without_values
from integrated_diffusion.operators import blockwise as blocks
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns


def how(view, power=1):
    """How a modality was smoothed by a power of the integrated operator."""
    return {"view": view, "smoother": "integrated", "power": power, "amount": 1.0, "scale": "normalised"}


def dense(X):
    return X.toarray() if sp.issparse(X) else np.asarray(X)


@pytest.mark.parametrize("view", ["rna", "prot"])
@pytest.mark.parametrize("power", [1, 3])
@pytest.mark.parametrize("block_bytes", [blocks.BLOCK_BYTES, 60 * 4 * 3])
def test_a_layer(integrated, normalised, J, view, power, block_bytes, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(blocks, "MIN_COLUMNS", 1)
    assert tl.denoise(integrated, view, power=power) is integrated
    cells = integrated[view]
    expected = (np.linalg.matrix_power(J.to_numpy(), power) @ normalised[view]).set_axis(J.index).loc[cells.obs_names]
    assert cells.layers["integrated"].dtype == np.float32
    np.testing.assert_allclose(cells.layers["integrated"], expected, rtol=1e-5)
    assert cells.uns["integrated_denoising"] == how(view, power) | {"threshold": 0.0}


@pytest.mark.parametrize("view", ["rna", "prot"])
def test_a_sparse_layer(integrated, view):
    tl.denoise(integrated, view)
    whole = integrated[view].layers["integrated"]
    threshold = float(np.median(np.abs(whole)))
    tl.denoise(integrated, view, threshold=threshold)
    sparse = integrated[view].layers["integrated"]
    assert isinstance(sparse, sp.csr_matrix)
    assert sparse.nnz == np.count_nonzero(np.abs(whole) >= threshold) < whole.size
    np.testing.assert_array_equal(sparse.toarray(), np.where(np.abs(whole) >= threshold, whole, 0))
    assert integrated[view].uns["integrated_denoising"]["threshold"] == threshold


@pytest.mark.parametrize("threshold", [None, 0.9])
def test_chosen_features(integrated, normalised, J, threshold):
    tl.denoise(integrated, "prot", ["prot5", "prot1"], threshold=threshold)
    frame = integrated["prot"].obsm["integrated_denoised"]
    expected = (J @ normalised["prot"]).loc[integrated["prot"].obs_names, ["prot5", "prot1"]]
    if threshold:
        expected = expected.where(expected.abs() >= threshold, 0)
    assert list(frame.columns) == ["prot5", "prot1"]
    np.testing.assert_allclose(frame, expected, rtol=1e-5)
    assert integrated["prot"].uns["integrated_denoised"] == how("prot")
    tl.denoise(integrated, "prot", ["prot2", "prot1"])
    frame = integrated["prot"].obsm["integrated_denoised"]
    assert list(frame.columns) == ["prot5", "prot2", "prot1"]
    once = (J @ normalised["prot"]).loc[frame.index]
    np.testing.assert_allclose(frame[["prot2", "prot1"]], once[["prot2", "prot1"]], rtol=1e-5)
    np.testing.assert_allclose(frame["prot5"], expected["prot5"], rtol=1e-5)
    assert "integrated" not in integrated["prot"].layers


@pytest.mark.parametrize("described", [True, False])
def test_chosen_features_of_another_power_are_not_kept_beside(integrated, normalised, J, described):
    tl.denoise(integrated, "prot", ["prot5", "prot1"])
    if not described:
        del integrated["prot"].uns["integrated_denoised"]
    tl.denoise(integrated, "prot", ["prot2"], power=2 if described else 1)
    frame = integrated["prot"].obsm["integrated_denoised"]
    assert list(frame.columns) == ["prot2"]
    operator = J @ J if described else J
    np.testing.assert_allclose(frame, (operator @ normalised["prot"]).loc[frame.index, ["prot2"]], rtol=1e-5)
    assert integrated["prot"].uns["integrated_denoised"] == how("prot", 2 if described else 1)


def test_names_of_features_with_a_slash(cells, model, normalised, J, tmp_path):
    """HDF5 takes a slash for a folder: anndata warns of it, and warnings are errors here."""
    cells["prot"].var_names = ["HLA/DR", "HLA_DR", *cells["prot"].var_names[2:]]
    mdata = tl.integrate(cells, model)
    tl.denoise(mdata, "prot", ["HLA/DR"])
    tl.denoise(mdata, "prot", ["HLA_DR", "prot3"])
    mdata.write(tmp_path / "a.h5mu")
    frame = mudata.read_h5mu(tmp_path / "a.h5mu")["prot"].obsm["integrated_denoised"]
    assert list(frame) == ["HLA_DR", "HLA_DR-1", "prot3"]
    expected = (J @ normalised["prot"]).loc[frame.index, ["prot0", "prot1", "prot3"]]
    np.testing.assert_allclose(frame, expected, rtol=1e-5)


@pytest.mark.parametrize("act", [tl.denoise, lambda m, v, f: tl.write_denoised(m, v, "a.h5ad", f)])
def test_no_features(integrated, act):
    with pytest.raises(ValueError, match="features: expected at least one feature, found none"):
        act(integrated, "rna", [])


def test_of_coordinates_that_were_there_the_measured_features_are_denoised(mdata, model):
    tl.integrate(mdata, model, use_rep={"rna": "X_pca"})
    tl.denoise(mdata, "rna", ["rna3"])
    assert mdata["rna"].obsm["integrated_denoised"].shape == (60, 1)


@pytest.mark.parametrize("threshold", [None, 0.9])
@pytest.mark.parametrize("features", [None, ["prot5", "prot1"]])
def test_a_file_holds_the_same_in_the_order_of_the_mudata(integrated, tmp_path, threshold, features):
    integrated.obs["place"] = np.arange(60)
    path = tl.write_denoised(integrated, "prot", tmp_path / "a.h5ad", features, threshold=threshold)
    tl.denoise(integrated, "prot", threshold=threshold)
    columns = list(integrated["prot"].var_names) if features is None else features
    own = pd.DataFrame(dense(integrated["prot"].layers["integrated"]), integrated["prot"].obs_names)
    found = anndata.read_h5ad(path)
    assert list(found.obs_names) == list(integrated.obs_names)
    assert list(found.var_names) == columns
    at = [list(integrated["prot"].var_names).index(name) for name in columns]
    np.testing.assert_array_equal(dense(found.X), own.loc[found.obs_names, at])
    np.testing.assert_array_equal(found.obs["prot:tag"], integrated["prot"].obs["tag"].loc[found.obs_names])
    assert list(found.obs["rna:kind"]) == list(integrated["rna"].obs["kind"].loc[found.obs_names])
    assert list(found.obs["place"]) == list(integrated.obs["place"])
    assert found.uns["integrated_denoising"] == how("prot") | {"threshold": threshold or 0.0}
    backed = anndata.read_h5ad(path, backed="r")
    np.testing.assert_array_equal(dense(backed[:7].to_memory().X), own.loc[found.obs_names[:7], at])
    backed.file.close()


def test_a_folder_of_zarr_holds_the_same(integrated, tmp_path):
    files = [tl.write_denoised(integrated, "prot", tmp_path / f"a{suffix}", power=2) for suffix in (".h5ad", ".zarr")]
    file, folder = anndata.read_h5ad(files[0]), anndata.io.read_zarr(files[1])
    np.testing.assert_array_equal(folder.X, file.X)
    pd.testing.assert_frame_equal(folder.obs, file.obs)
    pd.testing.assert_frame_equal(folder.var, file.var)
    assert folder.uns["integrated_denoising"] == how("prot", 2) | {"threshold": 0.0}
    with pytest.raises(ValueError, match=r"expected an output that ends in \.h5ad, found '\.zarr'"):
        tl.write_denoised(integrated, "prot", tmp_path / "b.zarr", threshold=0.5)


def test_names_of_features_that_repeat(cells, model, tmp_path):
    cells["rna"].var_names = ["rna0", "rna0", *cells["rna"].var_names[2:]]
    mdata = tl.integrate(cells, model)
    tl.denoise(mdata, "rna", ["rna0", "rna7"])
    assert list(mdata["rna"].obsm["integrated_denoised"]) == ["rna0", "rna0-1", "rna7"]
    tl.denoise(mdata, "rna", ["rna0"])
    assert list(mdata["rna"].obsm["integrated_denoised"]) == ["rna7", "rna0", "rna0-1"]
    with pytest.warns(UserWarning, match="Variable names are not unique"):
        found = anndata.read_h5ad(tl.write_denoised(mdata, "rna", tmp_path / "a.h5ad"))
    assert list(found.var_names[:3]) == ["rna0", "rna0", "rna2"]


class Broken(Exception):
    """Something that goes wrong on the way."""


def test_what_fails_midway_leaves_nothing(integrated, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 60 * 4 * 3)
    monkeypatch.setattr(blocks, "MIN_COLUMNS", 1)

    def progress(stage, done, total):
        if done > 5:
            raise Broken

    for threshold in (None, 0.5):
        with pytest.raises(Broken):
            tl.write_denoised(integrated, "rna", tmp_path / "a.h5ad", threshold=threshold, progress=progress)
        assert not os.listdir(tmp_path)
        with pytest.raises(Broken):
            tl.denoise(integrated, "rna", threshold=threshold, progress=progress)
        assert "integrated" not in integrated["rna"].layers


@pytest.fixture
def wide(tmp_path):
    """1,500 cells, 8,000 features, 1 % of them counted, nearly always where nothing else is."""
    rng = np.random.default_rng(0)
    values = sp.random_array((1500, 8000), density=0.01, rng=rng, dtype=np.float32, format="csr")
    values.data[:] = 1
    few = rng.poisson(3, (1500, 10)).astype(np.float32)
    names = {"atac": [f"peak{i}" for i in range(8000)], "prot": [f"prot{i}" for i in range(10)]}
    made = {"atac": AnnData(sp.csr_matrix(values)), "prot": AnnData(few)}
    for name, modality in made.items():
        modality.var_names = names[name]
    mdata = mudata.MuData(made)
    return tl.integrate(mdata, IntegratedDiffusion(n_components=2, n_pca=5, steps={"atac": 0, "prot": 1}))


def test_nothing_dense_is_larger_than_a_few_blocks(wide, tmp_path, monkeypatch):
    """The view would take 48 MB dense; 1 MB blocks, three copies of the sparse values and their indices are allowed."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**20)
    X = wide["atac"].X
    sparse = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    allowed = 10 * 2**20 + 6 * sparse
    assert allowed < 1500 * 8000 * 4 / 2

    def write():
        tl.write_denoised(wide, "atac", tmp_path / "a.h5ad", threshold=2.0)

    def write_dense():
        tl.write_denoised(wide, "atac", tmp_path / "b.h5ad")

    def layer():
        tl.denoise(wide, "atac", threshold=2.0)

    tl.denoise(wide, "atac", ["peak3"])  # what is loaded or compiled once
    for act in (write, write_dense, layer):
        assert peak(act) < allowed, act.__name__
    kept = wide["atac"].layers["integrated"]
    assert 0 < kept.nnz < 0.05 * 1500 * 8000
    np.testing.assert_array_equal(dense(anndata.read_h5ad(tmp_path / "a.h5ad").X), kept.toarray())
    whole = anndata.read_h5ad(tmp_path / "b.h5ad").X
    np.testing.assert_array_equal(np.where(whole >= 2.0, whole, 0), kept.toarray())


def peak(act):
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def selecting(mdata):
    """Integrated by cross-validated steps, so that a smoother is selected for each modality."""
    return tl.integrate(mdata, IntegratedDiffusion(n_components=5))


@pytest.mark.parametrize("scale", ["normalised", "counts"])
@pytest.mark.parametrize("view", ["rna", "prot"])
def test_a_modality_is_denoised_by_what_the_record_says(selecting, tables, view, scale, tmp_path):
    recipes = {"rna": "rna", "prot": "protein"}
    views = {name: tables[name].loc[list(selecting.obs_names)].to_numpy() for name in recipes}
    views["rna"] = sp.csr_array(views["rna"])
    model = IntegratedDiffusion(n_components=5, recipes=recipes).fit(views)
    expected = pd.DataFrame(model.denoise(view, scale=scale), selecting.obs_names)
    kept = selecting.uns["integrated_diffusion"]["denoising"][view]
    assert (kept["operator"], kept["t"]) == (model.denoising_[view].operator, model.denoising_[view].t)
    tl.denoise(selecting, view, scale=scale)
    cells = selecting[view]
    # Proteins come in another order of cells, so that neighbours are sought in another order.
    np.testing.assert_allclose(cells.layers["integrated"], expected.loc[cells.obs_names], rtol=1e-3, atol=1e-4)
    assert cells.uns["integrated_denoising"]["scale"] == scale
    assert cells.uns["integrated_denoising"]["amount"] == model.denoising_[view].at(scale).amount
    found = anndata.read_h5ad(tl.write_denoised(selecting, view, tmp_path / "a.h5ad", scale=scale))
    in_order = found[list(cells.obs_names)].X
    np.testing.assert_array_equal(in_order, cells.layers["integrated"])
    if scale == "counts":
        np.testing.assert_allclose(found.X.sum(axis=1), tables[view].loc[found.obs_names].sum(axis=1), rtol=1e-4)


def test_an_amount_can_be_given(integrated, normalised, J):
    tl.denoise(integrated, "rna", amount=0.25)
    X = normalised["rna"]
    expected = (0.75 * X + 0.25 * (J @ X)).loc[integrated["rna"].obs_names]
    np.testing.assert_allclose(integrated["rna"].layers["integrated"], expected, rtol=1e-4)
    with pytest.raises(ValueError, match="a smoother of 'rna' in the record, found none; integrate with cross-valid"):
        tl.denoise(integrated, "rna", amount="cross_validated")
    tl.denoise(integrated, "rna", ["rna1"], amount=0.25)
    tl.denoise(integrated, "rna", ["rna2"], amount=0.5)
    assert list(integrated["rna"].obsm["integrated_denoised"]) == ["rna2"]


def test_values_that_were_normalised_since_are_refused(integrated, tmp_path):
    """The recorded recipe for counts would be laid over logarithms."""
    counts = integrated["rna"].X
    depth = np.asarray(counts.sum(axis=1)).reshape(-1, 1)
    some = pd.DataFrame({"rna": integrated["rna"].var_names[:2], "prot": integrated["prot"].var_names[:2]})
    integrated["rna"].X = sp.csr_matrix(np.log1p(dense(counts) / depth * 1e4).astype(np.float32))
    for refused in (
        lambda: tl.denoise(integrated, "rna"),
        lambda: tl.write_denoised(integrated, "rna", tmp_path / "rna.h5ad"),
        lambda: tl.associate(integrated, "rna", "prot", some, n_shuffles=0),
    ):
        with pytest.raises(
            ValueError, match="view 'rna': expected the whole counts that were integrated by the recipe"
        ):
            refused()
    assert not (tmp_path / "rna.h5ad").exists()
    tl.denoise(integrated, "prot")  # the other modality is as it was


def test_features_without_a_name_or_called_like_a_place_are_written(integrated, tmp_path):
    names = ["", ".", "a/b", *integrated["prot"].var_names[3:]]
    integrated["prot"].var_names = names
    tl.denoise(integrated, "prot", names[:3])
    frame = integrated["prot"].obsm["integrated_denoised"]
    integrated["prot"].write_h5ad(tmp_path / "prot.h5ad")
    back = anndata.read_h5ad(tmp_path / "prot.h5ad")
    assert list(back.var_names) == names
    np.testing.assert_array_equal(back.obsm["integrated_denoised"], frame)


def test_counts_without_some_of_their_features_are_refused(tmp_path):
    """Their sums, by which a recipe for counts divides, would be others."""
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(60)]
    with own_columns():
        counts = {name: rng.poisson(3, (60, n)).astype(np.float32) for name, n in (("rna", 20), ("prot", 8))}
        frames = {name: pd.DataFrame(X, names, [f"{name}{i}" for i in range(X.shape[1])]) for name, X in counts.items()}
        data = mudata.MuData({name: AnnData(frame) for name, frame in frames.items()})
        model = IntegratedDiffusion(n_components=2, steps={"rna": 1, "prot": 1}, power=1)
        tl.integrate(data, model, recipes={"rna": "rna", "prot": "protein"})
        data.mod["rna"] = data["rna"][:, :9].copy()
        data.update()
        with pytest.raises(ValueError, match="view 'rna': expected the 20 features that were integrated, found 9"):
            tl.denoise(data, "rna")
        assert tl.denoise(data, "prot")["prot"].layers["integrated"].shape == (60, 8)
        data.write(tmp_path / "fewer.h5mu")
    stored = read_without_values(tmp_path / "fewer.h5mu")
    for reading in (normalised_on_disk, counts_on_disk):
        with pytest.raises(ValueError, match=r"rna/X: expected the 20 features that were integrated, found 9"):
            reading(stored, "rna")
