"""What stands in the place of an output, and is no earlier output, is replaced with `--overwrite` alone."""

import os
import sys

import numpy as np
import pytest

from integrated_diffusion.io.writing.ownership import is_own

FAST = ("--n-components", "3", "--no-local-denoising", "--power", "2")
ARRAYS = (*FAST, "--steps", "a=2", "--steps", "b=1")
CELLS = (*FAST, "--steps", "rna=2", "--steps", "prot=1")


def refused(run, words, *named):
    """One line that names everything that is there; nothing changes."""
    folder = named[0].parent
    before = {path: path.read_bytes() for path in folder.iterdir()}
    code, _, err = run(*words)
    assert code == 2
    assert err.count("\n") == 1
    assert "expected outputs that are not there yet, found" in err
    assert "--overwrite" in err
    for path in named:
        assert str(path) in err
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_files_that_another_program_wrote(run, npz, tmp_path):
    for name in ("out.json", "out.png"):
        (tmp_path / name).write_text("not ours")
    words = ("run", npz, "-o", tmp_path / "out.npz", *ARRAYS)
    refused(run, words, tmp_path / "out.json", tmp_path / "out.png")
    code, _, err = run(*words, "--overwrite")
    assert code == 0, err
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_the_input_itself(run, h5mu, tmp_path):
    refused(run, ("run", h5mu, "-o", h5mu, *CELLS), h5mu)
    h5mu.chmod(0o600)
    code, _, err = run("run", h5mu, "-o", h5mu, *CELLS, "--overwrite")
    assert code == 0, err
    assert h5mu.stat().st_mode & 0o777 == 0o600
    joint, table = h5mu, tmp_path / "pairs.tsv"
    table.write_text("a\tb\nrna1\tprot1\n")
    for words, output in (
        (("denoise", joint, "--only", "rna"), "d.npz"),
        (("denoise", joint, "--only", "rna"), "d.zarr"),
        (("associate", joint, "--n-shuffles", "0", "--pairs", table), "a.csv"),
        (("report", joint), "r.html"),
        (("ingest", joint, "--reference", joint), "i.h5mu"),
    ):
        output = tmp_path / output
        code, _, err = run(*words, "-o", output)
        assert code == 0, err
        inside = output / ".zattrs" if output.is_dir() else output
        inside.write_bytes(inside.read_bytes() + b" ")  # another program has changed it
        before = inside.read_bytes()
        code, _, err = run(*words, "-o", output)
        assert code == 2
        assert f"found {output}; choose" in err
        assert inside.read_bytes() == before
        code, _, err = run(*words, "-o", output, "--overwrite")
        assert code == 0, err
        assert inside.read_bytes() != before


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes")
def test_an_earlier_output_that_nothing_has_changed_is_replaced(run, npz, tmp_path):
    words = ("run", npz, "-o", tmp_path / "out.npz", *ARRAYS)
    assert run(*words)[0] == 0
    if not is_own(tmp_path / "out.npz"):
        pytest.skip("a file system without extended attributes")
    assert run(*words)[0] == 0
    (tmp_path / "out.json").write_text((tmp_path / "out.json").read_text() + " ")
    refused(run, words, tmp_path / "out.json")
    copied = tmp_path / "copy.npz"
    copied.write_bytes((tmp_path / "out.npz").read_bytes())  # a copy is the user's own
    refused(run, ("run", npz, "-o", copied, *ARRAYS), copied)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names")
def test_a_pipe_is_refused_at_once(run, npz, tmp_path):
    os.mkfifo(tmp_path / "out.npz")
    code, _, err = run("run", npz, "-o", tmp_path / "out.npz", *ARRAYS, "--overwrite")
    assert code == 2
    assert err.count("\n") == 1
    assert "found a pipe, device or socket" in err


def test_nothing_else_is_needed_where_nothing_is(run, npz, tmp_path):
    code, _, err = run("run", npz, "-o", tmp_path / "new.npz", *ARRAYS)
    assert code == 0, err
    with np.load(tmp_path / "new.npz") as found:
        assert found["embedding"].shape[1] == 3
