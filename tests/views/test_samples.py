"""Which samples there are, and views out of any container."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.views.containers import as_views, measured_views
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipes import RECIPES, prepare
from integrated_diffusion.views.recognition import recipes_of
from integrated_diffusion.views.samples import SampleSet
from mudata_settings import own_columns

NAMES = [f"cell{i}" for i in range(6)]


def values(seed=0, n_features=4):
    return np.random.default_rng(seed).poisson(3.0, (6, n_features)) + 1.0


def test_every_view_has_measured_every_sample():
    samples = SampleSet.shared({"rna": 6, "atac": 6})
    assert samples.n_samples == 6
    assert samples.names is None
    assert list(samples.measured) == ["rna", "atac"]
    for mask in samples.measured.values():
        np.testing.assert_array_equal(mask, np.ones(6, dtype=bool))
    assert repr(samples) == "6 samples; measured: 6 by rna, 6 by atac"


def test_samples_by_name_and_by_place():
    samples = SampleSet.shared({"rna": 6, "atac": 6}, {"atac": NAMES})
    assert samples.names == tuple(NAMES)
    np.testing.assert_array_equal(samples.places(["cell4", "cell0", "cell4"]), [4, 0, 4])
    with pytest.raises(ValueError, match=r"found 'cell9' and 6 samples \(first 'cell0'\)"):
        samples.places(["cell1", "cell9"])
    with pytest.raises(ValueError, match="found 'cell1' and samples without names"):
        SampleSet.shared({"rna": 6, "atac": 6}).places(["cell1"])


def test_other_samples_are_refused():
    with pytest.raises(ValueError, match="expected the same samples in every view, found 6 in 'a', 5 in 'b'; keep"):
        SampleSet.shared({"a": 6, "b": 5})
    with pytest.raises(ValueError, match="in the same order, found 'cell0' in 'a' but 'cell5' in 'b' at row 0; put"):
        SampleSet.shared({"a": 6, "b": 6}, {"a": NAMES, "b": NAMES[::-1]})
    with pytest.raises(ValueError, match="expected every sample name once in 'b', found 1 repeated"):
        SampleSet.shared({"a": 6, "b": 6}, {"a": NAMES, "b": [*NAMES[:5], "cell0"]})
    with pytest.raises(ValueError, match="view 'x': expected the 6 samples of the fit, found 7; give the same"):
        SampleSet.shared({"a": 6, "b": 6}).check_size(7, "x")


def test_views_of_frames_have_names():
    found = measured_views({"a": pd.DataFrame(values(), NAMES), "b": values(1)})
    assert found.samples.names == tuple(NAMES)
    assert list(found.views) == list(found.samples.measured) == ["a", "b"]


def test_views_of_a_mudata_have_names_and_types_of_features():
    anndata, mudata = pytest.importorskip("anndata"), pytest.importorskip("mudata")
    modalities = {
        name: anndata.AnnData(values(), pd.DataFrame(index=NAMES), pd.DataFrame({"feature_types": kinds}, list("wxyz")))
        for name, kinds in (("a", ["Peaks"] * 4), ("b", ["Peaks", "Peaks", "Genes", "Genes"]))
    }
    for name, modality in modalities.items():
        modality.var_names = [f"{name}{feature}" for feature in modality.var_names]
    with own_columns():
        data = mudata.MuData(modalities)
    found = measured_views(data)
    assert found.samples.names == tuple(NAMES)
    assert found.feature_types == {"a": "Peaks"}
    assert {name: recipe.name for name, recipe in recipes_of("auto", found).items()} == {"a": "chromatin", "b": "other"}


def test_prepared_views_pass_as_they_are():
    prepared = prepare(values(), "other", 2, name="a")
    found = measured_views({"a": prepared, "b": values(1)})
    assert found.views["a"] is prepared
    assert as_views({"a": prepared, "b": values(1)})["a"] is prepared.raw
    with pytest.raises(ValueError, match="found 6 in 'a', 5 in 'b'"):
        measured_views({"a": prepared, "b": values(1)[:5]})


class TestRecipesAskedFor:
    views = measured_views({"rna": values(), "lab": values() + 0.5, "given": prepare(values(), "other", 2)})

    def test_none(self):
        assert recipes_of(None, self.views) == {}

    def test_recognised(self):
        assert recipes_of("auto", self.views) == {"rna": RECIPES["rna"], "lab": RECIPES["other"]}

    def test_by_name_or_as_values(self):
        found = recipes_of({"rna": "protein", "lab": RECIPES["none"], "given": None}, self.views)
        assert found == {"rna": RECIPES["protein"], "lab": RECIPES["none"]}

    @pytest.mark.parametrize(
        ("recipes", "error", "message"),
        [
            ("rna", ValueError, "recipes: expected one of 'auto', found 'rna'"),
            ({"dna": "rna"}, ValueError, "recipes: expected names of views among 'rna', 'lab', 'given', found 'dna'"),
            ({"rna": "dna"}, ValueError, "recipes: expected one of 'rna', .*, found 'dna'"),
            (["rna"], TypeError, "recipes: expected None, 'auto' or a mapping from view to recipe, found list"),
        ],
    )
    def test_mistakes(self, recipes, error, message):
        with pytest.raises(error, match=message):
            recipes_of(recipes, self.views)


def test_prepared_views_print_what_they_are():
    assert (
        repr(prepare(values(), "rna", 2)) == "6 samples x 4 features -> 2 (rna: library size to the median, log, PCA)"
    )
    X = values()
    assert repr(PreparedView(X, X, X)) == "6 samples x 4 features -> 4 (values as they are)"
