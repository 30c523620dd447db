"""The command line in this process, and files of the formats that people have."""

import shutil
import sys
import warnings

import anndata as ad
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from integrated_diffusion import cli
from mudata_settings import own_columns

N = 90


@pytest.fixture
def views():
    rng = np.random.default_rng(0)
    groups = rng.normal(size=(3, 4))[rng.integers(3, size=N)]
    return {
        "a": groups @ rng.normal(size=(4, 12)) + rng.normal(size=(N, 12)),
        "b": groups @ rng.normal(size=(4, 9)) + rng.normal(size=(N, 9)),
    }


@pytest.fixture
def npz(tmp_path, views):
    np.savez(tmp_path / "in.npz", **views)
    return tmp_path / "in.npz"


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Where the files lie that many tests of a module begin with, each made once."""
    return tmp_path_factory.mktemp("begun")


@pytest.fixture
def begin(begun, tmp_path):
    """Copy files that many tests begin with; what makes them is called with a folder, for the first of the tests."""

    def copy(make):
        folder = begun / make.__name__
        if not folder.exists():
            partial = begun / f"{make.__name__}.partial"
            shutil.rmtree(partial, ignore_errors=True)  # of a test in which this failed
            partial.mkdir()
            make(partial)
            partial.rename(folder)
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)

    return copy


@pytest.fixture
def h5mu(begin, tmp_path):
    begin(cells_of_two_modalities)
    return tmp_path / "cells.h5mu"


def cells_of_two_modalities(folder):
    rng = np.random.default_rng(1)
    rates = rng.gamma(1, 1, size=(3, 60))[rng.integers(3, size=N)]
    names = [f"cell{i}" for i in range(N)]
    modalities = {}
    for name, n_features in (("rna", 40), ("prot", 20)):
        X = sp.csr_matrix(rng.poisson(rates[:, :n_features] + 0.2).astype(np.float32))
        var = pd.DataFrame(index=[f"{name}{i}" for i in range(n_features)])
        modalities[name] = ad.AnnData(X, obs=pd.DataFrame(index=names), var=var)
    with own_columns():
        data = mudata.MuData(modalities)
        data.obs["kind"] = pd.Categorical([f"<type {i % 3}>" for i in range(N)])
        data.write(folder / "cells.h5mu")


def call(monkeypatch, capsys, *words):
    """Run the command line in this process: exit code, what it printed, what it complained about."""
    monkeypatch.setattr(sys, "argv", ["integrated-diffusion", *map(str, words)])
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end of the test
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


@pytest.fixture
def run(monkeypatch, capsys):
    return lambda *words: call(monkeypatch, capsys, *words)
