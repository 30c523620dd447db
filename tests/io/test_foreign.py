"""Stores of other programs: what is read of them is what the HDF5 file of the same content gives."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import warnings

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion.io import read
from integrated_diffusion.io.foreign import as_hdf5, source_of, stored_kind
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.io.reading.opening import open_mudata
from integrated_diffusion.io.zarr_copy import copy_zarr
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("ignore:This setting will be removed:DeprecationWarning")  # of the zarr format

VERSIONS = (2, 3)


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    names = [f"cell{i}" for i in range(12)]
    found = {}
    for name, n_features in (("rna", 7), ("prot", 4)):
        counts = rng.poisson(2, (12, n_features)).astype(np.float32) + 1
        found[name] = anndata.AnnData(
            sp.csr_matrix(counts) if name == "rna" else counts,
            obs=pd.DataFrame({"kind": pd.Categorical(list("aab") * 4), "n": range(12), "ok": [True, False] * 6}, names),
            var=pd.DataFrame(
                {"gene_ids": [f"E{i}" for i in range(n_features)]}, [f"{name}{i}" for i in range(n_features)]
            ),
        )
    found["rna"].layers["spliced"] = found["rna"].X * 2
    found["rna"].obsm["X_pca"] = rng.normal(size=(12, 3))
    found["rna"].uns["by"] = {"text": "x", "number": 3, "empty": np.array([], dtype=object)}
    return found


def written(cells, folder, version):
    with own_columns(), anndata.settings.override(zarr_write_format=version), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mudata.MuData(cells).write_zarr(folder / "both.zarr")
        mudata.MuData(cells).write(folder / "both.h5mu")
        cells["rna"].write_zarr(folder / "rna.zarr")
        cells["rna"].write_h5ad(folder / "rna.h5ad")
    return folder


def assert_same(one, other):
    assert one.sample_names == other.sample_names
    assert one.feature_names == other.feature_names
    for name, X in other.views.items():
        dense = [found if isinstance(found, np.ndarray) else found.toarray() for found in (one.views[name], X)]
        np.testing.assert_array_equal(*dense)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mudata_in_zarr_is_read_like_an_h5mu(cells, tmp_path, version):
    folder = written(cells, tmp_path, version)
    assert stored_kind(folder / "both.zarr") == ".h5mu"
    assert_same(read(folder / "both.zarr"), read(folder / "both.h5mu"))
    where = {"a": "rna:layers/spliced", "b": "rna:obsm/X_pca"}
    assert_same(read(folder / "both.zarr", where), read(folder / "both.h5mu", where))
    data = open_mudata([folder / "both.zarr"])
    assert list(data.mod) == ["rna", "prot"]
    assert data["rna"].uns["by"]["number"] == 3
    pd.testing.assert_frame_equal(data["rna"].obs, cells["rna"].obs)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_anndata_in_zarr_is_read_like_an_h5ad(cells, tmp_path, version):
    folder = written(cells, tmp_path, version)
    assert stored_kind(folder / "rna.zarr") == ".h5ad"
    where = {"a": "rna:X", "b": "rna:obsm/X_pca"}
    found = read(folder / "rna.zarr", where)
    assert_same(found, read(folder / "rna.h5ad", where))
    for column in ("kind", "n", "ok"):
        np.testing.assert_array_equal(read_labels(found, column), cells["rna"].obs[column].to_numpy())


def test_a_copy_is_made_once_and_again_when_the_store_changes(cells, tmp_path):
    folder = written(cells, tmp_path, 2)
    first = as_hdf5(folder / "rna.zarr")
    assert as_hdf5(folder / "rna.zarr") == first
    assert source_of(str(first)) == str(folder / "rna.zarr")
    written({name: found[:6].copy() for name, found in cells.items()}, folder, 3)
    with h5py.File(as_hdf5(folder / "rna.zarr")) as file:
        assert file["obsm/X_pca"].shape == (6, 3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(("number", "code", "lost"), [(signal.SIGINT, 130, False), (signal.SIGTERM, 143, True)])
def test_no_copy_stays_after_a_signal(cells, tmp_path, number, code, lost):
    """Whether the main thread ends the process or, since a library lost the exception, another one."""
    folder = written(cells, tmp_path, 2)
    (tmp_path / "temporary").mkdir()
    program = f"""
