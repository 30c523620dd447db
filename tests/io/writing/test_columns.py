"""What is computed by columns is what the file holds, however often the writing was stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator
from integrated_diffusion.io.writing import WRITERS, StartedAnewWarning, Tables, partial, write_columns
from integrated_diffusion.operators import blockwise as blocks
from integrated_diffusion.operators.blockwise import BlockedProduct

N, N_FEATURES, WIDTH = 90, 70, 16
FORMATS = list(WRITERS)
RESUMED = [suffix for suffix, writer in WRITERS.items() if writer.resumes]


def averages(seed=0, progress=lambda *_: None, columns=None):
    rng = np.random.default_rng(seed)
    K = np.exp(-(np.subtract.outer(*[rng.standard_normal(N)] * 2) ** 2))
    X = sp.csr_array(rng.poisson(0.5, (N, N_FEATURES)).astype(np.float32))
    every = np.arange(N_FEATURES) if columns is None else columns
    return BlockedProduct(DiffusionOperator(sp.csr_array(K), "rna"), X, every, progress)


def names(n_features=N_FEATURES):
    return Tables.of_names([f"cell {i}" for i in range(N)], [f"gène {i}" for i in range(n_features)])


def opened(path):
    """Values with names, where the format keeps them, as AnnData."""
    if path.suffix == ".h5ad":
        return anndata.read_h5ad(path)
    if path.suffix == ".zarr":
        return anndata.io.read_zarr(path)
    if path.suffix == ".npy":
        values = np.load(path)
        return anndata.AnnData(values, obs=names().obs, var=names(values.shape[1]).var)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: pd.DataFrame(index=arrays[f"{name}_names"].astype(object)) for name in ("sample", "feature")}
            return anndata.AnnData(arrays["values"], obs=found["sample"], var=found["feature"])
    frame = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t", index_col="sample")
    return anndata.AnnData(frame.to_numpy(np.float32), frame[[]], pd.DataFrame(index=frame.columns))


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def narrow_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)


@pytest.mark.filterwarnings("ignore:Variable names are not unique:UserWarning")
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("columns", [None, np.array([3]), np.array([60, 2, 2]), np.array([], dtype=int)])
def test_every_format_holds_the_values_and_names(tmp_path, suffix, columns):
    computed = averages(columns=columns)
    path = write_columns(computed, names(computed.shape[1]), str(tmp_path / f"a{suffix}"))
    found = opened(path)
    expected = computed.operator.toarray() @ computed.values.toarray()[:, computed.columns]
    np.testing.assert_allclose(found.X, expected, rtol=1e-5)
    np.testing.assert_array_equal(found.X, np.hstack([np.empty((N, 0), np.float32), *(b for _, b in computed)]))
    assert found.X.dtype == np.float32
    expected_names = names(computed.shape[1])
    assert list(found.obs_names) == expected_names.sample_names
    assert list(found.var_names) == expected_names.feature_names
    assert left(tmp_path) == [path.name]
    path.rename(tmp_path / f"b{suffix}")
    again = write_columns(computed, names(computed.shape[1]), path)
    np.testing.assert_array_equal(opened(again).X, found.X)


def test_a_file_is_read_backed_by_rows(tmp_path):
    path = write_columns(averages(), names(), tmp_path / "a.h5ad")
    backed, whole = anndata.read_h5ad(path, backed="r"), opened(path).X
    np.testing.assert_array_equal(backed[7:11].to_memory().X, whole[7:11])
    np.testing.assert_array_equal(backed[:, ["gène 3"]].to_memory().X, whole[:, [3]])
    backed.file.close()


@pytest.mark.parametrize("suffix", RESUMED)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_stopped_call_goes_on(tmp_path, suffix, error):
    whole = opened(write_columns(averages(), names(), tmp_path / f"whole{suffix}"))
    path, reported = tmp_path / f"a{suffix}", []

    def stop(stage, done, total):
        reported.append(done)
        if done in (2 * WIDTH, 4 * WIDTH) and reported.count(done) == 1:
            raise error

    for _ in range(2):
        with pytest.raises(error):
            write_columns(averages(progress=stop), names(), path)
        assert left(tmp_path) == [f".a{suffix}.partial", f"whole{suffix}"]
    write_columns(averages(progress=stop), names(), path)
    assert reported == [0, 16, 32, 32, 48, 64, 64]  # nothing is computed twice
    np.testing.assert_array_equal(opened(path).X, whole.X)
    assert left(tmp_path) == [f"a{suffix}", f"whole{suffix}"]


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix not in RESUMED])
def test_a_stopped_call_leaves_nothing_in_other_formats(tmp_path, suffix):
    stop_half_way(tmp_path / f"a{suffix}")
    assert left(tmp_path) == []


def test_a_call_that_is_stopped_before_its_first_column_leaves_nothing(tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_columns(averages(progress=stop), names(), tmp_path / "a.h5ad")
    assert left(tmp_path) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_error_on_the_way_leaves_nothing_but_what_was_there(tmp_path, suffix):
    path = write_columns(averages(), names(), tmp_path / f"a{suffix}")
    before = opened(path).X

    def fail(stage, done, total):
        if done:
            raise ValueError("found out late")

    with pytest.raises(ValueError, match="found out late"):
        write_columns(averages(1, fail), names(), path)
    assert left(tmp_path) == [path.name]
    np.testing.assert_array_equal(opened(path).X, before)


def stop_half_way(path, seed=0, tables=None):
    def stop(stage, done, total):
        if done == 3 * WIDTH:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_columns(averages(seed, stop), tables or names(), path)


@pytest.mark.parametrize("suffix", RESUMED)
@pytest.mark.parametrize("other", ["operator", "values", "columns", "names"])
def test_what_is_left_of_something_else_is_not_used(tmp_path, suffix, other):
    path, wanted, tables = tmp_path / f"a{suffix}", averages(), names()
    stop_half_way(path)
    if other == "operator":
        wanted = BlockedProduct(wanted.operator**2, wanted.values, wanted.columns)
    if other == "values":
        changed = wanted.values.copy()
        changed.data[-1] += 1
        wanted = BlockedProduct(wanted.operator, changed, wanted.columns)
    if other == "columns":
        wanted = averages(columns=np.arange(N_FEATURES)[::-1])
    if other == "names":
        tables = Tables.of_names(tables.sample_names, [*tables.feature_names[:-1], "another"])
    with pytest.warns(StartedAnewWarning, match=r"\.partial, found those of others; they are removed"):
        write_columns(wanted, tables, path)
    np.testing.assert_array_equal(opened(path).X, np.hstack([block for _, block in wanted]))
    if suffix != ".npy":
        assert opened(path).var_names[-1] == tables.feature_names[-1]
    assert left(tmp_path) == [path.name]


CHILD = """
import os, signal, sys
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, {folder!r})
import test_columns as here
from integrated_diffusion.operators import blockwise as blocks
from integrated_diffusion.io.writing import partial, write_columns

