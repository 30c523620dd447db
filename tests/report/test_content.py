"""What the page says is what the MuData holds."""

from __future__ import annotations

from copy import deepcopy

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion.association import NoSmoothing
from integrated_diffusion.embedding import phate
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.model import stored_record
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.report import gather, render
from integrated_diffusion.report.bundle import bundle
from integrated_diffusion.report.content import flattened, in_words
from integrated_diffusion.report.highlights import highlights_of
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.normalised_values import normalised
from mudata_settings import own_columns


@pytest.fixture(scope="module")
def content(plain):
    return gather(plain, features=["gene3", "prot:prot2", "gene5"])


def with_genes(plain, names) -> mudata.MuData:
    """The same with other names of the genes, and an own `uns` and `obsm`."""
    cells = plain["rna"].copy()
    cells.var_names = names
    with own_columns():
        mdata = mudata.MuData({"rna": cells, "prot": plain["prot"].copy()})
    for group in ("obsm", "obsp", "uns"):
        for key in getattr(plain, group):
            if key not in plain.mod:
                getattr(mdata, group)[key] = getattr(plain, group)[key]
    return mdata


@pytest.fixture
def copied(plain) -> mudata.MuData:
    """A MuData to change."""
    return with_genes(plain, plain["rna"].var_names)


def test_words_come_from_the_record(content, plain):
    record = plain.uns[keys.RECORD]
    assert content.title == "Integrated diffusion of rna and prot"
    assert content.operator == two_decimals(record["operator"])
    assert content.n_repeats == content.selection.chosen.n_repeats
    assert [one.name for one in content.modalities] == ["rna", "prot"]
    rna = content.modalities[0]
    assert (rna.n_samples, rna.n_features, rna.n_pcs) == (240, 12, record["views"]["rna"]["n_coordinates"])
    assert (rna.normalisation, rna.summary) == ("rna", "library size to the median, log, PCA")
    assert rna.steps == record["steps"]["rna"]
    selection = stored_record.selection_of(record)
    assert rna.contribution == str(selection.view_contributions["rna"])
    assert content.rule == "by cross-validation"
    assert dict(content.parameters)["kernel.n_neighbors"] == "15"
    assert dict(content.libraries)["numpy"] == np.__version__
    assert dict(content.seconds) == {name: float(spent) for name, spent in record["seconds"].items()}
    np.testing.assert_array_equal(content.curves["prot"].value, record["entropy"]["prot"]["value"])


def test_embeddings_are_phate_of_each_operator(content, plain):
    integrated = stored_operator(plain)
    assert [one.title for one in content.embeddings] == ["integrated", "rna", "prot"]
    np.testing.assert_array_equal(content.embeddings[0].coordinates, plain.obsm[keys.PHATE])
    np.testing.assert_array_equal(content.embeddings[2].coordinates, phate(integrated.operators["prot"], 2, "entropy"))


def test_stored_embeddings_are_taken(copied):
    kept = np.random.default_rng(0).normal(size=(240, 3))
    copied.obsm["X_integrated_phate_rna"] = kept
    np.testing.assert_array_equal(gather(copied).embeddings[1].coordinates, kept[:, :2])


def test_features_that_were_asked_for(content, plain):
    highlights = content.highlights
    J = stored_operator(plain).operator.toarray(240)
    assert [(feature.modality, feature.name) for feature in highlights.features] == [
        ("rna", "gene3"),
        ("prot", "prot2"),
        ("rna", "gene5"),
    ]
    for feature, column in zip(highlights.features, (3, 2, 5), strict=True):
        values = np.asarray(normalised(plain, feature.modality), dtype=np.float64)[:, column]
        np.testing.assert_allclose(feature.measured, values, rtol=1e-6)
        np.testing.assert_allclose(feature.denoised, J @ values, rtol=1e-4, atol=1e-5)
    assert highlights.rule == "chosen by the user"
    assert highlights.pairs == ((0, 1), (1, 2))  # of different views, one named after the other


def test_the_strongest_markers_unless_asked(plain):
    content = gather(plain)
    markers, highlights = content.markers, content.highlights
    assert markers.column == "cluster"
    assert [row.group for row in markers.rows] == ["2", "7", "10"]
    clearest = sorted(markers.rows, key=lambda row: -sum(one.score for one in row.strongest()))[:2]
    expected = [(one.modality, one.name) for row in clearest for one in row.strongest()]
    assert [(feature.modality, feature.name) for feature in highlights.features] == expected
    assert highlights.rule == f"the strongest markers of {clearest[0].group} and of {clearest[1].group}"
    assert highlights.pairs == ((0, 1), (2, 3))


def test_the_most_variable_feature_of_each_view_without_groups(plain):
    highlights = highlights_of(plain, stored_operator(plain), (), None)
    for feature in highlights.features:
        values = np.asarray(normalised(plain, feature.modality), dtype=np.float64)
        assert feature.name == plain[feature.modality].var_names[values.var(axis=0).argmax()]
    assert [feature.modality for feature in highlights.features] == ["rna", "prot"]
    assert "most variable" in highlights.rule
    assert highlights.pairs == ((0, 1),)


