"""Prediction where views lack samples, against loops over samples."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integration import integrate
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.kernels import Affinities, AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator
from integrated_diffusion.selection import CrossValidatedSteps, FeatureHalves
from integrated_diffusion.selection.cv_split import CrossValidationSplit, make_cv_split
from integrated_diffusion.selection.evaluator import CandidateEvaluator
from integrated_diffusion.selection.view_weights import local_log_errors, view_weights
from integrated_diffusion.views.containers import measured_views

N = 30
NAMES = ("rna", "atac")
MASKS = {"rna": np.arange(N) >= 9, "atac": np.arange(N) < 22}
HELD_OUT = np.array([0, 4, 11, 12, 20, 25, 29])


def directed(n, seed):
    rng = np.random.default_rng(seed)
    A = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < 0.3)
    np.fill_diagonal(A, 0)
    return A


def split_of(masks=MASKS, held_out=HELD_OUT):
    seen = np.ones(N, dtype=np.float32)
    seen[held_out] = 0
    operators, targets = {}, {}
    for seed, (name, mask) in enumerate(masks.items()):
        A = directed(int(mask.sum()), seed)
        operators[name] = EmbeddedOperator(DiffusionOperator.of(Affinities(sp.csr_array(A)), name), mask)
        B = np.random.default_rng(seed + 5).standard_normal((N, seed + 2)).astype(np.float32)
        targets[name] = B * mask[:, None].astype(np.float32)
    return CrossValidationSplit(operators, targets, held_out, seen, measured=dict(masks))


def loop_error(J, B, mask, held_out, among):
    """Squared error at held-out samples that have the target, by training samples that have it."""
    wrong = whole = 0.0
    for i in held_out:
        if not (mask[i] and among[i]):
            continue
        total, weight = np.zeros(B.shape[1]), 0.0
        for j in range(N):
            if j not in held_out and mask[j]:
                total, weight = total + J[i, j] * B[j], weight + J[i, j]
        predicted = total / weight if weight > 0 else np.zeros(B.shape[1])
        wrong, whole = wrong + ((B[i] - predicted) ** 2).sum(), whole + (B[i].astype(float) ** 2).sum()
    return wrong / whole


def test_targets_are_predicted_where_they_were_measured_by_samples_that_have_them():
    one = split_of()
    J = random_order(one.operators, {"rna": 1, "atac": 1})
    everywhere = np.ones(N, dtype=bool)
    expected = [loop_error(J.toarray(), one.targets[name], MASKS[name], HELD_OUT, everywhere) for name in NAMES]
    np.testing.assert_allclose(one.errors(J), expected, rtol=1e-5)


def test_a_views_own_operator_predicts_at_the_samples_that_the_view_has():
    one = split_of()
    for view in NAMES:
        P = one.operators[view].toarray()
        expected = [loop_error(P, one.targets[name], MASKS[name], HELD_OUT, MASKS[view]) for name in NAMES]
        np.testing.assert_allclose(one.own_errors(view), expected, rtol=1e-5)
    evaluator = CandidateEvaluator([one, one], random_order)
    twice = one.operators["rna"].toarray() @ one.operators["rna"].toarray()
    expected = [loop_error(twice, one.targets[name], MASKS[name], HELD_OUT, MASKS["rna"]) for name in NAMES]
    np.testing.assert_allclose(one.own_errors("rna", 2), expected, rtol=1e-5)
    better = [1 - np.minimum(one.own_errors(view), one.own_errors(view, 2)) for view in NAMES]
    np.testing.assert_allclose(evaluator.skills[0], better, rtol=1e-6)


def test_a_view_is_not_asked_for_a_target_that_no_sample_has_in_common_with_it():
    apart = {"rna": np.arange(N) < 12, "atac": np.arange(N) >= 12}
    evaluator = CandidateEvaluator([split_of(apart)] * 2, random_order)
    np.testing.assert_array_equal(evaluator.askable, np.eye(2, dtype=bool))
    assert CandidateEvaluator([split_of()] * 2, random_order).askable.all()


def test_a_view_has_no_weight_where_it_has_not_measured():
    one = split_of()
    errors = one.local_log_errors()
    weights = view_weights(errors, 4.0)
    for name in NAMES:
        assert np.isinf(errors[name][~MASKS[name]]).all()
        assert np.isfinite(errors[name][MASKS[name]]).all()
        assert (weights[name][~MASKS[name]] == 0).all()
    only = np.maximum(*weights.values())
    np.testing.assert_allclose(only, 1.0)
    np.testing.assert_array_equal(view_weights({"rna": errors["rna"]}, 4.0)["rna"], MASKS["rna"].astype(float))


def test_local_errors_are_of_targets_that_were_measured():
    """As if samples without the target were held out of its prediction."""
    one = split_of()
    together = one.local_log_errors()["rna"]
    alone = sum(
        local_log_errors(one.operators, {name: one.targets[name]}, one.seen * MASKS[name])["rna"] for name in NAMES
    )
    np.testing.assert_allclose(together[MASKS["rna"]], alone[MASKS["rna"]], rtol=1e-6)


def noisy_circle(n=150, seed=0):
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, n)
    signal = np.column_stack([np.cos(angle), np.sin(angle)])
    views = {name: signal @ rng.standard_normal((2, 12)) + 0.3 * rng.standard_normal((n, 12)) for name in NAMES}
    views["rna"][: n // 3] = np.nan
    views["atac"][-n // 4 :] = np.nan
    return views


def test_splits_of_views_that_lack_samples():
    measured = measured_views(noisy_circle())
    construction = Construction(AlphaDecayKernel(n_neighbors=5), n_pca=None, measured=measured.samples.measured)
    one = make_cv_split(measured.views, construction, FeatureHalves(), 0.2, 3, seed=1)
    assert len(one.held_out) == 30
    for name in NAMES:
        mask = measured.samples.measured[name]
        B = one.targets[name]
        assert B.shape == (150, 3)
        assert not B[~mask].any()
        trained = mask & (one.seen > 0)
        np.testing.assert_allclose(B[trained].mean(axis=0), 0, atol=1e-6)
        assert np.square(B[trained]).sum() / trained.sum() == pytest.approx(1, rel=1e-5)
        np.testing.assert_array_equal(one.operators[name].measured, mask)


def test_steps_entropies_and_weights_of_views_that_lack_samples():
    measured = measured_views(noisy_circle())
    construction = Construction(
        AlphaDecayKernel(n_neighbors=5), steps=CrossValidatedSteps(n_splits=3), order=random_order, n_pca=None
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # missing samples are no components of their own
        found = integrate(measured, construction)
    assert found.steps.steps == {"rna": 1, "atac": 1}
    assert found.steps.chosen.error < 0.5
    for name in NAMES:
        rows = measured.samples.rows(name)
        P = found.operators[name].toarray()[np.ix_(rows, rows)]
        values = np.abs(np.linalg.eigvals(P))
        p = values / values.sum()
        entropy = -(p[p > 0] * np.log(p[p > 0])).sum()
        assert found.entropy[name].value[0] == pytest.approx(entropy, rel=1e-6)
