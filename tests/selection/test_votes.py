"""Votes against loops over views and targets, and votes of views of known quality."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion import datasets
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.selection import CrossValidatedSteps, PredictionWarning
from integrated_diffusion.selection.votes import LEAST_SKILL, LEAST_VOTE, counted, steps_of, votes
from integrated_diffusion.views.reduction import pca

RANDOM = Construction(order=random_order, n_jobs=1)
QUICK = CrossValidatedSteps(n_splits=4)


def skills_of(mean, spread=0.001, n_splits=6, seed=0):
    mean = np.asarray(mean, dtype=np.float64)
    noise = np.random.default_rng(seed).standard_normal((n_splits, *mean.shape))
    return mean + spread * (noise - noise.mean(axis=0))


def all_askable(skills):
    return np.ones(skills.shape[1:], dtype=bool)


def dense_votes(mean, askable, counts):
    """One view and one target at a time."""
    found = []
    for view in range(len(mean)):
        shares = []
        for target in range(mean.shape[1]):
            if counts[target] and askable[view, target]:
                best = max(mean[other, target] for other in range(len(mean)) if askable[other, target])
                shares.append(max(mean[view, target], 0) / best)
        found.append(sum(shares) / len(shares))
    return np.array(found) / max(found)


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_votes_are_mean_shares_of_the_best_skill(seed, n_views):
    mean = np.random.default_rng(seed).uniform(0.1, 1, (n_views, n_views))
    skills = skills_of(mean, seed=seed)
    askable = all_askable(skills)
    expected = dense_votes(skills.mean(axis=0), askable, np.ones(n_views, dtype=bool))
    np.testing.assert_allclose(votes(skills, askable), expected)
    askable = ~np.eye(n_views, dtype=bool)
    expected = dense_votes(skills.mean(axis=0), askable, np.ones(n_views, dtype=bool))
    np.testing.assert_allclose(votes(skills, askable), expected)


def test_a_target_that_no_view_predicts_does_not_count():
    skills = skills_of([[0.5, -0.3], [0.25, -0.1]])
    assert counted(skills, all_askable(skills)).tolist() == [True, False]
    np.testing.assert_allclose(votes(skills, all_askable(skills)), [1, 0.5], rtol=1e-2)
    below = skills_of([[LEAST_SKILL / 2, 0.5], [0, 0.5]])
    assert counted(below, all_askable(below)).tolist() == [False, True]
    unsure = skills_of([[0.2, 0.5], [0, 0.5]], spread=1.0)
    assert counted(unsure, all_askable(unsure)).tolist() == [False, False]


def test_all_votes_are_equal_where_nothing_is_predicted():
    skills = skills_of([[-0.3, -0.3], [-0.1, 0.0]])
    np.testing.assert_array_equal(votes(skills, all_askable(skills)), [1, 1])


def test_the_vote_of_a_view_that_predicts_worse_than_the_mean_is_zero():
    skills = skills_of([[0.5, 0.4], [-2.0, -1.0]])
    np.testing.assert_array_equal(votes(skills, all_askable(skills)), [1, 0])


@pytest.mark.parametrize(
    ("voted", "t_max", "steps"),
    [
        ((1.0, 1.0), 2, (1, 1)),
        ((1.0, 0.76), 2, (1, 1)),
        ((1.0, 0.74), 2, (2, 1)),
        ((0.2, 1.0), 2, (1, 2)),
        ((LEAST_VOTE - 0.01, 1.0), 2, (0, 1)),
        ((1.0, 0.9, 0.5, 0.0), 2, (2, 2, 1, 0)),
        ((1.0, 0.5), 4, (2, 1)),
        ((1.0, 0.3), 1, (1, 1)),
    ],
)
def test_steps_are_rounded_votes(voted, t_max, steps):
    assert steps_of(np.array(voted), t_max) == steps


@pytest.mark.parametrize("seed", range(3))
def test_views_of_noise_are_left_out_with_a_warning(seed):
    views = dict(datasets.noisy_digits((0.3, 0.4), n_samples=300, random_state=seed).views)
    noise = np.random.default_rng(seed).standard_normal((300, 40))
    with pytest.warns(PredictionWarning, match="view 'noise': expected a diffusion operator that predicts"):
        chosen = QUICK.choose_steps(views | {"noise": noise}, RANDOM)
    assert chosen.steps["noise"] == 0
    assert chosen.steps["view1"] > 0
    assert chosen.steps["view2"] > 0
    assert chosen.votes["noise"] < LEAST_VOTE < min(chosen.votes["view1"], chosen.votes["view2"])
    assert chosen.unpredicted == ("noise",)


def test_equal_views_have_equal_steps():
    chosen = QUICK.choose_steps(datasets.noisy_digits((0.3, 0.3), n_samples=300).views, RANDOM)
    assert chosen.steps == {"view1": 1, "view2": 1}
    assert chosen.unpredicted == ()


def test_coordinates_do_not_predict_themselves():
    features = datasets.noisy_digits((0.3, 0.3), n_samples=300).views
    views = {name: np.asarray(pca(X, 12)) for name, X in features.items()}
    evaluator = QUICK.evaluator(views, RANDOM)
    assert evaluator.coordinates == {"view1", "view2"}
    assert not evaluator.askable.diagonal().any()
    assert not evaluator.predicts
    with pytest.warns(PredictionWarning) as told:
        chosen = QUICK.choose_steps(views, RANDOM)
    assert chosen.steps == {"view1": 1, "view2": 1}
    assert chosen.n_repeats == 1
    assert str(told[0].message).startswith("views 'view1', 'view2': expected features, found uncorrelated columns")
    assert str(told[1].message).startswith("steps: expected a view that can be predicted, found none")
    assert QUICK.evaluator(features, RANDOM).coordinates == frozenset()


def test_coordinates_predict_features():
    views = dict(datasets.noisy_digits((0.3, 0.3), n_samples=300).views)
    views["view2"] = np.asarray(pca(views["view2"], 12))
    views["noise"] = np.random.default_rng(0).standard_normal((300, 12))
    with pytest.warns(PredictionWarning):
        chosen = QUICK.choose_steps(views, RANDOM)
    assert chosen.steps["view1"] > 0
    assert chosen.steps["view2"] > 0
    assert chosen.steps["noise"] == 0
