"""The coordinate search against the whole grid, on tables of errors and on real trials."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion import datasets
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import given_order, random_order
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.evaluator import CandidateModel
from integrated_diffusion.selection.search import search, with_steps

T_MAX, SHARPNESS, ROUNDS = 4, (0.0, 1.0), 4


class Table:
    """A jury that reads errors from a function of walks, and remembers which it was asked for."""

    def __init__(self, n_views, error_of):
        self.views = tuple(f"view{m}" for m in range(1, n_views + 1))
        self.scores, self._error_of = {}, error_of

    def error(self, walk):
        if walk not in self.scores:
            self.scores[walk] = self._error_of(walk)
        return self.scores[walk]


def grid(n_views, t_max=T_MAX, weight_exponent=SHARPNESS, max_repeats=ROUNDS):
    for steps in product(range(t_max + 1), repeat=n_views):
        if any(steps):
            yield from (CandidateModel(steps, s, r) for s in weight_exponent for r in range(1, max_repeats + 1))


def place(walk):
    return np.array([*walk.steps, walk.weight_exponent, walk.n_repeats], dtype=np.float64)


def bowl(n_views, seed, coupled=False, wobble=0.0):
    """A convex error with its least anywhere on the grid; coordinates may be coupled at random, errors may wobble."""
    rng = np.random.default_rng(seed)
    lowest = np.concatenate([rng.uniform(0, T_MAX, n_views), rng.uniform(0, 1, 1), rng.uniform(1, ROUNDS, 1)])
    root = rng.standard_normal((n_views + 2, n_views + 2))
    A = root @ root.T if coupled else np.diag((root**2).sum(axis=1))
    errors = {walk: (place(walk) - lowest) @ A @ (place(walk) - lowest) for walk in grid(n_views)}
    return {walk: 0.5 + 0.01 * error + wobble * rng.standard_normal() for walk, error in errors.items()}


def searched(errors, n_views, weight_exponent=SHARPNESS, **options):
    evaluator = Table(n_views, errors.__getitem__)  # a walk off the grid is an error
    return search(
        evaluator, options.get("t_max", T_MAX), weight_exponent, options.get("max_repeats", ROUNDS)
    ), evaluator


def beside(walk, errors):
    """Walks one coordinate away from a walk."""
    for other in errors:
        if sum(a != b for a, b in zip(place(other), place(walk), strict=True)) == 1 and (
            np.abs(place(other) - place(walk)).max() <= 1
        ):
            yield other


@pytest.mark.parametrize("n_views", [2, 3])
@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_finds_the_least_error_of_the_grid_where_coordinates_are_independent(n_views, seed):
    errors = bowl(n_views, seed)
    found, evaluator = searched(errors, n_views)
    assert errors[found] == min(errors.values())
    assert set(evaluator.scores) <= set(errors)
    assert len(evaluator.scores) < len(errors) / (4 if n_views == 2 else 20)


@pytest.mark.parametrize("n_views", [2, 3])
def test_comes_near_the_least_error_where_coordinates_are_coupled(n_views):
    """A search along coordinates can end in a valley that runs across them: the price for not trying everything."""
    lost = []
    for seed in range(25):
        errors = bowl(n_views, seed, coupled=True)
        found, _ = searched(errors, n_views)
        lost.append((errors[found] - min(errors.values())) / np.ptp(list(errors.values())))
    assert np.median(lost) < 0.005
    assert max(lost) < 0.05


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_ends_where_no_move_helps_whatever_the_errors(seed):
    errors = bowl(2, seed, coupled=True, wobble=0.2)
    found, evaluator = searched(errors, 2)
    assert errors[found] == min(evaluator.scores.values())
    assert all(errors[other] >= errors[found] for other in beside(found, errors))
    for alone in (CandidateModel((1, 0)), CandidateModel((0, 1))):
        assert errors[found] <= errors[alone]


def test_a_deeper_valley_beyond_a_ridge_is_found_from_another_view():
    """The first view's own walk is the better one, but the second is where the least error lies."""
    errors = {walk: 1.0 + 0.01 * place(walk).sum() for walk in grid(2)}
    errors[CandidateModel((1, 0))] = 0.80
    errors[CandidateModel((2, 0))] = 0.75
    errors[CandidateModel((0, 1))] = 0.90
    errors[CandidateModel((0, 2))] = 0.85
    errors[CandidateModel((0, 2), n_repeats=2)] = 0.70
    errors[CandidateModel((0, 2), 1.0, 2)] = 0.60
    assert searched(errors, 2)[0] == CandidateModel((0, 2), 1.0, 2)


