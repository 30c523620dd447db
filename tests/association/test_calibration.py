"""Calibration of p-values: uniform for unrelated features, few false discoveries among related ones.

Features of one data set are correlated, and one shuffle serves all pairs, so p-values are pooled over data sets.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from integrated_diffusion import IntegratedOperator, diffusion_operator, given_order, random_order
from integrated_diffusion.association import (
    Associations,
    FixedSmoothing,
    JointSmoothing,
    NoSmoothing,
    Pairs,
    PerViewSmoothing,
    associate,
)

N, N_FEATURES, N_PLANTED = 400, 30, 10


def sensor(t, rng):
    """Features that wave along the latent coordinates, and as many that are noise alone."""
    waves = np.hstack([np.sin(1.5 * t), np.cos(1.5 * t)]) @ rng.standard_normal((4, N_FEATURES))
    return waves + rng.standard_normal(waves.shape), 1.5 * rng.standard_normal((len(t), N_FEATURES))


def joint_of(views, order):
    operators = {name: diffusion_operator(X.astype(np.float32), name=name) for name, X in views.items()}
    return IntegratedOperator(operators, {"a": 2, "b": 1}, order, 2)


def same_columns(columns):
    return Pairs(columns, columns, columns.astype(str), columns.astype(str))


def unrelated(seed, order):
    """Two views of different manifolds."""
    rng = np.random.default_rng(seed)
    views = {name: np.hstack(sensor(rng.uniform(0, 3, (N, 2)), rng)) for name in "ab"}
    return views, joint_of(views, order)


def related(seed, order):
    """Two views of one manifold, with planted pairs first and noise that the operators were not built on last."""
    rng = np.random.default_rng(seed)
    t = rng.uniform(0, 3, (N, 2))
    waves, noise = zip(*(sensor(t, rng) for _ in "ab"), strict=True)
    for X in waves:
        for j in range(N_PLANTED):
            X[:, j] = 1.5 * np.sin((1 + j / 10) * t[:, j % 2]) + rng.standard_normal(N)
    joint = joint_of(dict(zip("ab", waves, strict=True)), order)
    return {name: np.hstack(both) for name, both in zip("ab", zip(waves, noise, strict=True), strict=True)}, joint


def smoothings(joint):
    return {
        "measured": NoSmoothing(),
        "view-wise": PerViewSmoothing(joint, "a", "b"),
        "jointly": JointSmoothing(joint, "a", "b"),
        "along J": FixedSmoothing(joint.operator, joint.operator),
        "along each": FixedSmoothing(joint.alone("a"), joint.alone("b")),
    }


def results(make, how, columns, order=random_order, n_sets=30) -> list[Associations]:
    found = []
    for seed in range(n_sets):
        views, joint = make(seed, order)
        found.append(associate(smoothings(joint)[how], *views.values(), same_columns(columns), random_state=seed))
    return found


@pytest.mark.parametrize(
    ("how", "order"),
    [("measured", given_order), ("view-wise", given_order), ("jointly", given_order), ("jointly", random_order)],
)
def test_uniform_where_views_are_unrelated(how, order):
    p = np.concatenate([found.p_value for found in results(unrelated, how, np.arange(2 * N_FEATURES), order)])
    assert kstest(p, "uniform").statistic < 0.07
    assert 0.03 < (p <= 0.05).mean() < 0.07
    assert (p <= 0.01).mean() < 0.02


def planted_and_unrelated() -> Pairs:
    """Planted pairs; then noise with noise, noise with a planted feature, and a planted feature with noise."""
    planted, noise = np.arange(N_PLANTED), np.arange(N_FEATURES, N_FEATURES + N_PLANTED)
    first, second = np.r_[planted, noise, noise, planted], np.r_[planted, noise, planted, noise]
    return Pairs(first, second, first.astype(str), second.astype(str))


@pytest.mark.parametrize("how", ["measured", "along J", "along each"])
def test_planted_pairs_are_separated_from_noise_in_views_of_one_manifold(how):
    found = [
        associate(smoothings(joint)[how], *views.values(), planted_and_unrelated(), n_shuffles=20, random_state=seed)
        for seed in range(20)
        for views, joint in [related(seed, random_order)]
    ]
    p = np.array([each.p_value for each in found])
    for unrelated_pairs in (slice(N_PLANTED * i, N_PLANTED * (i + 1)) for i in (1, 2, 3)):
        assert (p[:, unrelated_pairs] <= 0.05).mean() < 0.08
    called = np.array([each.q_value <= 0.05 for each in found])
    false = [each[N_PLANTED:].sum() / max(1, each.sum()) for each in called]
    assert np.mean(false) < 0.06
    assert called[:, :N_PLANTED].mean() > (0.5 if how == "measured" else 0.95)


@pytest.mark.parametrize("how", ["view-wise", "jointly"])
def test_the_pipelines_null_does_not_separate_noise_from_signal_in_views_of_one_manifold(how):
    """A documented limitation: in dependent views, noise is related to noise under this null."""
    columns = np.r_[:N_PLANTED, N_FEATURES : 2 * N_FEATURES]
    found = results(related, how, columns, n_sets=3)
    assert np.mean([each.p_value[N_PLANTED:] <= 0.05 for each in found]) > 0.3
    assert np.mean([each.q_value[:N_PLANTED] <= 0.05 for each in found]) > 0.95


KINDS = (
    lambda rng, shape: (rng.random(shape) < 0.01).astype(float),
    lambda rng, shape: rng.poisson(0.5, shape).astype(float),
    lambda rng, shape: rng.standard_normal(shape),
)


def test_mixed_kinds_of_features_are_off_by_a_factor_of_two_at_most():
    """The tail is learnt from all pairs, so that of one kind of pairs may be too heavy and of another too light."""
    n_samples, n_each, p = 2_000, 40, []
    every = np.arange(3 * n_each)
    first, second = np.repeat(every, len(every)), np.tile(every, len(every))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        A, B = (np.hstack([draw(rng, (n_samples, n_each)) for draw in KINDS]) for _ in "ab")
        pairs = Pairs(first, second, first.astype(str), second.astype(str))
        p.append(associate(NoSmoothing(), A, B, pairs, random_state=seed).p_value.reshape(3, n_each, 3, n_each))
    tail = (np.array(p) <= 0.01).mean(axis=(0, 2, 4))
    assert 0.009 < tail.mean() < 0.012
    assert tail.min() > 0.003
    assert tail.max() < 0.025
    assert tail.max() > 2 * tail.min()  # else the documentation says too little of it
