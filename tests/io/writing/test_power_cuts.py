"""Outputs after a kill or a power cut at any moment: the old ones, the new ones, or a mixture that is noticed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
import sys
import time
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from integrated_diffusion.io import Results, read, write_results
from integrated_diffusion.io.reading.mixed_outputs import MixedOutputsWarning, warn_of_other_runs
from integrated_diffusion.io.writing import Tables, placing, write_columns
from integrated_diffusion.io.writing.run_identity import identified

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and synchronises folders")

OLD, NEW = 0, 1


def results(names, seed):
    embedding = np.random.default_rng(seed).normal(size=(len(names), 4)).astype(np.float32)
    found = Results({"version": "1"}, np.ones((len(names), 2)), embedding=embedding, phate=embedding[:, :2])
    return replace(found, record=identified(found, names))


def picture(run, path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n....tEXtRun\x00" + run.encode())


def write_run(source, output, seed):
    """Results, their record where there is one, and a picture."""
    dataset = read(source)
    found = results(dataset.sample_names, seed)
    beside = {output.with_suffix(".png"): partial(picture, found.record["run"])}
    write_results(dataset.with_results(found), output, beside)


def write_values(array_blocks, output, seed):
    """A matrix of one value, which grows by two columns at a time."""
    tables = Tables.of_names([f"s{i}" for i in range(30)], [f"f{i}" for i in range(12)])
    write_columns(array_blocks(np.full((30, 12), seed + 1, dtype=np.float32), 2), tables, output)


def embedding_in(path):
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return arrays["embedding"]
    if path.suffix == ".zarr":
        import zarr

        return zarr.open_array(str(path / "obsm/X_integrated"), mode="r")[()]
    with h5py.File(path) as file:
        return file["obsm/X_integrated"][()]


def state_of_run(output, source):
    """Whether results are the old or the new ones; that something else is of another run must be told."""
    names = read(source).sample_names
    found = embedding_in(output)
    states = [seed for seed in (OLD, NEW) if np.array_equal(found, results(names, seed).embedding)]
    assert len(states) == 1
    run = results(names, states[0]).record["run"].encode()
    beside = [output.with_suffix(".png")] + ([output.with_suffix(".json")] if output.suffix == ".npz" else [])
    is_mixed = any(run not in path.read_bytes() for path in beside)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        warn_of_other_runs(output)
    assert any(issubclass(warning.category, MixedOutputsWarning) for warning in told) == is_mixed
    return states[0], is_mixed


def state_of_values(output, _):
    if output.suffix == ".npz":
        with np.load(output, allow_pickle=False) as arrays:
            X = arrays["values"]
    else:
        X = {".h5ad": anndata.read_h5ad, ".zarr": anndata.read_zarr}[output.suffix](output).X
    assert X.shape == (30, 12)
    assert np.ptp(X) == 0
    return int(X[0, 0]) - 1, False


KINDS = {
    "results in arrays": ("out.npz", write_run, state_of_run),
    "results in a MuData": ("out.h5mu", write_run, state_of_run),
    "results in a zarr": ("out.zarr", write_run, state_of_run),
    "values in an h5ad": ("values.h5ad", write_values, state_of_values),
    "values in a zarr": ("values.zarr", write_values, state_of_values),
    "values in arrays": ("values.npz", write_values, state_of_values),
}


def source_for(name, request):
    """What is written from: a file of views, or what makes blocks of columns."""
    if name.startswith("values"):
        return request.getfixturevalue("array_blocks")
    return request.getfixturevalue("h5mu" if name.endswith(".h5mu") else "npz")


def killed(write, *arguments, at=None, after=None):
    """Write in a process of its own, killed at a rename or after some seconds; whether it was, and how long it took."""
    start, process = time.perf_counter(), os.fork()
    if process == 0:
        status = 1
        try:
            if at is not None:
                stop_at(at)
            warnings.simplefilter("ignore")
            write(*arguments)
            status = 0
        finally:
            os._exit(status)
    if after is not None:
        time.sleep(after)
        os.kill(process, signal.SIGKILL)
    _, ended = os.waitpid(process, 0)
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0
    return os.WIFSIGNALED(ended), time.perf_counter() - start


def stop_at(moment):
    """Kill this process before (even) or after (odd numbers) one of its renames."""
    seen = 0

    def counted(do):
        def stopping(*arguments):
            nonlocal seen
            if ".zarr/" in str(arguments[1]):  # a chunk in a folder that is not in its place yet
                return do(*arguments)
            for step in range(2):
                if seen == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1
                if step == 0:
                    done = do(*arguments)
            return done

        return stopping

    os.replace = counted(os.replace)
    placing._exchanged = counted(placing._exchanged)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_kills_at_every_rename(kind, request, tmp_path):
    name, write, state = KINDS[kind]
    output = tmp_path / name
    source = source_for(name, request)
    states = []
    for moment in range(40):
        killed(write, source, output, OLD)
        was_killed, _ = killed(write, source, output, NEW, at=moment)
        states.append(state(output, source))
        if not was_killed:
            break
    assert not was_killed
    assert states[0] == (OLD, False)
    assert states[-1] == (NEW, False)
    killed(write, source, output, OLD)
    assert state(output, source) == (OLD, False)
    expected = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert {path.name for path in tmp_path.iterdir()} == expected, "what killed runs left is removed by the next one"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_kills_at_random_moments(kind, request, tmp_path):
    name, write, state = KINDS[kind]
    output = tmp_path / name
    source = source_for(name, request)
    _, seconds = killed(write, source, output, OLD)
    draw, counts = random.Random(0), {}
    for _ in range(100):
        killed(write, source, output, OLD)
        killed(write, source, output, NEW, after=draw.uniform(0, 1.2 * seconds))
        found = state(output, source)
        counts[found] = counts.get(found, 0) + 1
    print(f"{kind}: {counts}")
    assert sum(counts.values()) == 100
    assert counts[(OLD, False)] > 5


class Disk:
    """What would be there after a power cut: what was synchronised, and of the renames none, or all."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.names = folder, {folder: self.entries(folder)}
        self.contents = {inode: path.read_bytes() for path, inode in self.names[folder].items()}

    def entries(self, folder):
        return {path: path.lstat().st_ino for path in folder.rglob("*") if path.is_file()}

    def synchronised(self, handle):
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            if path == self.folder:
                self.names[self.folder] = self.entries(self.folder)
        else:
            self.contents[os.fstat(handle).st_ino] = path.read_bytes()

    def after_a_cut(self, into, renamed):
        """Put what would be there into a folder."""
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        names = self.entries(self.folder) if renamed else self.names[self.folder]
        for path, inode in names.items():
            there = into / path.relative_to(self.folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(self.contents.get(inode, b""))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no names of open files")
@pytest.mark.parametrize(
    "kind", [kind if "arrays" in kind else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_power_cuts(kind, request, tmp_path, monkeypatch):
    """At every rename and synchronisation what was not synchronised is dropped."""
    name, write, state = KINDS[kind]
    folder, after = tmp_path / "here", tmp_path / "after"
    folder.mkdir()
    source = source_for(name, request)
    write(source, folder / name, OLD)
    disk, states = Disk(folder), []

    def cut():
        for renamed in (False, True):
            disk.after_a_cut(after, renamed)
            states.append(state(after / name, source))

    def watched(do, synchronises=False):
        def doing(*arguments):
            if ".zarr/" in str(arguments[-1]):  # a chunk in a folder that is not in its place yet
                return do(*arguments)
            cut()
            done = do(*arguments)
            if synchronises:
                disk.synchronised(arguments[0])
            cut()
            return done

        return doing

    monkeypatch.setattr(os, "fsync", watched(os.fsync, synchronises=True))
    monkeypatch.setattr(os, "replace", watched(os.replace))
    monkeypatch.setattr(placing, "_exchanged", watched(placing._exchanged))
    write(source, folder / name, NEW)
    monkeypatch.undo()
    cut()
    assert states[0] == (OLD, False)
    assert states[-2:] == [(NEW, False)] * 2