def test_one_view_has_a_grid_too():
    errors = {walk: abs(walk.steps[0] - 3) + abs(walk.n_repeats - 2) + walk.weight_exponent for walk in grid(1)}
    assert searched(errors, 1)[0] == CandidateModel((3,), 0.0, 2)


@pytest.mark.parametrize(
    ("t_max", "weight_exponent", "max_repeats"),
    [(1, (0.0,), 1), (2, (0.0, 0.5, 1.0), 1), (1, (1.0,), 3), (3, (2.0, 0.0), 2)],
)
def test_never_leaves_the_grid(t_max, weight_exponent, max_repeats):
    """Downhill is outwards, in every coordinate at once."""
    errors = {walk: -place(walk).sum() for walk in grid(3, t_max, weight_exponent, max_repeats)}
    found, evaluator = searched(errors, 3, weight_exponent, t_max=t_max, max_repeats=max_repeats)
    assert found == CandidateModel((t_max,) * 3, max(weight_exponent), max_repeats)
    assert set(evaluator.scores) <= set(errors)


def test_somebody_always_walks():
    errors = {walk: float(sum(walk.steps)) for walk in grid(2)}
    found, evaluator = searched(errors, 2)
    assert sum(found.steps) == 1
    assert all(any(walk.steps) for walk in evaluator.scores)


@pytest.mark.parametrize("seed", range(5))
def test_a_sharpness_given_twice_stands_in_nobodys_way(seed):
    errors = bowl(2, seed)
    assert searched(errors, 2, (0.0, 0.0, 1.0))[0] == searched(errors, 2)[0]


def test_doubts_that_need_other_rounds_before_they_pay_are_found():
    """From the best walk without doubts, to count them costs at first, whichever way one goes."""
    errors = {walk: 0.9 + 0.01 * place(walk).sum() for walk in grid(2)}
    errors |= {
        CandidateModel((1, 1)): 0.80,
        CandidateModel((1, 1), n_repeats=2): 0.75,
        CandidateModel((1, 1), n_repeats=3): 0.70,
    }
    errors |= {
        CandidateModel((1, 1), 1.0, 3): 0.72,
        CandidateModel((1, 1), 1.0, 2): 0.71,
        CandidateModel((1, 1), 1.0, 1): 0.60,
    }
    assert searched(errors, 2)[0] == CandidateModel((1, 1), 1.0, 1)


def test_the_order_of_the_sharpnesses_does_not_matter():
    for seed in range(10):
        errors = bowl(2, seed, coupled=True, wobble=0.1)
        (one, _), (other, _) = (searched(errors, 2, order) for order in ((0.0, 1.0), (1.0, 0.0)))
        assert one == other


def test_tells_how_far_it_is():
    told = []
    errors = bowl(3, 0)
    search(Table(3, errors.__getitem__), T_MAX, SHARPNESS, ROUNDS, lambda *stage: told.append(stage))
    assert told == [("steps by prediction", start, 3) for start in range(3)]


def test_other_steps_in_one_view():
    assert with_steps(CandidateModel((1, 2, 3), 0.5, 2), 1, 0) == CandidateModel((1, 0, 3), 0.5, 2)


@pytest.mark.parametrize("noise", [(0.3, 0.3), (0.3, 0.8)])
@pytest.mark.parametrize("order", [given_order, random_order])
def test_on_real_trials_little_is_lost(order, noise):
    """Measured on 12 data sets of either order: nothing to 0.13 per cent; 1.6 where both views are mostly noise."""
    views = datasets.noisy_digits(noise, n_samples=120).views
    evaluator = CrossValidatedSteps(n_splits=2, n_targets=8).evaluator(views, Construction(order=order, n_jobs=1))
    found = evaluator.error(search(evaluator, T_MAX, SHARPNESS, ROUNDS))
    n_visited = len(evaluator.scores)
    assert found - min(map(evaluator.error, grid(2))) < 0.004
    assert n_visited < len(evaluator.scores) / 3
