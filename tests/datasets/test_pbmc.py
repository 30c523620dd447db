"""The cells that come with the package: what is in them, and that they are read as they are."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion, datasets, io
from integrated_diffusion.datasets import pbmc


@pytest.fixture(scope="module")
def cells():
    return datasets.pbmc_citeseq()


def test_cells_and_modalities(cells):
    assert {name: modality.shape for name, modality in cells.mod.items()} == {"rna": (800, 500), "prot": (800, 224)}
    assert cells.obs["cell_type"].nunique() == 8
    assert cells.obs["batch"].value_counts().to_dict() == {"p3_0": 400, "p4_0": 400}
    assert {"MS4A1", "CD8A", "NCAM1"} <= set(cells["rna"].var_names)
    assert {"cd20", "cd8", "cd56.1"} <= set(cells["prot"].var_names)


def test_values_are_counts(cells):
    for modality in cells.mod.values():
        values = modality.X.data if modality is cells["rna"] else np.asarray(modality.X)
        assert values.dtype == np.float32
        assert values.min() >= 0
        np.testing.assert_array_equal(values, np.round(values))


def test_types_are_where_their_markers_are(cells):
    proteins = cells["prot"].to_df()
    for marker, kind in (("cd19", "B"), ("cd14", "Mono"), ("cd8", "CD8 T"), ("cd335", "NK")):
        assert proteins[marker].groupby(cells.obs["cell_type"].to_numpy(), observed=True).median().idxmax() == kind


def test_the_package_reads_its_own_file(cells):
    found = io.read([pbmc.FILE])
    assert {name: X.shape for name, X in found.views.items()} == {"rna": (800, 500), "prot": (800, 224)}
    assert list(found.sample_names) == list(cells.obs_names)


def test_it_is_small_and_says_where_it_comes_from(cells):
    assert pbmc.FILE.stat().st_size < 600_000
    assert "GSE164378" in (pbmc.FILE.parent / "README.md").read_text(encoding="utf-8")
    assert "GSE164378" in cells.uns["source"]


def test_a_model_takes_them_as_they_are(cells):
    model = IntegratedDiffusion(steps={"rna": 1, "prot": 1}, n_components=5, recipes="auto").fit(cells)
    assert model.embedding_.shape == (800, 5)