def test_the_error_of_an_unknown_feature_names_the_closest(plain):
    with pytest.raises(ValueError, match="'gene33' is not a feature of 'rna' or 'prot'; did you mean 'gene3'"):
        gather(plain, features=["gene33"])


def test_features_of_the_top_associations_unless_asked(copied):
    pairs = pd.DataFrame({"first": ["gene1", "gene1", "gene4"], "second": ["prot1", "prot2", "prot1"]})
    found = tl.associate(copied, "rna", "prot", pairs, n_shuffles=3)
    content = gather(copied)
    frame = found.frame()
    names = [
        (content.highlights.features[a].name, content.highlights.features[b].name) for a, b in content.highlights.pairs
    ]
    assert names == list(zip(frame["first"], frame["second"], strict=True))
    assert len(content.highlights.features) == 4  # each once
    assert content.highlights.rule == "those of the top 3 associations"
    assert (content.associations.first, content.associations.second) == ("rna", "prot")
    assert (content.associations.n_pairs, content.associations.n_permutations) == (3, 3)
    pd.testing.assert_frame_equal(content.associations.table, frame)


def test_without_associations_there_are_none(plain, copied):
    assert gather(plain).associations is None
    pairs = pd.DataFrame({"first": ["prot0"], "second": ["gene0"]})
    tl.associate(copied, "prot", "rna", pairs, smoothing=NoSmoothing(), n_shuffles=3)
    found = gather(copied).associations
    assert (found.first, found.second, found.smoothing) == ("prot", "rna", "as measured")
    assert found.null == NoSmoothing().null
    assert found.null in render(gather(copied))


def test_a_repeated_name_is_its_first_column(plain):
    with pytest.warns(UserWarning, match="not unique"):
        mdata = with_genes(plain, ["twice", "twice", *plain["rna"].var_names[2:]])
    shown = {feature.name: feature for feature in gather(mdata, features=["twice", "gene2"]).highlights.features}
    values = np.asarray(normalised(plain, "rna"))
    np.testing.assert_allclose(shown["twice"].measured, values[:, 0], rtol=1e-6)
    np.testing.assert_allclose(shown["gene2"].measured, values[:, 2], rtol=1e-6)


def test_a_file_says_the_same(copied, tmp_path):
    copied.obs["group"] = pd.Categorical(np.repeat(["b", "a", None], 80))
    tl.associate(copied, "rna", "prot", pd.DataFrame({"first": ["gene1"], "second": ["prot1"]}), n_shuffles=3)
    with own_columns():
        copied.write(tmp_path / "joint.h5mu")
        back = gather(mudata.read_h5mu(tmp_path / "joint.h5mu"))
    expected = gather(copied)
    for part in ("title", "sample_names", "operator", "rule", "modalities", "parameters", "libraries", "version"):
        assert getattr(back, part) == getattr(expected, part), part
    assert dict(back.seconds) == dict(expected.seconds)
    for one, other in zip(back.embeddings, expected.embeddings, strict=True):
        np.testing.assert_array_equal(one.coordinates, other.coordinates)
    pd.testing.assert_frame_equal(back.associations.table, expected.associations.table)
    assert bundle(back) == bundle(expected)


def test_nothing_integrated():
    cells = {name: AnnData(np.ones((5, 2))) for name in ("rna", "prot")}
    cells["prot"].var_names = ["a", "b"]
    with own_columns():
        mdata = mudata.MuData(cells)
    with pytest.raises(ValueError, match="expected an integrated operator in the MuData, found none"):
        gather(mdata)


def test_without_an_integrated_embedding(copied):
    del copied.obsm[keys.PHATE]
    with pytest.raises(
        ValueError, match=r"expected the integrated embedding in obsm\['X_integrated_phate'\], found none"
    ):
        gather(copied)


def test_given_steps(evil):
    content = gather(evil)
    assert (content.rule, content.selection) == ("by the user", None)
    assert [one.contribution for one in content.modalities] == ["", ""]


def test_words():
    assert in_words(["rna"]) == "rna"
    assert in_words(["rna", "atac", "prot"]) == "rna, atac and prot"
    assert flattened({"b": {"d": 1, "c": None}, "a": "x"}) == [("a", "x"), ("b.c", "None"), ("b.d", "1")]


@pytest.mark.parametrize(
    ("place", "inside", "expected"),
    [
        ("/home/me/cells.h5mu:mod/rna/X", "mod/rna/X", "cells.h5mu:mod/rna/X"),
        ("C:\\data\\cells.h5mu:mod/rna/X", "mod/rna/X", "cells.h5mu:mod/rna/X"),
        ("/home/me/rna.csv", "", "rna.csv"),
        ("MuData:mod/rna/X", "mod/rna/X", "MuData:mod/rna/X"),
    ],
)
def test_records_of_older_versions_show_no_folder(copied, place, inside, expected):
    copied.uns[keys.RECORD] = deepcopy(dict(copied.uns[keys.RECORD]))
    copied.uns[keys.RECORD]["views"]["rna"].update(place=place, inside=inside)
    content = gather(copied)
    assert content.modalities[0].source == expected
