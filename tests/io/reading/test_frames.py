"""Names and columns of data frames in files, as old releases of anndata, R and pandas 3 write them."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata.io import write_elem

from integrated_diffusion.io import read
from integrated_diffusion.io.frames import column_names, index_names, read_column
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.model import workflow
from mudata_settings import own_columns

N = 30


def write_frame_of_anndata_0_7(group: h5py.Group, key: str, frame: pd.DataFrame) -> None:
    made = group.create_group(key)
    made.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.1.0", "_index": "_index"})
    made.attrs["column-order"] = np.array(list(frame.columns), dtype=object)
    made.create_dataset("_index", data=np.array(list(frame.index), dtype=object), dtype=h5py.string_dtype())
    for column in frame:
        categories = np.array(list(frame[column].cat.categories), dtype=object)
        kept = made.require_group("__categories").create_dataset(column, data=categories, dtype=h5py.string_dtype())
        codes = made.create_dataset(column, data=frame[column].cat.codes.to_numpy())
        codes.attrs["categories"] = kept.ref


@pytest.fixture
def old(tmp_path, names, rna, atac) -> list[Path]:
    """Two files as anndata 0.7 wrote them, whose own names say nothing of what was measured."""
    paths = []
    for name, values, kind in (("first", rna, "Gene Expression"), ("second", atac, "Antibody Capture")):
        obs = pd.DataFrame({"kind": pd.Categorical(["a", None, "b"] * (N // 3))}, index=names)
        features = [f"{name}{i}" for i in range(values.shape[1])]
        var = pd.DataFrame({"feature_types": pd.Categorical([kind] * len(features))}, index=features)
        paths.append(tmp_path / f"{name}.h5ad")
        with h5py.File(paths[-1], "w") as file:
            write_elem(file, "X", sp.csr_matrix(values))
            write_frame_of_anndata_0_7(file, "obs", obs)
            write_frame_of_anndata_0_7(file, "var", var)
    return paths


def test_categories_of_anndata_0_7_tell_the_recipes(old):
    found = read(old)
    assert found.feature_types == {"first": "Gene Expression", "second": "Antibody Capture"}
    assert workflow.recipes_for(found) == {"first": "rna", "second": "protein"}
    assert list(read_labels(found, "kind")) == ["a", "nan", "b"] * (N // 3)


@pytest.mark.parametrize("kind", ["fixed length", "ascii", "latin-1"])
def test_names_in_bytes_are_text(tmp_path, names, rna, kind):
    anndata.AnnData(rna, obs=pd.DataFrame({"kind": ["a"] * N}, index=names)).write_h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "r+") as file:
        obs, key = file["obs"], file["obs"].attrs["_index"]
        del obs[key]
        obs.attrs["_index"] = np.bytes_(key)
        if kind == "ascii":
            obs.create_dataset(key, data=np.array(names, dtype=object), dtype=h5py.string_dtype("ascii"))
        else:
            last = b"caf\xe9" if kind == "latin-1" else names[-1].encode()
            obs.create_dataset(key, data=np.array([*(name.encode() for name in names[:-1]), last]))
        assert index_names(obs) == [*names[:-1], "café" if kind == "latin-1" else names[-1]]
        assert column_names(obs) == ["kind"]
        assert list(read_column(obs, "kind")) == ["a"] * N


def test_order_of_modalities_in_bytes(h5mu):
    with h5py.File(h5mu, "r+") as file:
        file["mod"].attrs["mod-order"] = np.array([b"rna", b"atac"])
    assert list(read(h5mu).views) == ["rna", "atac"]


COLUMNS = {
    "text": (pd.array(["x", None, "y"] * 10, dtype="string"), ["x", "nan", "y"]),
    "whole": (pd.array([1, None, 3] * 10, dtype="Int64"), [1.0, np.nan, 3.0]),
    "complete": (pd.array([1, 2, 3] * 10, dtype="Int64"), [1, 2, 3]),
    "truth": (pd.array([True, None, False] * 10, dtype="boolean"), ["True", "nan", "False"]),
    "yes": ([True, True, False] * 10, [True, True, False]),
    "half": (np.array([0.5, 1, 2] * 10, dtype=np.float16), [0.5, 1.0, 2.0]),
    "category": (pd.Categorical([10, 2, None] * 10), ["10", "2", "nan"]),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_labels_of_every_type(tmp_path, names, rna, atac, column):
    values, expected = COLUMNS[column]
    first = anndata.AnnData(rna, obs=pd.DataFrame({column: values}, index=pd.array(names, dtype="string")))
    with anndata.settings.override(allow_write_nullable_strings=True):
        first.write_h5ad(tmp_path / "rna.h5ad")
    anndata.AnnData(atac, obs=pd.DataFrame(index=names)).write_h5ad(tmp_path / "atac.h5ad")
    found = read([tmp_path / "atac.h5ad", tmp_path / "rna.h5ad"])  # the column is not in the first file
    for asked in (column, f"rna:{column}"):
        np.testing.assert_array_equal(read_labels(found, asked), expected * 10)


def test_labels_of_a_modality(tmp_path, names, rna, atac):
    kinds = np.array(["a", "b"] * (N // 2))
    first = anndata.AnnData(rna, obs=pd.DataFrame({"kind": kinds, "batch": kinds}, index=names))
    second = anndata.AnnData(atac[::-1], obs=pd.DataFrame({"batch": ["c"] * N}, index=names[::-1]))
    first.var_names, second.var_names = ([f"{name}{i}" for i in range(n)] for name, n in (("g", 7), ("p", 5)))
    with own_columns():
        mudata.MuData({"rna": first, "rna:x": second}).write(tmp_path / "cells.h5mu")
    found = read(tmp_path / "cells.h5mu")
    assert list(read_labels(found, "kind")) == list(read_labels(found, "rna:kind")) == list(kinds)
    assert list(read_labels(found, "rna:x:batch")) == ["c"] * N
    with pytest.raises(ValueError, match="'batch' with different values in 'rna' and 'rna:x'; write 'rna:batch'"):
        read_labels(found, "batch")
    with pytest.raises(ValueError, match="expected a column 'kin', found 'kind'"):
        read_labels(found, "kin")


def test_counts_of_proteins_in_obsm(tmp_path, names, rna, atac):
    cells = anndata.AnnData(rna, obs=pd.DataFrame(index=names))
    cells.obsm["protein_expression"] = pd.DataFrame(atac, names, [f"CD{i}" for i in range(5)])
    cells.obsm["spatial"] = atac[:, :2]
    cells.obsm["X_scVI"] = atac - 0.5
    cells.write_h5ad(tmp_path / "rna.h5ad")
    places = {"x": "rna:obsm/protein_expression", "prot": "rna:obsm/spatial", "s": "rna:obsm/spatial"}
    found = read(tmp_path / "rna.h5ad", {"rna": "rna", **places, "adt": "rna:obsm/X_scVI"})
    # `prot` says that whole numbers are counts, `spatial` alone that they are places; `X_scVI` has no counts
    expected = {"rna": "rna", "x": "protein", "prot": "protein", "s": "none", "adt": "none"}
    assert workflow.recipes_for(found) == expected
    assert found.feature_names["x"] == [f"CD{i}" for i in range(5)]
