"""How often to repeat a model, against trying every power."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import given_order, random_order
from integrated_diffusion.integration.steps import EntropySteps, Steps
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.evaluator import CandidateModel
from integrated_diffusion.selection.power import cross_validated_power

RULE = CrossValidatedSteps(n_splits=4, n_targets=5)
ONCE = Steps({"view1": 1, "view2": 1}, {}, n_repeats=1)


def curve(noise, seed=0, n=300):
    """Two noisy looks at a bent line, of forty features each."""
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(size=n))
    bent = np.column_stack([np.cos(np.pi * t), np.cos(2 * np.pi * t)])
    return {
        name: bent @ rng.standard_normal((2, 40)) + noise * rng.standard_normal((n, 40)) for name in ("view1", "view2")
    }


def few_neighbors(order=random_order, steps=RULE, n_neighbors=4):
    return Construction(kernel=AlphaDecayKernel(n_neighbors=n_neighbors), steps=steps, order=order, n_jobs=1)


def brute_power(views, construction, chosen, max_power=16):
    """Every power tried; the smallest whose error is within a standard error, over splits, of the least."""
    evaluator = replace(RULE, n_targets=100).evaluator(views, construction)
    steps = tuple(chosen.steps.values())
    errors = np.array(
        [
            evaluator.counted_errors(CandidateModel(steps, n_repeats=p * construction.n_repeats(chosen))).mean(axis=1)
            for p in range(1, max_power + 1)
        ]
    )
    differences = errors - errors[errors.mean(axis=1).argmin()]
    return 1 + int(
        np.argmax(differences.mean(axis=1) <= differences.std(axis=1, ddof=1) / np.sqrt(len(evaluator.cv_splits)))
    )


@pytest.mark.parametrize("order", [given_order, random_order])
@pytest.mark.parametrize("noise", [0.5, 1.0])
def test_is_the_power_that_trying_all_finds(noise, order):
    views, construction = curve(noise), few_neighbors(order)
    assert cross_validated_power(views, construction, ONCE) == brute_power(views, construction, ONCE)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_few_neighbours_of_noisy_samples_are_asked_more_than_once(seed):
    assert cross_validated_power(curve(1.0, seed), few_neighbors(), ONCE) > 1


def test_what_averages_enough_is_not_repeated():
    assert cross_validated_power(curve(1.0), few_neighbors(n_neighbors=30), ONCE) == 1


def test_rounds_that_were_chosen_are_repeated_as_a_whole():
    views, construction = curve(1.0), few_neighbors()
    already = Steps({"view1": 1, "view2": 1}, {}, n_repeats=2)
    assert cross_validated_power(views, construction, ONCE) >= 2
    assert cross_validated_power(views, construction, already) == brute_power(views, construction, already) == 1


def test_rounds_that_were_not_enough_are_repeated():
    views, slow = curve(1.0, n=100), few_neighbors(n_neighbors=1)
    already = Steps({"view1": 1, "view2": 1}, {}, n_repeats=2)
    assert cross_validated_power(views, slow, already) == brute_power(views, slow, already) > 1


def test_never_more_often_than_asked_for():
    views = curve(1.0, n=100)
    slow = few_neighbors(n_neighbors=1)
    assert brute_power(views, slow, ONCE) > 1
    assert cross_validated_power(views, slow, ONCE, max_power=2) == brute_power(views, slow, ONCE, max_power=2)


def test_one_power_to_try_is_the_one():
    assert cross_validated_power(curve(1.0, n=60), few_neighbors(), ONCE, max_power=1) == 1


def test_a_view_without_steps_stays_without():
    views, construction = curve(1.0), few_neighbors()
    alone = Steps({"view1": 0, "view2": 3}, {})
    assert cross_validated_power(views, construction, alone) == brute_power(views, construction, alone)


def test_follows_what_prediction_chose():
    """A model that prediction chose with all its rounds needs no more of them, within a standard error."""
    views, construction = curve(1.0), few_neighbors()
    chosen = RULE.choose_steps(views, construction)
    assert chosen.n_repeats > 1
    assert cross_validated_power(views, construction, chosen) == 1


def test_the_weight_exponent_of_the_selection_is_kept(monkeypatch):
    views, construction = curve(1.0, n=100), few_neighbors()
    chosen = RULE.choose_steps(views, construction)
    chosen = replace(chosen, chosen=replace(chosen.chosen, weight_exponent=0.7))
    evaluators = []
    evaluator_of = CrossValidatedSteps.evaluator
    monkeypatch.setattr(
        CrossValidatedSteps, "evaluator", lambda *args: evaluators.append(evaluator_of(*args)) or evaluators[-1]
    )
    cross_validated_power(views, construction, chosen)
    (evaluator,) = evaluators
    assert {model.weight_exponent for model in evaluator.scores if model.n_views_used > 1} == {0.7}


def test_other_rules_are_evaluated_by_the_default_splits():
    views = curve(1.0, n=100)
    by_entropy = few_neighbors(steps=EntropySteps())
    by_prediction = few_neighbors(steps=CrossValidatedSteps())
    assert cross_validated_power(views, by_entropy, ONCE) == cross_validated_power(views, by_prediction, ONCE) > 1
