"""No folder of the user's stands in what is written and may be handed on."""

import numpy as np


def test_files_keep_no_folder(run, h5mu, tmp_path):
    joint, page = tmp_path / "joint.h5mu", tmp_path / "page.html"
    (tmp_path / "table.csv").write_text("rna,prot\nrna0,prot0\n")
    fast = ("--n-components", "3", "--steps", "rna=1", "--steps", "prot=1")
    for words in (
        ("run", h5mu, "-o", joint, *fast),
        ("denoise", joint, "--only", "prot", "-o", tmp_path / "prot.h5ad"),
        ("associate", joint, "-o", tmp_path / "pairs.csv", "--pairs", tmp_path / "table.csv", "--n-shuffles", "3"),
        ("report", joint, "-o", page),
    ):
        code, _, err = run(*words)
        assert code == 0, err
    for path in (joint, page, tmp_path / "prot.h5ad"):
        assert str(tmp_path).encode() not in path.read_bytes(), path.name
    assert "cells.h5mu:mod/rna/X" in page.read_text()


def test_a_record_of_arrays_keeps_no_folder(run, npz, tmp_path):
    fast = ("--n-components", "3", "--steps", "a=1", "--steps", "b=1")
    code, _, err = run("run", npz, "-o", tmp_path / "out.npz", *fast)
    assert code == 0, err
    assert str(tmp_path) not in (tmp_path / "out.json").read_text()
    with np.load(tmp_path / "out.npz") as found:
        assert not any(str(tmp_path) in str(found[name]) for name in found.files if found[name].dtype.kind == "U")