blocks.BLOCK_BYTES = 1
kept = partial.PartialOutput.record_finished

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def keep(self, finished):
    die() if finished == 48 and {when!r} == "before it is kept" else kept(self, finished)

partial.PartialOutput.record_finished = keep
reported = lambda stage, done, total: die() if done == 48 and {when!r} == "between blocks" else None
write_columns(here.averages(progress=reported), here.names(), Path({path!r}))
"""


@pytest.mark.parametrize(
    "suffix",
    [pytest.param(suffix, marks=[pytest.mark.slow] if suffix != ".h5ad" else []) for suffix in RESUMED],
)
@pytest.mark.parametrize("when", ["between blocks", pytest.param("before it is kept", marks=pytest.mark.slow)])
def test_a_killed_process_leaves_what_another_finishes_with_the_same_bits(tmp_path, suffix, when):
    whole = opened(write_columns(averages(), names(), tmp_path / f"whole{suffix}"))
    path = tmp_path / f"a{suffix}"
    code = CHILD.format(folder=str(Path(__file__).parent), when=when, path=str(path))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert left(tmp_path) == [f".a{suffix}.partial", f"whole{suffix}"]
    reported = []
    write_columns(averages(progress=lambda stage, done, total: reported.append(done)), names(), path)
    assert reported == ([48, 64] if when == "between blocks" else [32, 48, 64])
    found = opened(path)
    np.testing.assert_array_equal(found.X, whole.X)
    assert (list(found.obs_names), list(found.var_names)) == (list(whole.obs_names), list(whole.var_names))
    assert left(tmp_path) == [f"a{suffix}", f"whole{suffix}"]


def test_two_at_one_output(tmp_path):
    with partial.growing(tmp_path / "a.h5ad", "this") as grown:
        with pytest.raises(ValueError, match="no other process writes to, found another process at it; wait for it"):
            write_columns(averages(), names(), tmp_path / "a.h5ad")
        grown.file.write_text("the first one's")
    assert (tmp_path / "a.h5ad").read_text() == "the first one's"


def test_links_stay(tmp_path):
    (tmp_path / "there").mkdir()
    target = write_columns(averages(), names(), tmp_path / "there" / "a.h5ad")
    (tmp_path / "link.h5ad").symlink_to(target)
    computed = averages(1)
    write_columns(computed, names(), tmp_path / "link.h5ad")
    assert (tmp_path / "link.h5ad").is_symlink()
    np.testing.assert_array_equal(opened(target).X, np.hstack([block for _, block in computed]))


def test_outputs_that_cannot_be(tmp_path, monkeypatch):
    for output, message in (
        ("a.txt", r"expected an output that ends in \.h5ad or \.zarr or .*, found '\.txt'; rename"),
        ("no/a.h5ad", "expected a folder .*no, found none; create"),
    ):
        with pytest.raises(ValueError, match=message):
            write_columns(averages(), names(), tmp_path / output)
    for name in ("photos.zarr", "folder.h5ad"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("dear")
        with pytest.raises(ValueError, match="found a folder of that name; choose another name"):
            write_columns(averages(), names(), tmp_path / name)
        assert (tmp_path / name / "mine").read_text() == "dear"
    (tmp_path / "file.zarr").write_text("dear")
    with pytest.raises(ValueError, match=r"or an earlier \.zarr, found a file; choose another name"):
        write_columns(averages(), names(), tmp_path / "file.zarr")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000))
    with pytest.raises(ValueError, match=r"expected 0\.0 GB of free space for 90 x 70 values, found 0\.0 GB; choose"):
        write_columns(averages(), names(), tmp_path / "a.h5ad")
    assert left(tmp_path) == ["file.zarr", "folder.h5ad", "photos.zarr"]


def test_a_full_disk_keeps_what_is_finished(tmp_path):
    def full(stage, done, total):
        if done == 3 * WIDTH:
            raise OSError(28, "No space left on device")

    with pytest.raises(ValueError, match=r"found that it failed .No space left on device.; free some space"):
        write_columns(averages(progress=full), names(), tmp_path / "a.h5ad")
    reported = []
    write_columns(averages(progress=lambda stage, done, total: reported.append(done)), names(), tmp_path / "a.h5ad")
    assert reported == [48, 64]
