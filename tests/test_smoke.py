"""What every interpreter must do, whatever releases it gets: fit, command line, scverse, files (`make test-oldest`)."""

import subprocess
import sys

import anndata as ad
import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns

N = 200
PLACES = np.linspace(0, 1, N)


def bumps(n_features):
    """Features that are each high around one place of a line on which all samples lie."""
    return np.exp(-np.square(PLACES[:, None] - np.linspace(0, 1, n_features)) / 0.05)


@pytest.fixture
def views():
    rng = np.random.default_rng(0)
    return {name: bumps(n) + 0.1 * rng.normal(size=(N, n)) for name, n in (("left", 12), ("right", 8))}


@pytest.fixture
def cells():
    """Counts of the same cells in two modalities; names and kinds are text as the installed pandas has it."""
    rng = np.random.default_rng(0)
    names = [f"cell{i}" for i in range(N)]
    modalities = {}
    for name, n_features in (("rna", 40), ("prot", 15)):
        counts = rng.poisson(20 * bumps(n_features) + 0.1).astype(np.float32)
        var = pd.DataFrame(index=[f"{name}{i}" for i in range(n_features)])
        modalities[name] = ad.AnnData(counts, obs=pd.DataFrame(index=names), var=var)
    with own_columns():
        cells = mudata.MuData(modalities)
    cells.obs["kind"] = np.where(PLACES < 0.5, "near", "far")
    return cells


def follows_the_line(embedding):
    return abs(spearmanr(embedding[:, 0], PLACES).statistic) > 0.98


def test_fit_denoise_and_map(views):
    model = IntegratedDiffusion(n_components=3).fit(views)
    assert follows_the_line(model.embedding_)
    error = [np.square(values - bumps(12)).mean() for values in (model.denoise("left"), views["left"])]
    assert error[0] < error[1] / 2


def test_integrate_cells_in_memory(cells):
    with own_columns():
        found = tl.integrate(cells, IntegratedDiffusion(n_components=3))
    assert follows_the_line(found.obsm["X_integrated"])
    assert found.obs_names.tolist() == cells.obs_names.tolist()


def test_command_line_on_a_file_of_cells(cells, tmp_path):
    with own_columns():
        cells.write(tmp_path / "cells.h5mu")
    command = [sys.executable, "-c", "from integrated_diffusion.cli import main; main()"]
    command += ["run", "cells.h5mu", "-o", "joint.h5mu", "--color", "kind"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Warning" not in ran.stderr
    with own_columns():
        joint = mudata.read_h5mu(tmp_path / "joint.h5mu")
    assert joint.obs["kind"].tolist() == cells.obs["kind"].tolist()
    assert follows_the_line(joint.obsm["X_integrated"])
