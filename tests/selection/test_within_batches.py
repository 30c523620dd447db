"""Prediction within batches against loops over samples; what a whole batch has in common changes no error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection import CrossValidatedSteps, FeatureHalves
from integrated_diffusion.selection.batch_centring import centred_within, components_within, hidden_within
from integrated_diffusion.selection.cv_split import CrossValidationSplit, make_cv_split
from integrated_diffusion.selection.within_batches import BatchedSplit, within_batches
from integrated_diffusion.views.batches import Batches

N = 30
CODES = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], 10))
BATCHES = Batches(CODES, ("a", "b", "c"), ("view0", "view1"))


def split_of(held_out=(0, 3, 4, 11, 20, 27)):
    operators, targets = {}, {}
    for seed, name in enumerate(("view0", "view1")):
        rng = np.random.default_rng(seed)
        K = rng.uniform(size=(N, N)) * (rng.uniform(size=(N, N)) < 0.3)
        operators[name] = DiffusionOperator(sp.csr_array(K + K.T + np.eye(N)), name)
        targets[name] = rng.standard_normal((N, 3)).astype(np.float32)
    seen = np.ones(N, np.float32)
    seen[list(held_out)] = 0
    return within_batches(CrossValidationSplit(operators, targets, np.array(held_out), seen), BATCHES)


def test_predicted_by_training_samples_of_the_own_batch_alone():
    cv_split = split_of()
    J = random_order(cv_split.operators, {"view0": 1, "view1": 1}) ** 2
    dense, expected = J.toarray(), []
    for B in cv_split.targets.values():
        wrong = whole = 0.0
        for i in cv_split.held_out:
            weights = np.array([dense[i, j] * (cv_split.seen[j] > 0) * (CODES[j] == CODES[i]) for j in range(N)])
            predicted = weights @ B.astype(float) / weights.sum() if weights.sum() > 0 else 0
            wrong += ((B[i] - predicted) ** 2).sum()
            whole += (B[i].astype(float) ** 2).sum()
        expected.append(wrong / whole)
    np.testing.assert_allclose(cv_split.errors(J), expected, rtol=1e-5)


def test_local_errors_are_those_of_each_batch_by_itself():
    cv_split = split_of()
    for found, seen in (
        (cv_split.local_log_errors(), cv_split.seen),
        (cv_split.local_log_errors_of_all(), np.ones(N, np.float32)),
    ):
        for name, P in cv_split.operators.items():
            A = P.affinities.directed.toarray()
            for b in range(3):
                rows = np.flatnonzero(b == CODES)
                inside, total = A[np.ix_(rows, rows)] / A.max(), np.zeros(10)
                trained = seen[rows]
                for B in cv_split.targets.values():
                    reached = inside @ trained
                    predicted = inside @ (B[rows] * trained[:, None]) / np.where(reached > 0, reached, 1)[:, None]
                    error = trained * ((B[rows] - predicted) ** 2).sum(axis=1)
                    around = reached + trained
                    usual = error.sum() / trained.sum()
                    smooth = np.where(around > 0, (inside @ error + error) / np.where(around > 0, around, 1), usual)
                    total += 0.5 * np.log(smooth)
                np.testing.assert_allclose(found[name][rows], total, rtol=1e-4, atol=1e-4)


def test_the_same_share_of_every_batch_is_held_out():
    codes = np.repeat([0, 1, 2], [50, 20, 3])
    hidden = hidden_within(codes, 0.2, np.random.default_rng(0))
    assert np.bincount(codes[hidden]).tolist() == [10, 4, 1]
    assert (np.diff(hidden) > 0).all()


def test_training_samples_of_every_batch_are_centred():
    X, seen = np.random.default_rng(0).standard_normal((N, 4)), np.arange(N) % 3 > 0
    centred = centred_within(X, CODES, seen)
    for b in range(3):
        np.testing.assert_allclose(centred[(b == CODES) & seen].mean(axis=0), 0, atol=1e-12)
        difference = (X - centred)[b == CODES]
        np.testing.assert_allclose(difference, np.broadcast_to(difference[0], difference.shape))


@pytest.mark.parametrize("as_view", [np.asarray, sp.csr_array])
def test_shifts_of_batches_leave_the_components_as_they_are(as_view):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 3)) @ rng.standard_normal((3, 20)) + 0.01 * rng.standard_normal((300, 20))
    codes, seen = rng.integers(0, 3, 300), np.ones(300, bool)
    plain = components_within(as_view(X), 3, codes, seen)
    shifted = components_within(as_view(X + 10 * rng.standard_normal((3, 20))[codes]), 3, codes, seen)
    np.testing.assert_allclose(np.abs(shifted), np.abs(plain), atol=0.05)


def noise_with_a_batch_effect(rng, n=240):
    codes = np.repeat([0, 1], n // 2)
    return codes, {name: rng.standard_normal((n, 20)) + 5.0 * codes[:, None] for name in ("view0", "view1")}


def test_a_batch_effect_that_all_features_share_earns_nothing():
    codes, views = noise_with_a_batch_effect(np.random.default_rng(0))
    construction = Construction(kernel=AlphaDecayKernel(n_neighbors=5), steps=CrossValidatedSteps(), n_jobs=1)
    batches = Batches(codes, ("a", "b"), tuple(views))
    unaware = CrossValidatedSteps().evaluator(views, construction)
    aware = CrossValidatedSteps().evaluator(views, replace(construction, batches=batches))
    assert unaware.predicts
    assert unaware.skills.mean() > 0.5
    assert not aware.predicts
    assert aware.skills.mean() < 0.05


def test_what_is_shared_within_batches_still_counts():
    rng = np.random.default_rng(0)
    codes, views = noise_with_a_batch_effect(rng)
    signal = rng.standard_normal((240, 2))
    views = {name: X + 3 * signal @ rng.standard_normal((2, 20)) for name, X in views.items()}
    construction = Construction(
        kernel=AlphaDecayKernel(n_neighbors=5), n_jobs=1, batches=Batches(codes, ("a", "b"), ())
    )
    evaluator = CrossValidatedSteps().evaluator(views, construction)
    assert evaluator.predicts
    assert evaluator.skills.mean() > 0.3
    assert all(isinstance(cv_split, BatchedSplit) for cv_split in evaluator.cv_splits)


def test_without_batches_a_split_is_as_before():
    _, views = noise_with_a_batch_effect(np.random.default_rng(0))
    cv_split = make_cv_split(views, Construction(n_jobs=1), FeatureHalves(), 0.2, 5, 0)
    assert within_batches(cv_split, None) is cv_split
