"""The best steps by the truth: what is tried, which operators are the same, and view weights among fewer views."""

from math import gcd

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation import sets, steps
from experiments.evaluation.prediction import fresh_halves, learned_weights
from experiments.evaluation.steps import GIVEN, ORDERS, RANDOM, REVERSED, among, candidates, distinct, joint, uphill
from experiments.evaluation.view_weights import noisy_in_second, weight_difference
from experiments.study.cells import Cell
from experiments.study.data import EMBEDDED
from integrated_diffusion import IntegratedDiffusion, datasets
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.selection import CrossValidatedSteps, FeatureHalves
from integrated_diffusion.selection.view_weights import view_weights

N = 120


@pytest.fixture(scope="module")
def views():
    return datasets.noisy_digits(noise=(0.2, 0.4), n_samples=N, random_state=0).views


@pytest.fixture(scope="module")
def operators(views):
    return {name: diffusion_operator(X, name=name) for name, X in views.items()}


def test_two_views_are_tried_in_full():
    tried = list(candidates(2, lambda counts: 0.0))
    assert len(tried) == len(set(tried)) == 24
    assert max(max(counts) for counts in tried) == 4


def test_more_views_are_searched_uphill():
    best = (3, 0, 1)

    def value(counts):
        return -sum(abs(t - t0) for t, t0 in zip(counts, best, strict=True))

    tried = list(candidates(3, value))
    assert best in tried
    assert {(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)} <= set(tried)
    assert len(tried) < 30
    been = set()
    uphill((0, 0, 1), value, been)
    assert best in been


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("counts", [(2, 2), (0, 2), (3, 1)])
def test_what_is_called_the_same_walk_is_the_same(operators, order, counts):
    other, least = distinct(order, counts)
    X = np.random.default_rng(0).standard_normal((N, 3))
    same = joint(operators, other, least) @ X
    if order == RANDOM and gcd(*counts) > 1 and min(counts) == 0:
        assert (other, least) == (GIVEN, (0, 1))  # one step of a view drawn by lot, which is that view
    np.testing.assert_allclose(joint(operators, order, counts) @ X, same, rtol=1e-12)


def test_reversed_takes_the_last_view_first(operators):
    first, second = operators.values()
    X = np.eye(N)
    np.testing.assert_allclose(joint(operators, REVERSED, (2, 1)) @ X, second @ (first @ (first @ X)), atol=1e-14)


def test_weights_among_fewer_views_are_those_of_their_own_errors():
    errors = {name: np.random.default_rng(i).standard_normal(9) for i, name in enumerate("abc")}
    found = among(view_weights(errors, 4.0), "abc", (2, 0, 1))
    expected = view_weights({name: errors[name] for name in "ac"}, 4.0)
    assert set(found) == set("ac")
    for name in "ac":
        np.testing.assert_allclose(found[name], expected[name])


def test_learned_weights_are_those_of_a_fit():
    views = sets.known(Cell("view_weights", 0, 240, (("images", EMBEDDED), ("set", "tree 0.2")))).views
    model = IntegratedDiffusion(random_state=3, n_jobs=1).fit(views)
    assert set(model.view_weights_) == set(views)
    for name, weights in learned_weights(views, 3, FeatureHalves()).items():
        np.testing.assert_allclose(model.view_weights_[name], weights, rtol=1e-6)


def test_weights_find_the_noisy_branches():
    cell = Cell("view_weights", 0, 240, (("images", EMBEDDED), ("set", "tree 0.2")))
    known = sets.known(cell)
    noisy = noisy_in_second(known, 0.2)
    assert 0.3 < noisy.mean() < 0.7
    difference = weight_difference(known, 0)
    assert difference[noisy].mean() > difference[~noisy].mean() + 0.5


def test_fresh_halves_are_not_those_of_the_rule(views):
    drawn = {half.seed for half in fresh_halves(views, 5, FeatureHalves())}
    rule = {int(np.random.SeedSequence([5, i]).generate_state(1)[0]) for i in range(CrossValidatedSteps().n_splits)}
    assert not drawn & rule
    half = fresh_halves(views, 5, FeatureHalves())[0]
    again = joint(half.operators, GIVEN, (1, 0))
    assert 0 < half.error(again) < 1


def test_a_cell_tells_every_order(monkeypatch):
    monkeypatch.setattr(steps, "MOST_STEPS", 1)
    cell = Cell("steps", 30, N, (("images", EMBEDDED), ("set", "UCI 3 views")))
    rows = steps.measure(cell)
    assert {row.method for row in rows} == set(ORDERS)
    assert any("view weights" in row.score and "2 repeats" in row.score for row in rows)
    assert all(0 <= row.value <= 1 for row in rows)
