"""The estimator on views that lack samples."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion import IntegratedDiffusion, diffusion_operator, metrics
from integrated_diffusion.selection import Smoother
from integrated_diffusion.views.missing import MissingSamplesWarning
from integrated_diffusion.views.recipes import RECIPES

N, N_GROUPS = 180, 3


def counts_of(seed=0):
    """Counts of two views of samples on one circle, and which third of it they are on."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, N)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    views = {
        name: rng.poisson(4 * np.exp(0.7 * circle @ rng.standard_normal((2, d)))).astype(float)
        for name, d in (("rna", 40), ("prot", 15))
    }
    return views, (angle // (2 * np.pi / N_GROUPS)).astype(int)


def without(views, missing):
    return {
        name: np.where(np.isin(np.arange(N), missing.get(name, []))[:, None], np.nan, X) for name, X in views.items()
    }


VIEWS, GROUPS = counts_of()
LACK = {"rna": np.arange(0, 50), "prot": np.arange(60, 120)}


@pytest.fixture(scope="module")
def fitted():
    return IntegratedDiffusion(n_components=4, recipes="auto", n_jobs=1).fit(without(VIEWS, LACK))


def test_every_sample_has_coordinates(fitted):
    assert fitted.embedding_.shape == (N, 4)
    assert metrics.knn_accuracy(fitted.embedding_, GROUPS) > 0.85
    for name, missing in LACK.items():
        np.testing.assert_array_equal(np.flatnonzero(~fitted.measured_[name]), missing)
    assert repr(fitted.integration_.samples) == "180 samples; measured: 130 by rna, 120 by prot"


def test_recipes_and_neighbours_are_of_measured_samples(fitted):
    for name, missing in LACK.items():
        there = np.delete(VIEWS[name], missing, axis=0)
        prepared = fitted.integration_.views[name]
        np.testing.assert_array_equal(prepared.raw, there)
        np.testing.assert_array_equal(prepared.values, RECIPES[{"prot": "protein"}.get(name, name)].normalise(there))
        P = fitted.operators_[name]
        alone = diffusion_operator(prepared.representation, name=name)
        np.testing.assert_allclose(P.on_measured.toarray(), alone.toarray(), rtol=0, atol=1e-15)
        assert (P.toarray()[missing] == np.eye(N)[missing]).all()


def test_denoised_values_are_imputed_where_they_are_missing(fitted):
    J, w = fitted.operator_.toarray(), fitted.measured_["prot"].astype(float)
    X = np.zeros((N, 15))
    X[w > 0] = fitted.integration_.views["prot"].values
    found = fitted.denoise("prot", power=1)
    repeats = fitted.integration_.operator.imputation_repeats["prot"]
    for rows, p in ((w > 0, 1), (w == 0, repeats)):
        Jp = np.linalg.matrix_power(J, p)
        np.testing.assert_allclose(found[rows], ((Jp @ X) / (Jp @ w)[:, None])[rows], rtol=0, atol=1e-12)
    np.testing.assert_allclose(fitted.denoise("prot", 1, features=[3, 1]), found[:, [3, 1]], rtol=0, atol=1e-12)
    hidden = LACK["prot"]
    truth = fitted.recipes_["prot"].normalise(VIEWS["prot"][hidden])
    usual = X[w > 0].mean(axis=0)
    assert np.square(found[hidden] - truth).mean() < 0.7 * np.square(usual - truth).mean()


def test_measured_values_are_smoothed_as_selected_and_others_imputed(fitted):
    X, w = np.zeros((N, 15)), fitted.measured_["prot"]
    X[w] = fitted.integration_.views["prot"].values
    chosen = fitted.denoising_["prot"]
    assert chosen.by == "count splitting"
    own, imputed = fitted.operators_["prot"].toarray(), fitted.integration_.operator.denoiser("prot").toarray()
    for smoother in (Smoother("own", 2, 0.3), Smoother("integrated", 1, 0.6), Smoother("own", 1, 0.0)):
        S = np.linalg.matrix_power(own, smoother.t) if smoother.operator == "own" else imputed
        expected = (1 - smoother.amount) * X + smoother.amount * S @ X
        expected[~w] = (imputed @ X)[~w]
        found = smoother.of("prot", fitted.integration_.operator) @ X
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    found = fitted.denoise("prot")
    np.testing.assert_array_equal(found, chosen.at("normalised").of("prot", fitted.integration_.operator) @ X)


def test_counts_of_missing_samples_are_at_the_usual_depth(fitted):
    w = fitted.measured_["prot"]
    found = fitted.denoise("prot", scale="counts")
    np.testing.assert_allclose(found[w].sum(axis=1), VIEWS["prot"][w].sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(found[~w].sum(axis=1), np.median(VIEWS["prot"][w].sum(axis=1)), rtol=1e-6)


def test_any_values_may_have_rows_of_nan(fitted):
    X = np.random.default_rng(0).standard_normal((N, 3))
    X[[3, 70]] = np.nan
    J, w = fitted.operator_.toarray(), np.isfinite(X[:, 0]).astype(float)
    np.testing.assert_allclose(fitted.denoise(X), (J @ np.nan_to_num(X)) / (J @ w)[:, None], rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="view 'to denoise': expected the 180 samples of the fit, found 179"):
        fitted.denoise(X[1:])


def test_frames_give_the_union_by_name_and_the_same_bits_as_arrays(fitted, tmp_path):
    names = np.array([f"cell{i}" for i in range(N)])
    frames = {
        name: pd.DataFrame(np.delete(X, LACK[name], axis=0), np.delete(names, LACK[name])) for name, X in VIEWS.items()
    }
    first = list(dict.fromkeys([*frames["rna"].index, *frames["prot"].index]))
    model = IntegratedDiffusion(n_components=4, recipes="auto", n_jobs=1).fit(frames)
    assert list(model.integration_.samples.names) == first
    order = np.argsort(names)[np.searchsorted(np.sort(names), first)]
    arrays = {name: X[order] for name, X in without(VIEWS, LACK).items()}
    again = IntegratedDiffusion(n_components=4, recipes="auto", n_jobs=1).fit(arrays)
    np.testing.assert_array_equal(model.embedding_, again.embedding_)
    anndata = pytest.importorskip("anndata")
    written = anndata.read_h5ad(model.denoise("prot", out=tmp_path / "prot.h5ad"))
    assert list(written.obs_names) == first
    np.testing.assert_allclose(written.X, model.denoise("prot"), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": "entropy"},
        {"steps": {"rna": 1, "prot": 0}},
        {"steps": {"rna": 2, "prot": 1}, "order": "both"},
        {"embedding": "phate"},
        {"power": "cross_validated"},
        {"power": "entropy"},
    ],
)
def test_every_way_to_integrate(settings):
    model = IntegratedDiffusion(n_components=3, recipes="auto", n_jobs=1, **settings).fit(without(VIEWS, LACK))
    assert np.isfinite(model.embedding_).all()
    np.testing.assert_allclose(model.operator_ @ np.ones(N), np.ones(N), rtol=0, atol=1e-12)
    assert metrics.knn_accuracy(model.embedding_, GROUPS) > 0.8
    assert np.isfinite(model.denoise("prot")).all()


def test_zero_counts_are_not_measured():
    views = {name: np.nan_to_num(X) for name, X in without(VIEWS, LACK).items()}
    with pytest.warns(MissingSamplesWarning) as warned:
        model = IntegratedDiffusion(n_components=4, steps={"rna": 1, "prot": 1}).fit(views)
    assert [str(warning.message)[:63] for warning in warned] == [
        "view 'rna': found 50 of 180 samples with only zero counts (firs",
        "view 'prot': found 60 of 180 samples with only zero counts (fir",
    ]
    assert model.measured_["prot"].sum() == 120


def test_what_is_done_about_missing_samples():
    settings = {"n_components": 3, "steps": {"rna": 1, "prot": 1}}
    with pytest.raises(ValueError, match="expected every sample to be measured in every view, found 50 of 180 samples"):
        IntegratedDiffusion(missing="refuse", **settings).fit(without(VIEWS, LACK))
    with pytest.warns(MissingSamplesWarning, match="they are left out, and 70 samples remain"):
        dropped = IntegratedDiffusion(missing="drop", **settings).fit(without(VIEWS, LACK))
    common = np.setdiff1d(np.arange(N), np.concatenate(list(LACK.values())))
    again = IntegratedDiffusion(**settings).fit({name: X[common] for name, X in VIEWS.items()})
    np.testing.assert_array_equal(dropped.embedding_, again.embedding_)
    with pytest.raises(ValueError, match="missing: expected one of 'keep', 'drop', 'refuse', found 'no'"):
        IntegratedDiffusion(missing="no", **settings).fit(VIEWS)


def test_pickled_and_the_same_bits_whatever_the_threads(fitted):
    again = IntegratedDiffusion(n_components=4, recipes="auto", n_jobs=2).fit(without(VIEWS, LACK))
    np.testing.assert_array_equal(again.embedding_, fitted.embedding_)
    copied = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copied.denoise("prot"), fitted.denoise("prot"))


def test_new_samples_join_views_that_lack_samples(fitted):
    again = fitted.transform(without(VIEWS, LACK))
    np.testing.assert_allclose(again, fitted.embedding_, rtol=0, atol=1e-4 * np.abs(fitted.embedding_).max())
    train = np.arange(N) % 5 > 0
    views = without(VIEWS, LACK)
    model = IntegratedDiffusion(n_components=4, recipes="auto", n_jobs=1).fit({k: X[train] for k, X in views.items()})
    placed = model.transform({name: X[~train] for name, X in views.items()})
    nearest = np.argmin(np.linalg.norm(placed[:, None] - model.embedding_, axis=2), axis=1)
    assert (GROUPS[train][nearest] == GROUPS[~train]).mean() > 0.7
    X = np.zeros((train.sum(), 15))
    X[model.measured_["prot"]] = model.integration_.views["prot"].values
    found = model.predict({"rna": VIEWS["rna"][~train]}, "prot")
    truth = model.recipes_["prot"].normalise(VIEWS["prot"][~train])
    usual = X[model.measured_["prot"]].mean(axis=0)
    assert np.square(found - truth).mean() < 0.7 * np.square(usual - truth).mean()
