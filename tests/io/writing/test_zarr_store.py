"""A MuData in `.zarr` holds what the `.h5mu` of the same content holds, and appears whole or not at all."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.io import DenoisedView, Results, read, write_denoised, write_results
from integrated_diffusion.io.foreign import as_hdf5
from integrated_diffusion.io.writing import zarr_store
from integrated_diffusion.io.writing.mudata_output import replacing_mudata
from integrated_diffusion.io.writing.zarr_store import hdf5_as_zarr
from mudata_settings import own_columns

N = 12


def everything() -> anndata.AnnData:
    """An AnnData of everything that anndata writes."""
    rng = np.random.default_rng(0)
    cells = anndata.AnnData(
        sp.csr_matrix(rng.poisson(1, (N, 5)).astype(np.float32)),
        obs=pd.DataFrame(
            {
                "kind": pd.Categorical(["é", "b", None] * 4),
                "level": pd.Categorical(["low", "high"] * 6, ["low", "high"], ordered=True),
                "flag": [True, False] * 6,
                "maybe": pd.array([True, None] * 6, dtype="boolean"),
                "count": pd.array([1, None] * 6, dtype="Int64"),
                "depth": rng.normal(size=N),
                "text": [f"t{i}" for i in range(N)],
            },
            index=[f"cell{i}" for i in range(N)],
        ),
        var=pd.DataFrame({"gene_ids": list("vwxyz")}, index=[f"g{i}" for i in range(5)]),
    )
    cells.raw = cells.copy()
    cells.layers["dense"] = rng.normal(size=(N, 5))
    cells.layers["columns"] = sp.csc_matrix(cells.X)
    cells.obsm["X_pca"] = rng.normal(size=(N, 3)).astype(np.float32)
    cells.obsm["frame"] = pd.DataFrame({"x": np.arange(N), "y": ["q"] * N}, index=cells.obs_names)
    cells.obsp["none"] = sp.csr_matrix((N, N))
    cells.uns = {
        "numbers": {"int": 3, "float": 2.5, "bool": True, "np": np.float32(1.5)},
        "texts": {"text": "é", "empty": "", "many": np.array(["x", "yy"]), "none": np.array([], dtype=object)},
        "arrays": {"flat": np.arange(4), "rows": np.zeros((0, 3)), "complex": np.array([1 + 2j])},
        "rank_genes_groups": {"names": np.array([("g1", "g2")], dtype=[("a", "U9"), ("b", "U9")])},
        "nothing": None,
    }
    return cells


@pytest.fixture
def stored(tmp_path) -> Path:
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        second = anndata.AnnData(np.ones((N, 2)), pd.DataFrame(index=[f"cell{i}" for i in range(N)]))
        data = mudata.MuData({"rna": everything(), "a": second})
        data.obs["batch"] = ["x", "y"] * 6
        data.write(tmp_path / "cells.h5mu")
    return tmp_path / "cells.h5mu"


def same(found, wanted, where=""):
    if isinstance(wanted, pd.DataFrame):
        assert list(found.columns) == list(wanted.columns), where
        pd.testing.assert_frame_equal(found, wanted, check_index_type=False, check_dtype=False)
    elif hasattr(wanted, "keys"):
        assert set(found.keys()) == set(wanted.keys()), where
        for key in wanted.keys():  # noqa: SIM118 - not only dictionaries
            same(found[key], wanted[key], f"{where}/{key}")
    elif sp.issparse(wanted):
        assert (type(found), found.dtype, found.shape) == (type(wanted), wanted.dtype, wanted.shape), where
        assert (found != wanted).nnz == 0, where
    elif isinstance(wanted, np.ndarray):
        if wanted.dtype.kind in "biufc":
            assert found.dtype == wanted.dtype, where
        assert found.tolist() == wanted.tolist(), where
    else:
        assert found == wanted, where


def same_mudata(found, wanted):
    assert list(found.mod) == list(wanted.mod)
    assert found.axis == wanted.axis
    parts = ("obs", "var", "obsm", "varm", "obsp", "varp", "uns")
    for owner, other in ((found, wanted), *((found[name], wanted[name]) for name in wanted.mod)):
        for part in parts:
            same(getattr(owner, part), getattr(other, part), part)
    for name in wanted.mod:
        same(found[name].X, wanted[name].X, name)
        same(found[name].layers, wanted[name].layers, name)


def read_zarr(path):
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mudata.read_zarr(path)


def read_h5mu(path):
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mudata.read_h5mu(path)


def test_mudata_reads_the_same_from_both(stored, tmp_path):
    hdf5_as_zarr(stored, tmp_path / "cells.zarr")
    wanted = read_h5mu(stored)
    same_mudata(read_zarr(tmp_path / "cells.zarr"), wanted)
    back = read_h5mu(as_hdf5(tmp_path / "cells.zarr"))  # mudata itself does not read `raw` of a .zarr
    same_mudata(back, wanted)
    same(back["rna"].raw.X, wanted["rna"].raw.X)


def test_arrays_of_many_blocks_and_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_store, "_BLOCK", 700)
    monkeypatch.setattr(zarr_store, "_CHUNK", 20)
    X = np.random.default_rng(0).normal(size=(101, 6))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["X"], file["none"], file["long"] = X, np.zeros((0, 4)), np.arange(1_000)
    hdf5_as_zarr(tmp_path / "x.h5", tmp_path / "x.zarr")
    import zarr

    root = zarr.open_group(str(tmp_path / "x.zarr"), mode="r")
    assert root["X"].chunks == (3, 6)
    np.testing.assert_array_equal(root["X"][()], X)
    np.testing.assert_array_equal(root["long"][()], np.arange(1_000))
    assert root["none"].shape == (0, 4)


def test_text_that_r_writes_as_bytes(stored, tmp_path):
    wanted = read_h5mu(stored)
    with h5py.File(stored, "r+") as file:
        for place in ("mod/rna/obs/_index", "mod/rna/obs/kind/categories", "mod/rna/obs/text"):
            texts = file[place] if isinstance(file[place], h5py.Dataset) else file[place]["values"]
            texts = texts.asstr()[()]
            del file[place]
            file[place] = np.array([text.encode() for text in texts], dtype="S")
            file[place].attrs["encoding-type"], file[place].attrs["encoding-version"] = "array", "0.2.0"
        obs = file["mod/rna/obs"].attrs
        obs["column-order"] = np.array([name.encode() for name in obs["column-order"]], dtype="S")
        obs["_index"] = np.bytes_(b"_index")
        file["mod"].attrs["mod-order"] = np.array([b"rna", b"a"], dtype="S")
    hdf5_as_zarr(stored, tmp_path / "cells.zarr")
    same_mudata(read_zarr(tmp_path / "cells.zarr"), wanted)


def test_no_lock_of_h5py_is_kept_while_zarr_writes(stored, tmp_path, monkeypatch):
    """One of zarr's threads may collect garbage of h5py, for which it needs the lock that the main thread has."""
    found, lock = [], h5py._objects.phil

    def is_free():
        return lock.acquire(blocking=False) and (lock.release() or True)

    def watched(dataset, into, name):
        with ThreadPoolExecutor(1) as pool:
            found.append(pool.submit(is_free).result())
        write(dataset, into, name)

    write = zarr_store._write_numbers
    monkeypatch.setattr(zarr_store, "_write_numbers", watched)
    hdf5_as_zarr(stored, tmp_path / "cells.zarr")
    assert found
    assert all(found)


