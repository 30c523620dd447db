"""One AnnData with a modality's normalised or denoised values, for scanpy, cellxgene and R."""

from __future__ import annotations

import re
from pathlib import Path

import anndata as ad
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse as sp

from integrated_diffusion.scverse import tl, to_anndata

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "export.md").read_text(encoding="utf-8")


@pytest.fixture
def integrated(mdata, model):
    return tl.integrate(mdata, model)


def in_order(values, cells, data):
    """Rows of a modality in the order of the MuData."""
    dense = values.toarray() if sp.issparse(values) else np.asarray(values)
    return pd.DataFrame(dense, cells.obs_names).loc[data.obs_names].to_numpy()


def test_normalised_values_and_counts(integrated):
    found = to_anndata(integrated, "rna", "normalised")
    counts = in_order(integrated["rna"].X, integrated["rna"], integrated)
    np.testing.assert_array_equal(in_order(found.layers["counts"], found, integrated), counts)
    depth = counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        in_order(found.X, found, integrated), np.log1p(counts / depth * np.median(depth)), rtol=1e-4, atol=1e-5
    )
    assert list(found.var_names) == list(integrated["rna"].var_names)
    assert list(found.obs_names) == list(integrated.obs_names)
    assert "X_integrated" in found.obsm


@pytest.mark.parametrize("stored", [True, False])
def test_denoised_values(integrated, stored):
    once = integrated.copy()
    tl.denoise(once, "prot")
    expected = in_order(once["prot"].layers["integrated"], once["prot"], once)
    found = to_anndata(once if stored else integrated, "prot", "denoised")
    np.testing.assert_allclose(found.X, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.layers["counts"], in_order(once["prot"].X, once["prot"], once))
    assert "integrated" not in found.layers
    assert "integrated" not in integrated["prot"].layers  # the data stay as they are


def test_measured_values_are_left_where_they_are(integrated):
    found = to_anndata(integrated, "rna")
    np.testing.assert_array_equal(found.X.toarray(), in_order(integrated["rna"].X, integrated["rna"], integrated))
    assert "counts" not in found.layers


def test_raw_is_left_out(integrated):
    integrated["rna"].raw = integrated["rna"].copy()
    assert to_anndata(integrated, "rna", "normalised").raw is None
    assert to_anndata(integrated, "rna").raw is not None


def test_mistakes(integrated):
    with pytest.raises(ValueError, match="values: expected one of 'measured', 'normalised', 'denoised', found 'log'"):
        to_anndata(integrated, "rna", "log")
    with pytest.raises(ValueError, match="view: expected the modality whose normalised values are wanted, found none"):
        to_anndata(integrated, values="normalised")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::PendingDeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore:The default value for `spmatrix`:DeprecationWarning")  # mmread, of the newest scipy
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pandas.errors.PerformanceWarning")
def test_the_page_runs_and_its_files_are_read_back(tmp_path, monkeypatch):
    pytest.importorskip("scanpy")
    monkeypatch.chdir(tmp_path)
    space = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(block, space)
    plt.close("all")
    assert set(space["markers"]) & {"MS4A1", "CD79A", "CD74", "IGHM", "HLA-DRA"}
    again = ad.read_h5ad(tmp_path / "cells.h5ad")
    maps = {key: values for key, values in again.obsm.items() if key.startswith("X_")}
    assert {"X_integrated", "X_integrated_phate"} <= set(maps)
    assert all(np.isfinite(values).all() for values in maps.values())
    assert again.X.dtype == np.float32
    assert again.var_names.is_unique
    assert again.obs_names.is_unique
    assert isinstance(again.obs["cell_type"].dtype, pd.CategoricalDtype)
    folder = tmp_path / "for_seurat"
    matrix = scipy.io.mmread(folder / "matrix.mtx").toarray()
    features, barcodes = ((folder / name).read_text().split("\n")[:-1] for name in ("features.tsv", "barcodes.tsv"))
    assert matrix.shape == (len(features), len(barcodes)) == (500, 800)
    np.testing.assert_array_equal(matrix.T, again.layers["counts"].toarray())
    assert list(pd.read_csv(folder / "phate.csv", index_col=0).index) == barcodes
