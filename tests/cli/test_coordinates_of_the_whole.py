"""Coordinates of a whole MuData (`obsm/X_joint`) as a view: integrated, kept as a modality, used by later commands."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.cli.program import run
from integrated_diffusion.io import read
from mudata_settings import own_columns

N = 50
STEPS = ["--steps", "joint=1", "--steps", "prot=1"]


@pytest.fixture
def cells(tmp_path):
    """Two modalities, and coordinates of all cells."""
    rng = np.random.default_rng(0)
    obs = pd.DataFrame(index=[f"c{i}" for i in range(N)])
    modalities = {
        name: AnnData(
            rng.poisson(3, (N, d)).astype(np.float32), obs=obs, var=pd.DataFrame(index=[f"{name}{i}" for i in range(d)])
        )
        for name, d in (("rna", 20), ("prot", 8))
    }
    with own_columns():
        mdata = mudata.MuData(modalities)
        mdata.obsm["X_joint"] = rng.standard_normal((N, 4))
        mdata.write(tmp_path / "cells.h5mu")
    return mdata


@pytest.mark.parametrize("suffix", [".h5mu", ".zarr"])
def test_they_become_a_modality(cells, tmp_path, suffix):
    source, output = tmp_path / "cells.h5mu", tmp_path / f"out{suffix}"
    views = ["--view", "joint=obsm/X_joint", "--view", "prot"]
    assert run(["run", str(source), "-o", str(output), *views, *STEPS]) == 0
    found = read(output)
    assert list(found.views) == ["rna", "prot", "joint"]
    np.testing.assert_array_equal(found.views["joint"], cells.obsm["X_joint"])
    np.testing.assert_array_equal(found.views["rna"], cells["rna"].X)
    assert run(["denoise", str(output), "-o", str(tmp_path / "prot.csv"), "--only", "prot"]) == 0
    assert pd.read_csv(tmp_path / "prot.csv", index_col=0).shape == (N, 8)
    assert run(["report", str(output), "-o", str(tmp_path / "report.html")]) == 0


def test_some_of_them_are_left_out(cells, tmp_path):
    source, output = tmp_path / "cells.h5mu", tmp_path / "out.h5mu"
    views = ["--view", "joint=obsm/X_joint", "--view", "prot", "--exclude", "X_joint0"]
    assert run(["run", str(source), "-o", str(output), *views, *STEPS]) == 0
    np.testing.assert_array_equal(read(output).views["joint"], cells.obsm["X_joint"][:, 1:])


def test_they_have_a_name_of_their_own(cells, tmp_path, capsys):
    command = ["run", str(tmp_path / "cells.h5mu"), "-o", str(tmp_path / "out.npz"), "--view", "prot"]
    assert run([*command, "--view", "rna=obsm/X_joint"]) == 2
    assert "name that no modality has, found 'rna'; name these coordinates otherwise, such as X_joint=obsm/X_joint" in (
        " ".join(capsys.readouterr().err.split())
    )


def test_several_files_may_have_coordinates_of_one_name(cells, tmp_path):
    with own_columns():
        other = mudata.MuData({"atac": cells["rna"].copy()})
        other.obsm["X_joint"] = cells.obsm["X_joint"]
        other.write(tmp_path / "other.h5mu")
    assert list(read([tmp_path / "cells.h5mu", tmp_path / "other.h5mu"]).views) == ["rna", "prot", "atac"]
