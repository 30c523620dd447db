"""Two halves of a view: nothing lost, nothing shared, and independent noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps, FeatureHalves
from integrated_diffusion.selection.splits import split_counts
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipes import prepare
from integrated_diffusion.views.reduction import pca
from integrated_diffusion.views.validation import as_array

BY_INDEX = np.arange(1.0, 301.0).reshape(1, -1)  # every feature known by its value


def counts(n_samples=60, n_features=25, rate=3.0, seed=0):
    return np.random.default_rng(seed).poisson(rate, size=(n_samples, n_features)).astype(np.float64)


def dense(X):
    return X.toarray() if sp.issparse(X) else X


def measured(X, name="rna"):
    """A view that no recipe normalises."""
    return PreparedView(X, X, X, name=name)


def feature_halves(X, rng):
    return FeatureHalves()(measured(X), 50, rng)


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(dense(a), dense(b)) for a, b in zip(one, other, strict=True))


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_halves_share_no_feature_and_leave_none_out(n_features, seed):
    X = BY_INDEX[:, :n_features]
    A, B = feature_halves(X, np.random.default_rng(seed))
    assert sorted([*A[0], *B[0]]) == X[0].tolist()
    assert A.shape[1] - B.shape[1] in (0, 1)
    assert (np.diff(A[0]) > 0).all()
    assert (np.diff(B[0]) > 0).all()


def test_one_feature_has_nothing_left_to_predict():
    A, B = feature_halves(np.arange(5.0)[:, None], np.random.default_rng(0))
    assert np.array_equal(A, np.arange(5.0)[:, None])
    assert B.shape == (5, 0)


def test_every_feature_is_predicted_half_of_the_time():
    rng = np.random.default_rng(0)
    predicted = np.zeros(11)
    for _ in range(400):
        predicted[feature_halves(BY_INDEX[:, :11], rng)[1][0].astype(int) - 1] += 1
    np.testing.assert_allclose(predicted / 400, 5 / 11, atol=0.1)


def test_sparse_halves_are_the_dense_ones_and_stay_sparse():
    X = counts(rate=0.5)
    halves = feature_halves(X, np.random.default_rng(3))
    sparse = feature_halves(sp.csr_array(X), np.random.default_rng(3))
    assert all(isinstance(half, sp.csr_array) for half in sparse)
    assert same(halves, sparse)


def test_halves_keep_their_precision():
    assert {half.dtype for half in feature_halves(np.ones((3, 4), np.float32), np.random.default_rng(0))} == {
        np.dtype(np.float32)
    }


def test_same_seed_same_features():
    one, again, other = (feature_halves(BY_INDEX, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 1000))
def test_counts_are_dealt_not_lost(dtype, seed):
    X = counts(8, 5, seed=seed).astype(dtype)
    before = X.copy()
    first, second = split_counts(X, np.random.default_rng(seed))
    assert first.dtype == second.dtype == dtype
    assert np.array_equal(first + second, before)
    assert np.array_equal(X, before)
    for half in (first, second):
        assert (half >= 0).all()
        assert np.array_equal(half, np.rint(half))


def test_sparse_counts_are_dealt_not_lost():
    X = sp.csr_array(counts(rate=1.0))
    before = X.toarray()
    first, second = split_counts(X, np.random.default_rng(0))
    assert np.array_equal(first.toarray() + second.toarray(), before)
    assert np.array_equal(X.toarray(), before)


def test_sparse_counts_stay_sparse_without_zeros_kept():
    X = sp.csr_array(counts(rate=1.0))
    for half in split_counts(X, np.random.default_rng(0)):
        assert isinstance(half, sp.csr_array)
        assert half.shape == X.shape
        assert half.nnz < X.nnz
        assert (half.data > 0).all()


def test_sparse_counts_are_thinned_like_dense_ones():
    X = counts(rate=1.0) + 1  # no zeros, so that both toss the same coins in the same order
    assert same(split_counts(X, np.random.default_rng(4)), split_counts(sp.csr_array(X), np.random.default_rng(4)))


def test_halves_of_poisson_counts_know_nothing_of_each_other():
    X = counts(400, 250, rate=4.0)
    first, second = split_counts(X, np.random.default_rng(1))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 4 / np.sqrt(X.size)
    assert abs(np.corrcoef(first.ravel(), X.ravel())[0, 1]) > 0.7
    for half in (first, second):
        assert half.mean() == pytest.approx(2, abs=0.02)
        assert half.var() == pytest.approx(2, abs=0.04)  # a Poisson number again


def test_halves_of_other_counts_are_not_independent():
    """The check above can fail: a count that is always four leaves to one half what it does not give to the other."""
    first, second = split_counts(np.full((100, 50), 4.0), np.random.default_rng(1))
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(-1)


def test_same_seed_same_coins():
    one, again, other = (split_counts(counts(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize("recipe", ["rna", "chromatin", "protein"])
def test_each_half_is_normalised_by_its_recipe(recipe):
    X = counts()
    found = CountSplitting()(prepare(X, recipe, 4), 4, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    halves = split_counts(X, rng)
    seed = int(rng.integers(2**31))
    assert same(found, [prepare(half, recipe, 4, seed).representation for half in halves])
    assert {half.shape for half in found} == {(60, 4)}


def test_counts_without_a_recipe_stay_as_they_are():
    X = counts(n_features=6)
    first, second = CountSplitting()(measured(X), None, np.random.default_rng(0))
    assert np.array_equal(first + second, X)


def test_a_single_feature_of_counts_is_split_too():
    X = counts(n_features=1)
    first, second = CountSplitting()(measured(X), 50, np.random.default_rng(0))
    assert first.shape == second.shape == (60, 1)
    assert np.array_equal(first + second, X)


@pytest.mark.parametrize("view", [
    measured(np.random.default_rng(0).standard_normal((60, 7))),
    prepare(counts(n_features=7), "other", 3),
    prepare(counts(n_features=7), "none", 3),
])  # fmt: skip
def test_views_that_are_no_counts_are_split_by_features(view):
    rng, same_rng = np.random.default_rng(6), np.random.default_rng(6)
    assert same(CountSplitting()(view, 3, rng), FeatureHalves()(view, 3, same_rng))


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_negative_counts_are_refused(form):
    X = counts()
    view = prepare(form(X), "rna", 4, name="cells")
    X[3, 2] = -2
    negative = PreparedView(form(X), view.values, view.representation, view.recipe, view.fitted, "cells")
    with pytest.raises(ValueError, match=r"view 'cells': expected counts \(zero or more\), found 1 negative values"):
        CountSplitting()(negative, 4, np.random.default_rng(0))


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array])
def test_numbers_that_are_no_counts_are_refused(form):
    view = prepare(form(counts() + 0.4), "rna", 4, name="cells")
    with pytest.raises(ValueError, match="view 'cells': expected whole counts"):
        CountSplitting()(view, 4, np.random.default_rng(0))


@pytest.mark.parametrize(
    "form",
    [
        lambda X: X.astype(np.int64),
        lambda X: sp.csr_array(X.astype(np.int32)),
        sp.csc_array,
        pd.DataFrame,
    ],
    ids=["whole numbers", "sparse whole numbers", "by columns", "frame"],
)
def test_counts_come_as_views_do(form):
    X = counts(rate=1.0) + 1
    expected = CountSplitting()(prepare(X, "rna", 4), 4, np.random.default_rng(7))
    found = CountSplitting()(prepare(as_array(form(X), "cells"), "rna", 4), 4, np.random.default_rng(7))
    for half, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.abs(dense(half)), np.abs(other), atol=1e-8)


def test_splits_hold_no_data_and_can_be_compared():
    assert CountSplitting() == CountSplitting() != FeatureHalves()
    assert hash(CrossValidatedSteps(split=CountSplitting())) == hash(CrossValidatedSteps(split=CountSplitting()))


def test_halves_of_normalised_features_are_reduced_by_the_recipe():
    view = prepare(counts(rate=3.0), "rna", 4)
    kept, predicted = FeatureHalves()(view, 4, np.random.default_rng(3))
    one, other = feature_halves(view.values, np.random.default_rng(3))
    for half, features in ((kept, one), (predicted, other)):
        np.testing.assert_allclose(half, pca(features, 4), atol=1e-9)


def test_halves_of_one_feature_with_a_recipe():
    kept, predicted = FeatureHalves()(prepare(counts()[:, :1], "other"), 50, np.random.default_rng(0))
    assert kept.shape[1] == 1
    assert predicted.shape[1] == 0