@pytest.fixture
def results(names):
    embedding = np.random.default_rng(0).normal(size=(len(names), 3)).astype(np.float32)
    return Results({"version": "1", "views": ["rna", "atac"]}, np.ones((len(names), 2)), embedding=embedding)


def test_results_with_all_that_was_there(h5mu, results, tmp_path):
    for name in ("out.zarr", "out.h5mu"):
        assert write_results(read(h5mu).with_results(results), tmp_path / name) == (tmp_path / name,)
    found, wanted = read_zarr(tmp_path / "out.zarr"), read_h5mu(tmp_path / "out.h5mu")
    same_mudata(found, wanted)
    np.testing.assert_array_equal(found.obsm["X_integrated"], results.embedding)
    again = read(tmp_path / "out.zarr")
    moved = replace(results, embedding=results.embedding + 1)
    write_results(again.with_results(moved), tmp_path / "out.zarr")  # in its own place
    np.testing.assert_array_equal(read_zarr(tmp_path / "out.zarr").obsm["X_integrated"], moved.embedding)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["both.h5mu", "out.h5mu", "out.zarr"]


def test_denoised_values_are_a_layer_of_a_mudata_in_zarr(h5mu, names, array_blocks, tmp_path):
    hdf5_as_zarr(h5mu, tmp_path / "both.zarr")
    values = np.random.default_rng(0).normal(size=(len(names), 5)).astype(np.float32)
    data = read(tmp_path / "both.zarr")
    view = DenoisedView("atac", names, [f"peak{i}" for i in range(5)], array_blocks(values, 2), data.places["atac"])
    write_denoised(view, tmp_path / "out.zarr")
    write_denoised(view, tmp_path / "out.h5mu")
    for found in (read_zarr(tmp_path / "out.zarr"), read_h5mu(tmp_path / "out.h5mu")):
        layer = pd.DataFrame(found["atac"].layers["integrated"], found["atac"].obs_names).loc[names]
        np.testing.assert_array_equal(layer, values)
        assert found["atac"].uns["integrated_denoising"]["view"] == "atac"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stopped_writer_leaves_the_old_folder_and_nothing_else(h5mu, tmp_path, monkeypatch, error):
    hdf5_as_zarr(h5mu, tmp_path / "out.zarr")
    before = read_zarr(tmp_path / "out.zarr")

    def stopped(*arguments):
        raise error

    monkeypatch.setattr("integrated_diffusion.io.writing.mudata_output.hdf5_as_zarr", stopped)
    image = tmp_path / "out.png"
    with (
        pytest.raises(ValueError if isinstance(error, OSError) else KeyboardInterrupt) as raised,
        replacing_mudata(tmp_path / "out.zarr", {image: lambda path: path.write_text("new")}) as temporary,
    ):
        temporary.write_bytes(h5mu.read_bytes())
    if isinstance(error, OSError):
        assert str(raised.value).endswith("(No space left on device); free some space or choose another folder")
    same_mudata(read_zarr(tmp_path / "out.zarr"), before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["both.h5mu", "out.zarr"]
