"""Batches of a fit: mixed where they share types, off unless asked for, and named as columns of a MuData."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from integrated_diffusion import IntegratedDiffusion, LocalDenoising, metrics
from integrated_diffusion.neighbors import ApproximateSearch
from mudata_settings import own_columns

pytestmark = pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")

STEPS = {"rna": 1, "atac": 1}


@pytest.fixture(scope="module")
def study():
    """Three types in two batches, and a fourth in the second batch alone; both views have a batch effect."""
    rng = np.random.default_rng(0)
    types, codes = np.concatenate([np.arange(150) % 3, np.arange(200) % 4]), np.repeat([0, 1], [150, 200])
    views = {}
    for name, n_features in (("rna", 30), ("atac", 24)):
        centres, shift = 3 * rng.standard_normal((4, n_features)), 1.5 * rng.standard_normal(n_features)
        views[name] = centres[types] + shift * codes[:, None] + rng.standard_normal((350, n_features))
    return views, types, np.array(["first", "second"])[codes]


def share_across(model, batch, rows):
    P = model.operators_["rna"].matrix.toarray()
    return P[rows][:, batch != batch[rows][0]].sum(axis=1).mean()


def test_batches_are_mixed_and_types_are_not(study):
    views, types, batch = study
    plain = IntegratedDiffusion(n_components=6, steps=STEPS, order="random").fit(views)
    model = IntegratedDiffusion(n_components=6, steps=STEPS, order="random").fit(views, batch=batch)
    shared = np.flatnonzero((types < 3) & (batch == "first"))
    assert share_across(plain, batch, shared) < 0.01
    assert share_across(model, batch, shared) > 0.1
    assert share_across(model, batch, np.flatnonzero(types == 3)) < 0.01
    assert metrics.knn_accuracy(model.embedding_, types) >= 0.99
    assert model.batches_.names == ("first", "second")
    assert plain.batches_ is None


def test_without_several_batches_the_bits_are_the_same(study):
    views, _, batch = study
    plain = IntegratedDiffusion(n_components=4).fit(views)
    alike = IntegratedDiffusion(n_components=4).fit(views, batch=np.full(len(batch), "one"))
    np.testing.assert_array_equal(plain.embedding_, alike.embedding_)


def test_cross_validation_goes_with_batches(study):
    views, types, batch = study
    model = IntegratedDiffusion(n_components=6)
    joint = model.fit_transform(views, batch=batch)
    assert metrics.knn_accuracy(joint, types) >= 0.99
    again = IntegratedDiffusion(n_components=6, n_jobs=1).fit(views, batch=batch)
    np.testing.assert_array_equal(again.embedding_, joint)


def test_views_that_are_not_named_are_left_as_they_are(study):
    views, _, batch = study
    plain = IntegratedDiffusion(n_components=4, steps=STEPS).fit(views)
    named = IntegratedDiffusion(n_components=4, steps=STEPS).fit(views, batch=batch, batch_views=["atac"])
    assert (plain.operators_["rna"].kernel != named.operators_["rna"].kernel).nnz == 0
    assert (plain.operators_["atac"].kernel != named.operators_["atac"].kernel).nnz > 0


@pytest.mark.parametrize(
    "settings",
    [{"local_denoising": LocalDenoising()}, {"search": ApproximateSearch()}],
    ids=["local denoising", "search"],
)
def test_batches_go_with_other_settings(study, settings):
    views, types, batch = study
    model = IntegratedDiffusion(n_components=6, steps=STEPS, **settings).fit(views, batch=batch)
    assert metrics.knn_accuracy(model.embedding_, types) >= 0.95


def test_a_column_of_a_mudata(study):
    views, _, batch = study
    with own_columns():
        mdata = mudata.MuData(
            {
                name: AnnData(pd.DataFrame(X, columns=[f"{name}{i}" for i in range(X.shape[1])]).rename(str))
                for name, X in views.items()
            }
        )
    mdata.obs["donor"] = pd.Categorical(batch)
    by_column = IntegratedDiffusion(n_components=4, steps=STEPS).fit(mdata, batch="donor")
    by_labels = IntegratedDiffusion(n_components=4, steps=STEPS).fit(views, batch=batch)
    np.testing.assert_array_equal(by_column.embedding_, by_labels.embedding_)
    assert by_column.batches_.column == "donor"
    with pytest.raises(ValueError, match="batch: expected a column of obs, found 'doner'; try 'donor'"):
        IntegratedDiffusion().fit(mdata, batch="doner")


def test_a_column_needs_a_table(study):
    with pytest.raises(TypeError, match="found the text 'donor'; a column can be named for a MuData"):
        IntegratedDiffusion().fit(study[0], batch="donor")


@pytest.mark.filterwarnings("ignore::integrated_diffusion.views.missing.MissingSamplesWarning")
def test_labels_of_samples_that_are_left_out_are_left_out():
    rng = np.random.default_rng(0)
    names = [f"s{i}" for i in range(100)]
    X, Y, labels = rng.normal(size=(100, 4)), rng.normal(size=(100, 4)), np.array(["x", "y"])[np.arange(100) % 2]
    X[:10] = np.nan
    model = IntegratedDiffusion(missing="drop", steps={"a": 1, "b": 1}, n_components=3)
    expected = model.fit({"a": X[10:], "b": Y[10:]}, batch=labels[10:]).embedding_
    np.testing.assert_array_equal(model.fit({"a": X, "b": Y}, batch=labels).embedding_, expected)
    frames = {"a": pd.DataFrame(X[10:], index=names[10:]), "b": pd.DataFrame(Y, index=names)}
    turned = pd.Series(labels, index=names).iloc[::-1]
    np.testing.assert_array_equal(model.fit(frames, batch=turned).embedding_, expected)
    with pytest.raises(ValueError, match="batch: expected a label for each of 90 samples"):
        model.fit({"a": X, "b": Y}, batch=labels[:95])
