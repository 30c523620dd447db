"""Results come back as they went in, in files that are complete or not there; scanpy runs on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.neighbors import kneighbors_graph

from integrated_diffusion.io import Results, check_results_output, read, write_results
from integrated_diffusion.io.writing.outputs import replacing
from integrated_diffusion.io.writing.record_types import readable_json
from integrated_diffusion.io.writing.results import _add_to
from mudata_settings import own_columns

RECORD = {
    "version": "0.1.0",
    "parameters": {"n_neighbors": 5, "local_denoising": None, "kernel": Path("alpha")},
    "steps": {"rna": 3, "a/b": np.int64(2)},
    "entropy": {"rna": {"t": np.arange(1, 4), "value": np.array([2.0, 1.5, np.nan]), "elbow": 2}},
    "views": ["rna", "atac"],
    "mixed": ("x", 1),
}


@pytest.fixture
def results(names) -> Results:
    embedding = np.random.default_rng(0).normal(size=(len(names), 4)).astype(np.float32)
    distances = sp.csr_array(kneighbors_graph(embedding, 5, mode="distance"))
    weights = distances.copy()
    weights.data = np.exp(-weights.data)
    view_weights = np.linspace(0, 1, 2 * len(names)).reshape(-1, 2)
    connectivities = sp.csr_array((weights + weights.T) / 2)
    return Results(RECORD, view_weights, None, embedding, embedding[:, :2] * 2, connectivities, distances)


def read_mudata(path: Path) -> mudata.MuData:
    with own_columns():
        return mudata.read_h5mu(path)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_h5mu_round_trip_keeps_all_that_was_there(h5mu, results, tmp_path):
    before = read_mudata(h5mu)
    original = h5mu.read_bytes()
    assert write_results(read(h5mu).with_results(results), tmp_path / "out.h5mu") == (tmp_path / "out.h5mu",)
    assert h5mu.read_bytes() == original
    after = read_mudata(tmp_path / "out.h5mu")
    np.testing.assert_array_equal(after.obsm["X_integrated"], results.embedding)
    np.testing.assert_array_equal(after.obsm["X_integrated_phate"], results.phate)
    np.testing.assert_array_equal(after.obsm["integrated_view_weights"], results.view_weights)
    for key in ("connectivities", "distances"):
        found, wanted = after.obsp[f"integrated_{key}"], getattr(results, key)
        assert (found != wanted).nnz == 0
        assert found.nnz == wanted.nnz
    pd.testing.assert_frame_equal(after.obs, before.obs)
    assert after.uns["note"] == "kept"
    assert list(after.mod) == ["rna", "atac"]
    for name in before.mod:
        np.testing.assert_array_equal(np.asarray(after[name].obs_names), np.asarray(before[name].obs_names))
        assert abs(after[name].X - before[name].X).max() == 0
        pd.testing.assert_frame_equal(after[name].var, before[name].var)
    assert (after["rna"].layers["counts"] != before["rna"].layers["counts"]).nnz == 0
    np.testing.assert_array_equal(after["rna"].obsm["X_pca"], before["rna"].obsm["X_pca"])


def test_h5mu_record(h5mu, results):
    write_results(read(h5mu).with_results(results), h5mu)
    record = read_mudata(h5mu).uns["integrated_diffusion"]
    assert record["version"] == "0.1.0"
    assert record["parameters"] == {"n_neighbors": 5, "local_denoising": "None", "kernel": "alpha"}
    assert record["steps"] == {"rna": 3, "a_b": 2}
    np.testing.assert_array_equal(record["entropy"]["rna"]["t"], [1, 2, 3])
    np.testing.assert_array_equal(record["entropy"]["rna"]["value"], [2.0, 1.5, np.nan])
    assert list(record["views"]) == ["rna", "atac"]
    assert json.loads(record["mixed"]) == ["x", 1]


def test_output_may_be_the_input_and_is_replaced_again(h5mu, results):
    write_results(read(h5mu).with_results(results), h5mu)
    again = replace(results, embedding=results.embedding[:, :2] + 1, record={"version": "2"})
    write_results(read(h5mu).with_results(again), h5mu)
    after = read_mudata(h5mu)
    np.testing.assert_array_equal(after.obsm["X_integrated"], again.embedding)
    assert after.uns["integrated_diffusion"] == {"version": "2"}
    assert left(h5mu.parent) == {h5mu.name}
    assert list(read(h5mu).views) == ["rna", "atac"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_scanpy_clusters_and_draws_the_graph(h5mu, results):
    import scanpy

    write_results(read(h5mu).with_results(results), h5mu)
    after = read_mudata(h5mu)
    cells = anndata.AnnData(obs=after.obs, uns=after.uns, obsp=dict(after.obsp))
    cells.obsm["X_integrated"] = after.obsm["X_integrated"]
    scanpy.tl.leiden(cells, neighbors_key="integrated", flavor="igraph", n_iterations=2)
    scanpy.tl.umap(cells, neighbors_key="integrated", maxiter=10)
    assert 1 < cells.obs["leiden"].nunique() < len(cells)
    assert np.isfinite(cells.obsm["X_umap"]).all()
    params = after.uns["integrated"]["params"]
    assert params["n_neighbors"] == 6  # scanpy counts the sample itself
    assert (params["method"], params["metric"]) == ("umap", "euclidean")


def test_npz_and_its_record(npz, results, tmp_path):
    files = write_results(read(npz).with_results(results), tmp_path / "out.npz")
    assert files == (tmp_path / "out.npz", tmp_path / "out.json")
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["embedding"], results.embedding)
        np.testing.assert_array_equal(arrays["phate"], results.phate)
        np.testing.assert_array_equal(arrays["view_weights"], results.view_weights)
        assert list(arrays["sample_names"]) == read(npz).sample_names
        for key in ("connectivities", "distances"):
            graph = sp.csr_array(tuple(arrays[f"{key}_{part}"] for part in ("data", "indices", "indptr")))
            assert (graph != getattr(results, key)).nnz == 0
    record = json.loads((tmp_path / "out.json").read_text())
    assert record["entropy"]["rna"] == {"t": [1, 2, 3], "value": [2.0, 1.5, None], "elbow": 2}
    assert record["parameters"]["local_denoising"] is None


def test_json_is_readable():
    assert readable_json({"a": {"t": [1, 2]}, "b": True, "c": {}}) == (
        '{\n  "a": {\n    "t": [1, 2]\n  },\n  "b": true,\n  "c": {}\n}'
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
@pytest.mark.parametrize("name", ["out.h5mu", "out.npz", "both.h5mu"])
def test_interrupted_writer_leaves_nothing(h5mu, results, tmp_path, monkeypatch, error, name):
    """The last element fails, when most of the file is written."""

    def interrupted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("integrated_diffusion.io.writing.mudata_elements.for_hdf5", interrupted)
    monkeypatch.setattr("integrated_diffusion.io.writing.results.np.savez", interrupted)
    original = h5mu.read_bytes()
    with pytest.raises(error):
        write_results(read(h5mu).with_results(results), tmp_path / name)
    assert left(tmp_path) == {"both.h5mu"}
    assert h5mu.read_bytes() == original


def test_full_disk_is_one_line(h5mu, results, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("integrated_diffusion.io.writing.results.shutil.copyfile", full)
    with pytest.raises(ValueError, match=r"expected to write .* found .*No space left on device.*; free") as found:
        write_results(read(h5mu).with_results(results), tmp_path / "out.h5mu")
    assert "\n" not in str(found.value)
    assert left(tmp_path) == {"both.h5mu"}


@pytest.mark.slow
def test_killed_writer_leaves_the_old_file_whole(tmp_path):
    output = tmp_path / "out.npz"
    output.write_text("old")
    script = (
        "import sys, time; from pathlib import Path; from integrated_diffusion.io.writing.outputs import replacing\n"
        "with replacing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(output)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    assert output.read_text() == "old"
    (half,) = left(tmp_path) - {"out.npz"}
    assert half.startswith(".out.npz.")
    assert half.endswith(".tmp")


def test_replacing_keeps_links_and_ordinary_permissions(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with replacing(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"
    (tmp_path / "plain").touch()
    assert (tmp_path / "target").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_outputs_that_cannot_be(h5mu, npz, tables, tmp_path):
    def fails(message: str, output: Path, inputs: list[Path], error: type[Exception] = ValueError) -> None:
        before = left(tmp_path)
        with pytest.raises(error, match=message) as found:
            check_results_output(output, inputs)
        assert "\n" not in str(found.value)
        assert left(tmp_path) == before

    fails("expected a folder .*found none; create", tmp_path / "no" / "x.npz", [npz], FileNotFoundError)
    fails(r"ends in \.h5mu or \.zarr or \.npz, found '\.zip'", tmp_path / "x.zip", [h5mu])
    fails(r"ends in \.h5mu or \.zarr or \.npz, found ''", tmp_path / "x", [npz])
    fails("the input itself, whose values would be lost", h5mu, [h5mu, tables[0]])
    fails("the input itself, whose values would be lost", npz, [npz])
    (tmp_path / "folder.npz").mkdir()
    fails("found a folder of that name", tmp_path / "folder.npz", [npz])
    assert check_results_output(h5mu, [h5mu]) == h5mu


def test_folder_that_cannot_be_written_to(npz, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    if os.access(locked, os.W_OK):
        locked = Path("/proc/self")  # where no user can make a file
        if not locked.is_dir():
            pytest.skip("this user writes everywhere, whatever the permissions are")
    with pytest.raises(ValueError, match="expected a folder that can be written to, found that it cannot"):
        check_results_output(locked / "x.npz", [npz])


def test_results_of_other_samples(h5mu, results, names):
    with pytest.raises(ValueError, match="expected the samples of the results in their order"):
        write_results(replace(read(h5mu), sample_names=names[::-1], results=results), h5mu)
    with pytest.raises(ValueError, match=r"view_weights: expected 29 rows, found \(30, 2\)"):
        replace(read(h5mu), sample_names=names[1:], results=results)
    with pytest.raises(ValueError, match=r"embedding: expected 30 rows, found \(29, 4\)"):
        replace(results, embedding=results.embedding[1:])
    with pytest.raises(ValueError, match="expected a dataset with results, found none; integrate its views first"):
        write_results(read(h5mu), h5mu)


def test_an_old_file_without_groups_gets_them(h5mu, results):
    with h5py.File(h5mu, "r+") as file:
        del file["obsp"], file["uns"]
    write_results(read(h5mu).with_results(results), h5mu)
    start = time.perf_counter()
    assert "integrated_distances" in read_mudata(h5mu).obsp
    assert time.perf_counter() - start < 10


def test_tables_have_names_of_the_type_of_obs(tmp_path):
    """anndata takes names of another type for other names, and refuses the file."""
    names = pd.Index(pd.array(["a", "b", "c"], dtype="string"))
    with anndata.settings.override(allow_write_nullable_strings=True):
        anndata.AnnData(np.ones((3, 2)), obs=pd.DataFrame(index=names)).write_h5ad(tmp_path / "a.h5ad")
    weights = pd.DataFrame(np.ones((3, 2)), index=["a", "b", "c"], columns=["rna", "prot"])
    with h5py.File(tmp_path / "a.h5ad", "r+") as file:
        _add_to(file, "obsm", {"weights": weights})
    found = anndata.read_h5ad(tmp_path / "a.h5ad").obsm["weights"]
    np.testing.assert_array_equal(found, weights)
    assert list(found.index) == list(names)
