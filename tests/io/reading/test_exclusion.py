"""Hashtags and named features are left out, and said."""

from __future__ import annotations

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.cli.parameters import excluded_features
from integrated_diffusion.io import read
from integrated_diffusion.io.reading.exclusion import ExcludedFeaturesWarning
from integrated_diffusion.io.writing.assemble import as_mudata


@pytest.fixture(params=["csv", "h5ad"])
def files(request, tmp_path, names, rna, atac):
    """Genes, and three antibodies beside two hashtags."""
    frames = {"rna": pd.DataFrame(rna, names, [f"g{i}" for i in range(7)])}
    frames["prot"] = pd.DataFrame(atac, names, ["CD3", "CD4", "Hashtag1", "HTO-2", "IgG1"])
    for name, frame in frames.items():
        if request.param == "csv":
            frame.to_csv(tmp_path / f"{name}.csv")
        else:
            anndata.AnnData(frame).write_h5ad(tmp_path / f"{name}.h5ad")
    return [tmp_path / f"{name}.{request.param}" for name in frames]


def test_hashtags_are_left_out_and_named(files, atac):
    with pytest.warns(ExcludedFeaturesWarning, match=r"2 hashtags \(Hashtag1, HTO-2\)"):
        found = read(files)
    assert found.feature_names["prot"] == ["CD3", "CD4", "IgG1"]
    np.testing.assert_array_equal(found.views["prot"], atac[:, [0, 1, 4]])
    assert as_mudata(found)["prot"].shape == (30, 3)


def test_named_features_are_left_out(files, tmp_path):
    (tmp_path / "controls.txt").write_text("IgG1\n\nHashtag1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = read(files, exclude=excluded_features([str(tmp_path / "controls.txt"), "g2"]))
        everything = read(files, exclude=excluded_features([""]))
    assert named.feature_names["prot"] == ["CD3", "CD4", "HTO-2"]
    assert "g2" not in named.feature_names["rna"]
    assert len(everything.feature_names["prot"]) == 5
    with pytest.raises(ValueError, match="--exclude: expected features of 'rna' or 'prot', found 'IgG2'"):
        read(files, exclude=["IgG2"])


def test_a_mudata_keeps_its_features(h5mu):
    with pytest.raises(ValueError, match="which keeps all its features"):
        read(h5mu, exclude=["gene1"])
