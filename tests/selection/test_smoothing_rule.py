"""The smoother of a view: errors written out plainly, and the right answer where it is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection.estimated_errors import N_PROBES, estimated_errors, noise_variance
from integrated_diffusion.selection.smoother_errors import (
    AMOUNTS,
    KINDS,
    Loss,
    least_error,
    smoother_errors,
)
from integrated_diffusion.selection.smoothers import INTEGRATED, OWN
from integrated_diffusion.selection.smoothing_rule import select_smoother, splits_counts
from integrated_diffusion.views.recipes import as_measured, prepare
from oracles import dense_walk

N = 300


def operators(n_samples=20, seed=0, own=3.0):
    A = np.random.default_rng(seed).random((2, n_samples, n_samples))
    kernels = dict(zip((OWN, INTEGRATED), A + A.transpose(0, 2, 1) + own * np.eye(n_samples), strict=True))
    walks = {name: dense_walk(K) for name, K in kernels.items()}
    return {name: DiffusionOperator(sp.csr_array(K)) for name, K in kernels.items()}, walks


@pytest.mark.parametrize("poisson", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_errors_are_those_of_the_dense_smoothers(poisson, sparse):
    rng = np.random.default_rng(1)
    X, Y = rng.poisson(2.0, size=(2, 20, 150)).astype(float)
    applied, walks = operators()
    columns = np.flatnonzero(rng.random(150) < 0.8)
    form = sp.csr_array if sparse else np.asarray
    found = smoother_errors(applied, form(X), form(Y), Loss(poisson), columns)
    for row, (name, t) in zip(found, KINDS, strict=True):
        for value, amount in zip(row, AMOUNTS, strict=True):
            mu = (1 - amount) * X + amount * np.linalg.matrix_power(walks[name], t) @ X
            errors = mu - Y * np.log(mu + 1e-6) if poisson else (mu - Y) ** 2
            np.testing.assert_allclose(value, errors[:, columns].mean(), rtol=1e-9)


def test_estimated_errors_are_those_of_the_truth_on_average():
    rng, (applied, walks) = np.random.default_rng(2), operators(40, own=5 * np.linspace(0, 1, 40))
    F = np.outer(np.linspace(-2, 2, 40), np.ones(4_000))
    noise = np.linspace(0.2, 1.2, 40)  # more noise where the diagonal is larger
    X = F + noise[:, None] * rng.normal(size=F.shape)
    found = estimated_errors(applied, X, noise**2, rng)
    assert N_PROBES > 8
    for row, (name, t) in zip(found, KINDS, strict=True):
        S = np.linalg.matrix_power(walks[name], t)
        true = [np.mean(((1 - amount) * X + amount * S @ X - F) ** 2) for amount in AMOUNTS]
        np.testing.assert_allclose(row, true, atol=0.04)


def test_the_amount_of_whole_counts_follows_from_that_of_half():
    errors = np.ones((len(KINDS), len(AMOUNTS)))
    errors[3, 10] = 0.5
    half, whole = least_error(errors, "halves", halved=False), least_error(errors, "halves", halved=True)
    assert (half.operator, half.t, half.amount) == (*KINDS[3], 0.5)
    assert (whole.operator, whole.t) == KINDS[3]
    assert whole.amount == pytest.approx(0.5 / 1.5, abs=1e-3)
    assert (whole.error, whole.error_as_measured, len(whole.candidates)) == (0.5, 1.0, len(KINDS))


def test_the_best_amount_at_half_the_noise_is_the_one_that_is_foretold():
    """With noise of variance `v` and a smoother that leaves none of it, `a = v / (v + b)`, `b` its squared bias."""
    v, b = 2.0, 3.0
    of_half, of_whole = v / (v + b), (v / 2) / (v / 2 + b)
    assert of_whole == pytest.approx(of_half / (2 - of_half))


def simulated_counts(depth, n_features=40, seed=0):
    """Two views of the same circle, RNA of a given depth and proteins."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.random(N)) * 2 * np.pi
    views = {}
    for name, mean in (("rna", depth), ("prot", 20.0)):
        phase = rng.random(n_features) * 2 * np.pi
        views[name] = rng.poisson(mean * (1 + 0.9 * np.cos(angle[:, None] - phase)) / 1).astype(float)
    return views


def selected(views, name, recipes=None, **parameters):
    model = IntegratedDiffusion(n_components=2, recipes=recipes, **parameters).fit(views)
    return model.denoising_[name]


RECIPES = {"rna": "rna", "prot": "protein"}


