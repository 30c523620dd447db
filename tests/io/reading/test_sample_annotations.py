"""Denoised values keep what a file says of its samples."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd

from integrated_diffusion.io import DenoisedView, write_denoised
from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.reading.sample_annotations import sample_annotations


def test_columns_of_the_whole_and_of_the_modality(h5mu, names, tmp_path, array_blocks):
    place = Place(h5mu, "mod/atac/X")
    found = sample_annotations(place, names)
    assert list(found["cell_type"]) == ["a", "b"] * 15
    assert set(found) == {"depth", "cell_type"}
    values = np.ones((30, 2), dtype=np.float32)
    denoised = DenoisedView("atac", names, ["p0", "p1"], array_blocks(values, 1), place, whole=False, obs=found)
    written = anndata.read_h5ad(write_denoised(denoised, tmp_path / "d.h5ad"))
    pd.testing.assert_series_equal(written.obs["depth"].sort_values(), found["depth"].sort_values())
    assert list(written.obs["cell_type"]) == ["a", "b"] * 15


def test_formats_without_annotations(tables, names):
    assert sample_annotations(Place(tables[0]), names) is None
