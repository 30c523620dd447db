"""What stood in the place of an output is there until the new one is, whenever the process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr

from integrated_diffusion.io.writing import Tables, placing, write_columns
from integrated_diffusion.io.writing.outputs import check_new, check_output, replacing

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions and signals")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def written(path: Path, value: float, array_blocks) -> Path:
    values = np.full((6, 4), value, dtype=np.float32)
    tables = Tables.of_names([f"s{i}" for i in range(6)], [f"f{i}" for i in range(4)])
    return write_columns(array_blocks(values, 2), tables, path)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
@pytest.mark.parametrize("suffix", [".npz", ".h5ad", ".csv", ".zarr"])
def test_a_replaced_output_keeps_its_mode(tmp_path, array_blocks, suffix, mode):
    path = written(tmp_path / f"a{suffix}", 1, array_blocks)
    path.chmod(mode | (0o100 if path.is_dir() else 0))
    before = path.stat().st_mode
    written(path, 2, array_blocks)
    assert path.stat().st_mode == before


@posix
def test_the_temporary_file_is_no_more_open_to_others_than_the_output(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(0o600)
    with replacing(tmp_path / "a.txt") as temporary:
        assert temporary.stat().st_mode & 0o777 == 0o600
        temporary.unlink()  # as mudata needs it
        temporary.write_text("new")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a.txt").read_text() == "new"


def test_file_and_folder_are_on_disk_in_this_order(tmp_path, monkeypatch):
    """A power cut loses what was not synchronised: the file must be before it gets its name, the folder after."""
    done: list[str] = []
    replace = os.replace
    monkeypatch.setattr(placing, "sync", lambda path: done.append("folder" if path.is_dir() else "file"))
    monkeypatch.setattr(placing.os, "replace", lambda *names: (done.append("rename"), replace(*names)))
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert done == ["file", "rename", "folder"]


@posix
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_an_output_that_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "a.npz"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(
        ValueError, match="expected an output that is a file or nothing yet, found a pipe, device or so"
    ):
        check_output(path, [".npz"])


def test_all_that_would_be_replaced_is_named(tmp_path):
    paths = [tmp_path / name for name in ("p.npz", "p.json", "p.png")]
    check_new(paths, overwrite=False)
    for path in paths[1:]:
        path.touch()
    with pytest.raises(
        ValueError, match=r"found \S+p\.json and \S+p\.png; choose another name, or replace them by --o"
    ):
        check_new(paths, overwrite=False)
    check_new(paths, overwrite=True)


DYING = """
import os, signal, sys
from pathlib import Path
from integrated_diffusion.io.writing.outputs import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@posix
def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path):
    path, other = tmp_path / "a.txt", tmp_path / ".b.txt.0123.tmp"
    path.write_text("old")
    other.write_text("of another output")
    child = subprocess.run([sys.executable, "-c", DYING, path], capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(left(tmp_path)) == 3
    with replacing(path) as mine, replacing(path) as also_mine:
        assert sorted([mine.name, also_mine.name, path.name, other.name]) == left(tmp_path)
        mine.write_text("new")
    assert left(tmp_path) == [other.name, path.name]


EXCHANGE = """
import os, signal, sys
from pathlib import Path
from integrated_diffusion.io.writing import placing
new, old, aside, at, whole = *map(Path, sys.argv[1:4]), int(sys.argv[4]), sys.argv[5] == "whole"
if not whole:
    placing._exchanged = lambda *_: False
replace, count = os.replace, [0]
def counted(*names):
    if count[0] == at:
        os.kill(os.getpid(), signal.SIGKILL)
    count[0] += 1
    replace(*names)
placing.os.replace = counted
placing.exchange_folders(new, old, aside)
os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
@pytest.mark.parametrize(
    ("way", "at"),
    [
        ("whole", 0),
        *(pytest.param("two steps", at, marks=pytest.mark.slow) for at in (0, 1, 2)),
    ],
)
def test_a_folder_is_never_lost(tmp_path, array_blocks, way, at):
    """Killed before, between and after the two steps: the old or the new `.zarr`, found again by the next command."""
    path = written(tmp_path / "a.zarr", 1, array_blocks)
    partial = tmp_path / ".a.zarr.partial"
    partial.mkdir()
    new = written(partial / "a.zarr", 2, array_blocks)
    words = [sys.executable, "-c", EXCHANGE, new, path, partial / "replaced", at, way.split()[0]]
    child = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert path.exists() or (partial / "replaced").exists()
    if way == "whole" and placing._exchanged(path, path):
        assert path.exists()

    broken = array_blocks(np.zeros((6, 4), np.float32), 2, error=KeyboardInterrupt())
    tables = Tables.of_names([f"s{i}" for i in range(6)], [f"f{i}" for i in range(4)])
    with pytest.raises(KeyboardInterrupt):  # the next command at the same output is stopped, too
        write_columns(broken, tables, path)
    found = zarr.open_array(store=str(path / "X"), mode="r")[:]
    assert np.unique(found) in (1, 2)
    written(path, 3, array_blocks)
    assert np.unique(zarr.open_array(store=str(path / "X"), mode="r")[:]) == 3
    assert left(tmp_path) == ["a.zarr"]
