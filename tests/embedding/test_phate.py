"""PHATE: potentials by hand, distances and landmark transitions against dense ones, landmarks against exact PHATE."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.stats import spearmanr
from sklearn.manifold import smacof

from integrated_diffusion.embedding import phate, potential, potential_distances, stress
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import DiffusionOperator

MODULE = import_module("integrated_diffusion.embedding.phate")


def operator_on(points: np.ndarray, width: float) -> tuple[DiffusionOperator, np.ndarray]:
    K = np.exp(-((cdist(points, points) / width) ** 2))
    K[K < 1e-3] = 0
    return DiffusionOperator(sp.csr_array(K)), K / K.sum(axis=1, keepdims=True)


def three_arms(n_each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points along three arms that leave one centre, and which arm each is on."""
    rng = np.random.default_rng(seed)
    along = np.tile(np.linspace(0.03, 1, n_each), 3)
    arms = np.repeat(np.arange(3), n_each)
    ends = np.array([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])
    return along[:, None] * ends[arms] + 0.01 * rng.standard_normal((3 * n_each, 2)), arms


def random_walk(n: int, seed: int) -> np.ndarray:
    p = np.random.default_rng(seed).gamma(0.3, size=(n, n)) * (np.random.default_rng(seed + 1).random((n, n)) < 0.7)
    p += np.eye(n)
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("gamma", "formula"),
    [
        (1, lambda p: -np.log(p + 1e-7)),
        (0, lambda p: 2 * np.sqrt(p)),
        (-1, lambda p: p),
        (0.5, lambda p: 4 * np.sqrt(np.sqrt(p))),
    ],
)
def test_potential_is_its_formula(gamma, formula):
    p = random_walk(12, 0)
    assert (p == 0).any()
    np.testing.assert_allclose(potential(p, gamma), formula(p), rtol=1e-12)


def test_potential_without_the_floor_leads_to_the_logarithm():
    p = np.array([0.1, 0.3, 0.6])
    nearly = potential(p, 0.999) - 2 / 0.001
    np.testing.assert_allclose(nearly, np.log(p), atol=2e-3)


@pytest.mark.parametrize("gamma", [1.001, -1.1, np.nan])
def test_gamma_outside_is_refused(gamma):
    with pytest.raises(ValueError, match="gamma: expected a number from -1 to 1, found"):
        potential(random_walk(4, 0), gamma)
    with pytest.raises(ValueError, match="gamma"):
        phate(operator_on(three_arms(10)[0], 0.2)[0], power=1, gamma=gamma)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), st.integers(2, 30), st.sampled_from([1.0, 0.3, 0.0, -1.0]))
def test_potential_distances_are_plain_distances(seed, n, gamma):
    p = random_walk(n, seed)
    found = potential_distances(p, gamma)
    np.testing.assert_allclose(found, squareform(pdist(potential(p, gamma))), atol=1e-6)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)
    np.testing.assert_array_equal(np.diag(found), 0)


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize(("gamma", "spread"), [(1.0, 1.02), (0.0, 1.05)])  # square roots: SMACOF's starts differ by 5 %
def test_picture_keeps_the_potential_distances(n_components, gamma, spread):
    P, dense = operator_on(three_arms(30)[0], 0.15)
    p = np.linalg.matrix_power(dense, 4)
    distances = squareform(pdist(-np.log(p + 1e-7) if gamma == 1 else 2 * np.sqrt(p)))
    Y, _ = smacof(distances, n_components=n_components, n_init=4, max_iter=500, random_state=0)
    best = ((squareform(pdist(Y)) - distances) ** 2).sum() / (distances**2).sum()
    found = phate(P, n_components, power=4, gamma=gamma)
    assert found.shape == (90, n_components)
    assert stress(distances, found) <= spread * best
    polished, _ = smacof(distances, n_components=n_components, init=found, n_init=1, max_iter=1000, eps=1e-9)
    assert stress(distances, found) <= 1.015 * stress(distances, polished)


def test_works_on_products_and_by_entropy():
    points, _ = three_arms(25)
    J = operator_on(points, 0.2)[0] @ operator_on(points, 0.15)[0]
    np.testing.assert_array_equal(phate(J), phate(J, power=choose_power(J, "entropy")))


