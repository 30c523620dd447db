"""Hashtags and named features are left out, and said."""

from __future__ import annotations

import re
import shlex
import warnings

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.cli.parameters import excluded_features
from integrated_diffusion.io import Results, read, write_results
from integrated_diffusion.io.writing.assemble import as_mudata
from integrated_diffusion.views.hashtags import ExcludedFeaturesWarning
from mudata_settings import own_columns


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


@pytest.fixture
def tagged(tmp_path, names, rna, atac):
    """A MuData with two hashtags among the antibodies, which are in another order of the cells."""
    prot = pd.DataFrame(atac + 1, names, ["CD3", "Hashtag 1", "CD4", "HTO-2", "IgG1"]).iloc[::-1]
    with own_columns():
        cells = {"rna": anndata.AnnData(pd.DataFrame(rna, names, [f"g{i}" for i in range(7)])), "prot": None}
        cells["prot"] = anndata.AnnData(prot)
        cells["prot"].layers["counts"] = cells["prot"].X.copy()
        cells["prot"].obsm["frame"] = prot
        data = mudata.MuData(cells)
        data.obs["kind"] = ["a", "b"] * (len(names) // 2)
        data.var["number"] = np.arange(12)
        data.write(tmp_path / "tagged.h5mu")
    return tmp_path / "tagged.h5mu"


def remedies(text):
    """The words for the command line, and the statements of Python, that a warning gives."""
    found = re.search(r"leave them out by `run (?P<words>.*)`, in Python by (?P<statements>.*)", text)
    return [word for word in shlex.split(found["words"]) if word != "--exclude"], found["statements"]


@pytest.mark.parametrize("view", ["prot:X", "prot:layers/counts", "prot:obsm/frame"])
def test_what_a_warning_about_a_mudata_says_to_do_is_right(tagged, atac, names, view):
    where = {"rna": "rna:X", "prot": view}
    with pytest.warns(ExcludedFeaturesWarning, match=r"2 hashtags \(Hashtag 1, HTO-2\).*they stay") as told:
        assert read(tagged, where).views["prot"].shape == (30, 5)
    words, statements = remedies(str(told[0].message))
    found = read(tagged, where, exclude=excluded_features(words))
    assert found.feature_names["prot"] == ["CD3", "CD4", "IgG1"]
    np.testing.assert_array_equal(found.views["prot"], atac[:, [0, 2, 4]] + 1)
    result = Results({"version": "1"}, np.ones((30, 2)), embedding=np.ones((30, 2)))
    output = tagged.with_name("out.h5mu")
    with pytest.raises(ValueError, match="would lose the features that --exclude leaves out"):
        write_results(found.with_results(result), tagged)
    write_results(found.with_results(result), output)
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mdata, written, whole = mudata.read_h5mu(tagged), mudata.read_h5mu(output), mudata.read_h5mu(tagged)
        exec(statements, {"mdata": mdata})
    expected = whole if "obsm" in view else mdata
    assert list(written["prot"].var_names) == list(expected["prot"].var_names)
    for layer in (None, "counts"):
        frames = [data["prot"].to_df(layer).loc[names] for data in (written, expected)]
        np.testing.assert_array_equal(*frames)
    assert list(written.var_names) == list(expected.var_names)
    assert list(written.obs["kind"]) == ["a", "b"] * 15
    assert mdata.shape == (30, 10)


def test_features_that_modalities_share_stay(tagged):
    with own_columns():
        data = mudata.read_h5mu(tagged)
        data["prot"].raw = data["prot"].copy()
        data.write(tagged)
    with pytest.raises(ValueError, match="the features of raw; write a file without them"):
        read(tagged, {"rna": "rna", "prot": "prot:raw"}, exclude=["HTO-2"])
    with h5py.File(tagged, "r+") as file:
        file.attrs["axis"] = -1
    with pytest.raises(ValueError, match="features that modalities share; write a file without them"):
        read(tagged, exclude=["HTO-2"])


def test_a_view_of_hashtags_alone_is_told_of(tmp_path, names, rna, atac):
    pd.DataFrame(rna, names).to_csv(tmp_path / "rna.csv")
    pd.DataFrame(atac, names, [f"HTO{i}" for i in range(5)]).to_csv(tmp_path / "tags.csv")
    with pytest.warns(ExcludedFeaturesWarning, match="'tags': found 5 hashtags .* nothing else; leave the view out"):
        assert read([tmp_path / "rna.csv", tmp_path / "tags.csv"]).views["tags"].shape == (30, 5)