import signal, time
from pathlib import Path
from integrated_diffusion.io.foreign import as_hdf5
from integrated_diffusion.runtime import interruption
interruption.listen("stopped")
assert as_hdf5(Path({str(folder / "rna.zarr")!r})).is_relative_to({str(tmp_path / "temporary")!r})
try:
    signal.raise_signal({int(number)})
except KeyboardInterrupt:
    if not {lost}:
        raise
time.sleep(100)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ended.returncode, ended.stderr) == (code, "stopped\n")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_links_in_a_zarr_folder_are_refused(cells, tmp_path):
    folder = written(cells, tmp_path, 2)
    (folder / "both.zarr" / "more").symlink_to("/etc")
    with pytest.raises(
        ValueError, match=r"both\.zarr: expected a folder that holds all its values, found a link at 'more'"
    ):
        read(folder / "both.zarr")


def test_pickled_objects_in_a_zarr_folder_are_refused(cells, tmp_path):
    folder = written(cells, tmp_path, 2)
    metadata = folder / "both.zarr" / "mod/prot/X/.zarray"
    described = json.loads(metadata.read_text())
    metadata.write_text(json.dumps({**described, "dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]}))
    with pytest.raises(ValueError, match="expected numbers and text, found pickled objects, which can run code"):
        read(folder / "both.zarr")


def test_a_damaged_zarr_folder_is_one_line(cells, tmp_path):
    folder = written(cells, tmp_path, 2)
    (folder / "both.zarr" / "mod/prot/X/.zarray").write_text("{")
    with pytest.raises(
        ValueError, match=r"both\.zarr: expected a whole zarr folder, found one that cannot be read"
    ) as error:
        read(folder / "both.zarr")
    assert "\n" not in str(error.value)


def test_a_folder_that_is_no_zarr_is_told_so(tmp_path):
    (tmp_path / "x.zarr").mkdir()
    with pytest.raises(ValueError, match="found a folder"):
        read(tmp_path / "x.zarr")


@pytest.fixture
def loom(tmp_path):
    """As loompy writes it: genes in rows, text as bytes or of variable length."""
    counts = np.random.default_rng(1).poisson(1, (7, 12)).astype(np.float32) + 1
    with h5py.File(tmp_path / "cells.loom", "w") as file:
        file["matrix"], file["layers/spliced"] = counts, counts + 1
        file["row_attrs/Gene"] = np.array([f"g{i}" for i in range(7)], dtype="S")
        file["row_attrs/Accession"] = np.array([f"E{i}" for i in range(7)], dtype=object)
        file["col_attrs/CellID"] = np.array([f"cell{i}" for i in range(12)], dtype=object)
        file["col_attrs/kind"] = np.array(list("aab") * 4, dtype="S")
        file["col_attrs/tsne"] = np.zeros((12, 2))
    return tmp_path / "cells.loom", counts


def test_a_loom_is_read_with_cells_in_rows(loom):
    path, counts = loom
    found = read(path, {"rna": "cells", "spliced": "cells:layers/spliced"})
    np.testing.assert_array_equal(found.views["rna"].toarray(), counts.T)
    np.testing.assert_array_equal(found.views["spliced"].toarray(), counts.T + 1)
    assert found.sample_names == [f"cell{i}" for i in range(12)]
    assert found.feature_names["rna"] == [f"g{i}" for i in range(7)]
    np.testing.assert_array_equal(read_labels(found, "kind"), list("aab") * 4)


@pytest.mark.parametrize("without", ["matrix", "col_attrs/CellID"])
def test_a_loom_that_lacks_something_is_one_line(loom, without):
    path = loom[0]
    with h5py.File(path, "r+") as file:
        del file[without]
    with pytest.raises(ValueError, match=r"cells\.loom.*expected (a \.loom|names in one of)") as error:
        read(path, {"rna": "cells", "spliced": "cells:layers/spliced"})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("error", [MemoryError("no room"), OSError(errno.ENOSPC, "No space left on device")])
def test_a_machine_that_is_full_is_not_called_a_damaged_folder(cells, tmp_path, monkeypatch, error):
    folder = written(cells, tmp_path, 2)

    def fails(*arguments):
        raise error

    monkeypatch.setattr("integrated_diffusion.io.zarr_copy._copy_group", fails)
    with pytest.raises(type(error), match=re.escape(str(error))):
        copy_zarr(folder / "rna.zarr", tmp_path / "copy.h5ad")