def test_duplicates_meet():
    points, _ = three_arms(20)
    Y = phate(operator_on(np.vstack([points, points[:5]]), 0.2)[0], power=3)
    np.testing.assert_allclose(Y[60:], Y[:5], atol=1e-3 * np.ptp(Y))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.integers(2, 40))
def test_landmark_transitions_are_the_dense_ones(seed, n_groups):
    points = np.random.default_rng(seed).uniform(size=(60, 2))
    (P, p), (Q, q) = operator_on(points, 0.3), operator_on(points, 0.2)
    groups = np.random.default_rng(seed).permutation(np.arange(60) % n_groups)
    members = (groups[:, None] == np.arange(n_groups)).astype(float)
    expected = (members / members.sum(axis=0)).T @ p @ q @ q @ members
    found = MODULE.landmark_transitions(P @ Q**2, groups)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_landmark_transitions_in_several_blocks(monkeypatch):
    P, _ = operator_on(three_arms(30)[0], 0.2)
    groups = np.random.default_rng(0).permutation(np.arange(90) % 31)
    whole = MODULE.landmark_transitions(P, groups)
    monkeypatch.setattr(MODULE, "_BLOCK", 7)
    np.testing.assert_allclose(MODULE.landmark_transitions(P, groups), whole, atol=1e-7)


def test_a_group_for_every_sample_is_the_operator_itself():
    P, p = operator_on(three_arms(20)[0], 0.2)
    order = np.random.default_rng(1).permutation(60)
    found = MODULE.landmark_transitions(P, order)
    np.testing.assert_allclose(found[np.ix_(order, order)], p, atol=1e-6)


def test_landmarks_gather_neighbours():
    points, arms = three_arms(250)
    groups = MODULE.landmarks(operator_on(points, 0.1)[0], 60)
    sizes = np.bincount(groups)
    assert len(sizes) <= 60
    assert sizes.min() >= 1
    assert len(sizes) > 50
    outside = np.linalg.norm(points, axis=1) > 0.2
    for group in range(len(sizes)):
        assert len(set(arms[outside & (groups == group)])) <= 1


@pytest.mark.parametrize("n_components", [2, 3])
def test_landmark_picture_is_close_to_the_exact_one(n_components):
    points, arms = three_arms(220)
    J = operator_on(points, 0.1)[0] @ operator_on(points, 0.08)[0]
    exact = phate(J, n_components, power=20)
    quick = phate(J, n_components, power=20, n_landmarks=120)
    assert quick.shape == exact.shape == (660, n_components)
    assert not np.array_equal(quick, exact)
    assert spearmanr(pdist(quick), pdist(exact)).statistic > 0.9
    # The scale is kept, although a potential has a coordinate for each of 120 groups and not for each of 660 samples.
    assert np.median(pdist(quick) / pdist(exact)) == pytest.approx(1, rel=0.05)
    tips = np.array([quick[arms == arm][-1] for arm in range(3)])
    assert pdist(tips).min() > np.median(pdist(quick))


def test_landmarks_repeat_bit_for_bit():
    J = operator_on(three_arms(200)[0], 0.1)[0]
    np.testing.assert_array_equal(phate(J, power=10, n_landmarks=50), phate(J, power=10, n_landmarks=50))


def test_nothing_dense_is_made_with_landmarks(monkeypatch):
    J = operator_on(three_arms(200)[0], 0.1)[0]

    def refuse(*args):
        raise AssertionError("formed the operator")

    monkeypatch.setattr(DiffusionOperator, "toarray", refuse)
    assert np.isfinite(phate(J, power=10, n_landmarks=50)).all()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"n_components": 0}, ValueError),
        ({"n_landmarks": 2}, ValueError),
        ({"power": 0}, ValueError),
        ({"power": 2.0}, TypeError),
        ({"n_components": "two"}, TypeError),
    ],
)
def test_bad_parameters(options, error):
    with pytest.raises(error, match=f"{next(iter(options))}: expected"):
        phate(operator_on(three_arms(10)[0], 0.2)[0], **options)
