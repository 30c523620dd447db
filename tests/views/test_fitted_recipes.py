"""Fitted recipes on training data, on new samples, and on blocks of columns, against scikit-learn and dense oracles."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.preprocessing import StandardScaler

from integrated_diffusion.views.recipes import RECIPES, prepare
from integrated_diffusion.views.statistics import FEATURE_MOMENTS, Statistics


def as_dense(X):
    return X.toarray() if sp.issparse(X) else X


N, N_NEW, N_FEATURES = 80, 15, 40
FORMS = {"dense": np.asarray, "sparse": sp.csr_array}
TOLERANCES = {np.float32: 1e-5, np.float64: 1e-10}


def counts(n=N, n_features=N_FEATURES, seed=0):
    rng = np.random.default_rng(seed)
    profile = np.random.default_rng(99).gamma(1.0, 2.0, (3, n_features))[rng.integers(0, 3, n)]
    X = rng.poisson(profile * rng.lognormal(0, 0.5, (n, 1))).astype(np.float64)
    X[:, 0] += 1
    return X


TRAINING, NEW = counts(), counts(N_NEW, seed=1)


def close(found, expected, tolerance):
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("n_components", [6, None])
def test_transforming_the_training_data_gives_its_coordinates(recipe, form, dtype, n_components):
    X = FORMS[form](TRAINING.astype(dtype))
    view = prepare(X, recipe, n_components, random_state=3)
    found = view.fitted.transform(X)
    assert found.dtype == view.representation.dtype == dtype
    close(as_dense(found), as_dense(view.representation), TOLERANCES[dtype])
    np.testing.assert_array_equal(as_dense(view.fitted.normalise(X)), as_dense(view.values))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_new_samples_of_other_measurements_against_scikit_learn(form, dtype):
    """Unit variance and principal components."""
    X, new = (FORMS[form](data.astype(dtype)) for data in (TRAINING, NEW))
    scaler = StandardScaler(with_mean=form == "dense").fit(TRAINING)
    model = PCA(5, svd_solver="full").fit(scaler.transform(TRAINING))
    fitted = RECIPES["other"].fit(X, 5)
    close(as_dense(fitted.normalise(new)), scaler.transform(NEW), TOLERANCES[dtype])
    close(fitted.transform(new), model.transform(scaler.transform(NEW)), 10 * TOLERANCES[dtype])
    plain = PCA(5, svd_solver="full").fit(TRAINING)
    close(RECIPES["none"].fit(X, 5).transform(new), plain.transform(NEW), 10 * TOLERANCES[dtype])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_new_samples_of_rna_and_protein_against_their_formulas(form, dtype):
    X, new = (FORMS[form](data.astype(dtype)) for data in (TRAINING, NEW))
    depths = [data.sum(axis=1, keepdims=True) for data in (TRAINING, NEW)]
    rna = [np.log1p(data * np.median(depths[0]) / depth) for data, depth in zip((TRAINING, NEW), depths, strict=True)]
    protein = [np.log1p(data / np.exp(np.log1p(data).mean(axis=1, keepdims=True))) for data in (TRAINING, NEW)]
    for recipe, (training, expected) in {"rna": rna, "protein": protein}.items():
        fitted = RECIPES[recipe].fit(X, 5)
        close(as_dense(fitted.normalise(new)), expected, TOLERANCES[dtype])
        scores = PCA(5, svd_solver="full").fit(training).transform(expected)
        close(fitted.transform(new), scores, 10 * TOLERANCES[dtype])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_new_samples_of_chromatin_against_scikit_learn(form, dtype):
    X, new = (FORMS[form](data.astype(dtype)) for data in (TRAINING, NEW))
    idf = N / TRAINING.sum(axis=0)
    training, expected = (np.log1p(1e4 * data / data.sum(axis=1, keepdims=True) * idf) for data in (TRAINING, NEW))
    view = prepare(X, "chromatin", 5)
    close(as_dense(view.fitted.normalise(new)), expected, TOLERANCES[dtype])
    model = TruncatedSVD(6, algorithm="arpack").fit(training)
    scores = model.transform(expected)
    log_open = np.log((training > 0).sum(axis=1))
    depth = np.argmax([abs(np.corrcoef(column, log_open)[0, 1]) for column in model.transform(training).T])
    close(view.fitted.transform(new), np.delete(scores, depth, axis=1), 10 * TOLERANCES[dtype])


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("block_form", [np.asarray, sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("parts", ["rows", "columns"])
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_blocks_are_the_whole(recipe, block_form, parts, dtype):
    """Statistics added up part by part, columns normalised a few at a time."""
    X = block_form(TRAINING.astype(dtype))
    whole = RECIPES[recipe].normalise(sp.csr_array(X) if sp.issparse(X) else X)
    statistics, every = Statistics(X.shape, RECIPES[recipe].statistics), slice(None)
    for start in range(0, X.shape[parts == "columns"], 7):
        at = (slice(start, start + 7), every) if parts == "rows" else (every, slice(start, start + 7))
        statistics.add(*at, block_form(as_dense(X)[at]))
    normalisation = RECIPES[recipe].normalisation.fit(statistics)
    for columns in (np.arange(N_FEATURES), np.array([5]), np.array([7, 2, 3, 2, 39])):
        block = normalisation(X[:, columns], statistics, columns)
        assert sp.issparse(block) == sp.issparse(X)
        assert block.dtype == dtype
        close(as_dense(block), as_dense(whole)[:, columns], TOLERANCES[dtype])


def test_moments_of_parts_far_from_the_origin():
    X = np.random.default_rng(0).normal(1e6, [[1.0, 1e-3, 0.0]], (500, 3))
    statistics = Statistics(X.shape, (FEATURE_MOMENTS,))
    for start in range(0, 500, 60):
        statistics.add(slice(start, start + 60), slice(None), X[start : start + 60])
    n, mean, variance = statistics[FEATURE_MOMENTS]
    np.testing.assert_array_equal(n, 500)
    np.testing.assert_allclose(mean, X.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(variance, X.var(axis=0), rtol=1e-6, atol=1e-18)
    assert RECIPES["other"].normalisation.fit(statistics).scale[2] == 1


@pytest.mark.parametrize("training", FORMS)
@pytest.mark.parametrize("new", FORMS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_new_samples_may_come_in_another_form(recipe, training, new):
    fitted = RECIPES[recipe].fit(FORMS[training](TRAINING), 6)
    expected = RECIPES[recipe].fit(TRAINING, 6).transform(NEW)
    close(fitted.transform(FORMS[new](NEW)), expected, 1e-9)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_new_samples_far_from_the_origin(dtype):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(700, 300)) * np.linspace(3, 0.5, 300) + 3_000).astype(dtype)
    view = prepare(X[:600], "none", 5)
    exact = X.astype(np.float64)
    expected = PCA(5, svd_solver="full").fit(exact[:600]).transform(exact[600:])
    close(view.fitted.transform(X[600:]), expected, 1e-3 if dtype == np.float32 else 1e-9)
    close(view.fitted.transform(X[:600]), view.representation, 1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_training_data_that_do_not_vary_give_zeros(form):
    fitted = RECIPES["none"].fit(FORMS[form](np.full((30, 8), 2.5)), 3)
    np.testing.assert_array_equal(fitted.transform(FORMS[form](counts(5, 8))), np.zeros((5, 3)))


def test_a_fitted_recipe_holds_no_training_data_and_pickles():
    fitted = RECIPES["rna"].fit(sp.csr_array(counts(5_000)), 6)
    kept = pickle.dumps(fitted)
    assert len(kept) < 20_000
    np.testing.assert_array_equal(pickle.loads(kept).transform(NEW), fitted.transform(NEW))
    assert repr(fitted) == "rna, fitted to 40 features"


def test_new_samples_that_cannot_be():
    fitted = RECIPES["rna"].fit(TRAINING, 6)
    with pytest.raises(ValueError, match="new samples: expected the 40 features of the fit, found 39; give the same"):
        fitted.transform(NEW[:, 1:])
    with pytest.raises(ValueError, match=r"expected counts .* found 1 negative"):
        fitted.transform(np.where(np.arange(N_NEW * N_FEATURES).reshape(N_NEW, -1) == 3, -1.0, NEW))
    with pytest.raises(ValueError, match="found 600 NaN"):
        fitted.transform(np.full_like(NEW, np.nan))
