"""Denoised values arrive in every format, block by block, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrated_diffusion.io import DenoisedView, check_denoised_output, read, write_denoised
from mudata_settings import own_columns


@pytest.fixture
def values(names) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(len(names), 5)).astype(np.float32)


@pytest.fixture
def denoised(names, values, array_blocks) -> DenoisedView:
    return DenoisedView("atac", names, [f"peak{i}" for i in range(5)], array_blocks(values, 2))


def read_mudata(path: Path) -> mudata.MuData:
    with own_columns():
        return mudata.read_h5mu(path)


@given(st.integers(1, 6), st.integers(1, 9), st.integers(1, 10))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_npy_of_any_blocks(tmp_path, array_blocks, n_samples, n_features, width):
    X = np.random.default_rng(0).normal(size=(n_samples, n_features))
    names = [str(i) for i in range(max(n_samples, n_features))]
    view = DenoisedView("x", names[:n_samples], names[:n_features], array_blocks(X, width))
    found = np.load(write_denoised(view, tmp_path / "x.npy"))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, X.astype(np.float32))


def test_npz(denoised, values, names, tmp_path):
    write_denoised(denoised, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["values"], values)
        assert list(arrays["sample_names"]) == names
        assert list(arrays["feature_names"]) == denoised.feature_names


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".tsv", "\t")])
def test_table_reads_back(denoised, values, names, tmp_path, monkeypatch, suffix, separator):
    monkeypatch.setattr("integrated_diffusion.io.writing.text._TEXT_ROWS", 7)
    write_denoised(denoised, tmp_path / f"x{suffix}")
    frame = pd.read_csv(tmp_path / f"x{suffix}", sep=separator, index_col=0)
    assert list(frame.index) == names
    assert list(frame.columns) == denoised.feature_names
    np.testing.assert_array_equal(frame.to_numpy(np.float32), values)
    assert [path.name for path in tmp_path.iterdir()] == [f"x{suffix}"]


def test_layer_of_a_modality_in_its_own_order(h5mu, denoised, values, names, tmp_path):
    view = replace(denoised, place=read(h5mu).places["atac"])
    write_denoised(view, tmp_path / "out.h5mu")
    before, after = read_mudata(h5mu), read_mudata(tmp_path / "out.h5mu")
    layer = pd.DataFrame(after["atac"].layers["integrated"], after["atac"].obs_names)
    assert list(layer.index) == list(before["atac"].obs_names) != names
    np.testing.assert_array_equal(layer.loc[names], values)
    np.testing.assert_array_equal(after["atac"].X, before["atac"].X)
    assert "integrated" not in after["rna"].layers


def test_layer_is_replaced_in_place(h5mu, denoised, values, names, array_blocks):
    place = read(h5mu).places["atac"]
    for factor in (1, 2):
        write_denoised(replace(denoised, place=place, blocks=array_blocks(values * factor, 3)), h5mu)
    layer = pd.DataFrame(read_mudata(h5mu)["atac"].layers["integrated"], read_mudata(h5mu)["atac"].obs_names)
    np.testing.assert_array_equal(layer.loc[names], values * 2)


def test_h5ad_layer_and_representation(h5ads, denoised, values, names, tmp_path, array_blocks):
    measured = read(h5ads, {"pca": "rna:obsm/X_pca", "atac": "atac"})
    write_denoised(replace(denoised, place=measured.places["atac"]), tmp_path / "a.h5ad")
    layer = anndata.read_h5ad(tmp_path / "a.h5ad").to_df("integrated")
    np.testing.assert_array_equal(layer.loc[names], values)
    pca = DenoisedView("pca", names, list("abc"), array_blocks(values[:, :3], 3), measured.places["pca"])
    write_denoised(pca, tmp_path / "b.h5ad")
    found = anndata.read_h5ad(tmp_path / "b.h5ad").obsm
    np.testing.assert_array_equal(found["X_pca_integrated"], values[:, :3])
    assert "X_pca" in found


@pytest.mark.parametrize("name", ["out.npz", "out.npy", "out.csv", "out.h5mu", "both.h5mu"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_interrupted_half_way_leaves_nothing(h5mu, denoised, values, tmp_path, name, error, array_blocks):
    interrupted = array_blocks(values, 2, error=error)
    original = h5mu.read_bytes()
    with pytest.raises(error):
        write_denoised(replace(denoised, blocks=interrupted, place=read(h5mu).places["atac"]), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["both.h5mu"]
    assert h5mu.read_bytes() == original


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(0, 2), (3, 5)], "expected columns from 2 on"),
        ([(0, 2), (0, 2)], "expected columns from 2 on"),
        ([(0, 4)], "expected 5 columns, found 4"),
    ],
)
def test_blocks_must_cover_the_view(denoised, values, tmp_path, spans, message, array_blocks):
    blocks = array_blocks(values, 2, spans)
    with pytest.raises(ValueError, match=message):
        write_denoised(replace(denoised, blocks=blocks), tmp_path / "x.npy")
    assert list(tmp_path.iterdir()) == []


def test_chosen_features_are_no_layer(h5mu, denoised, values, array_blocks):
    view = replace(denoised, feature_names=["peak1"], blocks=array_blocks(values[:, :1], 1))
    with pytest.raises(ValueError, match=r"expected all 5 features for a layer, found 1; .*\.npz or \.csv"):
        write_denoised(replace(view, place=read(h5mu).places["atac"]), h5mu)


def test_outputs_that_cannot_be(h5mu, npz, tmp_path):
    from_mudata, from_npz = read(h5mu).places["rna"], read(npz, {"a": "rna", "b": "atac"}).places["a"]
    assert check_denoised_output(h5mu, from_mudata) == h5mu
    with pytest.raises(ValueError, match=r"ends in \.h5mu or \.h5ad or \.zarr or \.npz .*found '\.h5'"):
        check_denoised_output(tmp_path / "x.h5", from_mudata)
    with pytest.raises(ValueError, match=r"ends in \.h5ad or \.zarr or \.npz .*found '\.h5mu'"):
        check_denoised_output(tmp_path / "x.h5mu", from_npz)
    with pytest.raises(ValueError, match="the input itself, whose values would be lost"):
        check_denoised_output(npz, from_npz)
