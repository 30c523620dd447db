"""Counts in `raw`: integrated by the command line, they are what is normalised, denoised and put out afterwards."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.cli.program import run
from integrated_diffusion.scverse import tl, to_anndata
from mudata_settings import own_columns

N = 60


@pytest.fixture
def integrated(tmp_path):
    """Counts of RNA in `raw`, their logarithms in `X`."""
    rng = np.random.default_rng(0)
    depth = np.exp(rng.standard_normal((N, 1)))
    obs = pd.DataFrame(index=[f"c{i}" for i in range(N)])
    rna, prot = (
        AnnData(
            rng.poisson(3 * depth, (N, d)).astype(np.float32),
            obs=obs,
            var=pd.DataFrame(index=[f"{name}{i}" for i in range(d)]),
        )
        for name, d in (("g", 30), ("p", 12))
    )
    rna.raw = rna.copy()
    rna.X = np.log1p(rna.X)
    with own_columns():
        mudata.MuData({"rna": rna, "prot": prot}).write(tmp_path / "cells.h5mu")
    views = ["--view", "rna=rna:raw/X", "--view", "prot", "--steps", "rna=1", "--steps", "prot=1"]
    assert run(["run", str(tmp_path / "cells.h5mu"), "-o", str(tmp_path / "out.h5mu"), *views]) == 0
    return mudata.read_h5mu(tmp_path / "out.h5mu")


def test_counts_of_raw_are_denoised(integrated, tmp_path):
    command = ["denoise", str(tmp_path / "out.h5mu"), "-o", str(tmp_path / "denoised.csv"), "--only", "rna"]
    assert run(command) == 0
    by_command = pd.read_csv(tmp_path / "denoised.csv", index_col=0).to_numpy()
    found = to_anndata(integrated, "rna", "denoised")
    np.testing.assert_allclose(found.X, by_command, rtol=1e-5)
    np.testing.assert_array_equal(found.layers["counts"], integrated["rna"].raw.X)
    tl.denoise(integrated, "rna")
    np.testing.assert_allclose(integrated["rna"].layers["integrated"], by_command, rtol=1e-5)
