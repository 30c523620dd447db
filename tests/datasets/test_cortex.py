"""The multiome cells that come with the package: what is in them, and that the script in tools/ chooses them."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion import datasets, io
from integrated_diffusion.datasets import cortex
from mudata_settings import own_columns

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("INTEGRATED_DIFFUSION_DATA", ROOT.parent / "shared" / "data"))
ORIGIN = DATA / "snareseq_mouse_cortex.h5mu"


@pytest.fixture(scope="module")
def cells():
    return datasets.cortex_multiome()


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("cortex_multiome", ROOT / "tools" / "cortex_multiome.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_cells_and_modalities(cells):
    assert {name: modality.shape for name, modality in cells.mod.items()} == {"rna": (800, 1000), "atac": (800, 2000)}
    assert cells.obs["cell_type"].nunique() == 14
    assert "Mis" not in set(cells.obs["cell_type"])
    assert {"Gad2", "Slc17a7", "Mbp"} <= set(cells["rna"].var_names)


def test_values_are_counts(cells):
    for modality, least in zip(cells.mod.values(), (100, 10), strict=True):
        assert modality.X.dtype == np.float32
        assert modality.X.data.min() >= 1
        np.testing.assert_array_equal(modality.X.data, np.round(modality.X.data))
        assert modality.X.sum(axis=1).min() >= least


def test_most_peaks_have_their_gene(cells):
    linked = cells["atac"].var["linked_gene"]
    assert linked.isin(cells["rna"].var_names).mean() > 0.8


def test_types_are_where_their_markers_are(cells):
    genes = cells["rna"].to_df()
    for marker, kind in (("Mbp", "Oligo"), ("Slc1a2", "Astro"), ("Gad2", "Pvalb")):
        means = genes[marker].groupby(cells.obs["cell_type"].to_numpy(), observed=True).mean()
        assert kind in means.nlargest(4).index


def test_the_package_reads_its_own_file(cells):
    found = io.read([cortex.FILE])
    assert {name: X.shape for name, X in found.views.items()} == {"rna": (800, 1000), "atac": (800, 2000)}
    assert list(found.sample_names) == list(cells.obs_names)


def test_it_is_small_and_says_where_it_comes_from(cells):
    assert cortex.FILE.stat().st_size < 1_000_000
    assert "GSE126074" in (cortex.FILE.parent / "README.md").read_text(encoding="utf-8")
    assert "GSE126074" in cells.uns["source"]


def test_rare_types_are_drawn_more_often(tool):
    types = pd.Series(["common"] * 900 + ["rare"] * 100)
    drawn = types.iloc[tool.stratified(types, 80, np.random.default_rng(0))].value_counts()
    assert drawn.to_dict() == {"common": 60, "rare": 20}  # three to one, as the square roots of nine to one


@pytest.mark.slow
@pytest.mark.skipif(not ORIGIN.exists(), reason=f"no {ORIGIN}; INTEGRATED_DIFFUSION_DATA names the folder of data")
def test_the_script_chooses_the_same_again(tool, cells):
    with own_columns():
        again = tool.chosen(mudata.read_h5mu(ORIGIN))
    assert list(again.obs_names) == list(cells.obs_names)
    for name in again.mod:
        assert list(again[name].var_names) == list(cells[name].var_names)
        assert (again[name].X != cells[name].X).nnz == 0