def test_deep_counts_are_left_alone_and_shallow_ones_are_smoothed():
    shallow = selected(simulated_counts(0.5), "rna", RECIPES)
    rng = np.random.default_rng(3)  # every sample differs from all others, by far more than by noise
    different = {**simulated_counts(0.5), "rna": rng.poisson(1e4 * rng.gamma(1, 1, size=(N, 40))).astype(float)}
    deep = selected(different, "rna", RECIPES)
    assert shallow.by == deep.by == "count splitting"
    assert min(shallow.amount, shallow.counts.amount) > 0.8
    assert max(deep.amount, deep.counts.amount) < 0.05


def test_counts_without_signal_are_smoothed_as_much_as_can_be():
    views = simulated_counts(3.0) | {"rna": np.random.default_rng(4).poisson(1.0, size=(N, 40)).astype(float)}
    found = selected(views, "rna", RECIPES)
    assert found.amount == found.counts.amount == 1
    assert (found.operator, found.t) in [(OWN, 6), (INTEGRATED, 3)]


def simulated_values(noise, seed=0):
    """A linear view of five latent coordinates with noise, and another one."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((N, 5))
    return {
        name: latent @ rng.standard_normal((5, 30)) + std * rng.standard_normal((N, 30))
        for name, std in (("a", noise), ("b", 0.5))
    }


def test_features_almost_without_noise_are_left_alone():
    assert selected(simulated_values(0.01), "a").amount < 0.1


def test_features_of_noise_alone_are_smoothed_as_much_as_can_be():
    views = simulated_values(1.0) | {"a": np.random.default_rng(5).standard_normal((N, 30))}
    found = selected(views, "a")
    assert (found.by, found.amount, found.counts) == ("held-out features", 1.0, None)
    assert (found.operator, found.t) in [(OWN, 6), (INTEGRATED, 3)]


def test_denoised_features_are_nearer_to_the_truth_than_those_of_the_integrated_operator():
    clean, noisy = simulated_values(0.0), simulated_values(1.0)
    model = IntegratedDiffusion(n_components=2).fit(noisy)
    error = {amount: np.mean((model.denoise("a", amount=amount) - clean["a"]) ** 2) for amount in (None, 0.0, 1.0)}
    assert error[None] < min(error[0.0], error[1.0])


def test_the_variance_of_the_noise():
    rng = np.random.default_rng(6)
    latent = rng.standard_normal((1_000, 3))
    values = latent @ rng.standard_normal((3, 40)) + 0.5 * rng.standard_normal((1_000, 40))
    identity = DiffusionOperator(sp.csr_array(np.eye(1_000)))
    found = noise_variance(values[:, :10], values[:, 10:], identity, 0)
    assert 0.24 < found.mean() < 0.3  # an upper bound: 30 noisy features do not tell the latent coordinates exactly


@pytest.mark.parametrize(
    "X", [np.arange(60.0)[:, None], np.linalg.qr(np.random.default_rng(7).normal(size=(60, 6)))[0]]
)
def test_without_anything_to_hold_out_it_is_the_integrated_operator(X):
    X = X - X.mean(axis=0)
    X = np.linalg.qr(X)[0] if X.shape[1] > 1 else X
    model = IntegratedDiffusion(n_components=2, steps={"a": 1, "b": 1}).fit({"a": X, "b": X + X**2})
    found = select_smoother(model.integration_.views["a"], model.integration_.operator, model.integration_.construction)
    assert (found.operator, found.t, found.amount, found.by, found.candidates) == (INTEGRATED, 1, 1.0, "default", ())


def test_what_is_split_as_counts():
    counts = np.random.default_rng(8).poisson(3.0, size=(60, 20)).astype(float)
    assert splits_counts(prepare(counts, "rna"))
    assert not splits_counts(prepare(counts + 0.5, "rna"))
    assert not splits_counts(prepare(counts, "other"))
    assert not splits_counts(as_measured(counts))


def test_the_same_seed_selects_the_same_whatever_the_number_of_threads():
    views = simulated_counts(2.0)
    one, other, another = (
        selected(views, "rna", RECIPES, n_jobs=n_jobs, random_state=seed) for n_jobs, seed in ((1, 0), (2, 0), (1, 1))
    )
    assert one == other
    assert one != another


def test_sparse_counts_select_what_dense_ones_do():
    views = simulated_counts(0.5)
    dense, sparse = (
        selected({**views, "rna": form(views["rna"])}, "rna", RECIPES) for form in (np.asarray, sp.csr_array)
    )
    assert (dense.operator, dense.by) == (sparse.operator, sparse.by)
    assert dense.amount == pytest.approx(sparse.amount, abs=0.15)
