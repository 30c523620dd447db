"""Targets hold where the numbers say so, and nowhere else."""

import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.printed import apart
from experiments.evaluation.reading import best_alone, best_steps, mean, of_method, views_of
from experiments.evaluation.steps import GIVEN, RANDOM
from experiments.evaluation.verdicts import (
    WORDS,
    above_published,
    local_noise,
    near_alone,
    near_best,
    pure_noise,
)

PAIR, TREE, NOISELESS, THREE, NOISY = "digits 0.4 + 1.6", "tree 0.1", "tree 0", "UCI 3 views", "UCI 3 views + 2 noise"


def scores(*rows):
    """Rows of set, method, score and one value a seed."""
    return pd.DataFrame(
        [
            {"seed": 30 + seed, "set": name, "method": method, "score": score, "value": value}
            for name, method, score, values in rows
            for seed, value in enumerate(values)
        ]
    )


def steps(*rows):
    return scores(*((PAIR, order, told, values) for order, told, values in rows))


@pytest.fixture
def pair():
    return scores(
        (PAIR, "a alone, 1 step", "accuracy", (0.80, 0.90)),
        (PAIR, "a alone, 2 steps", "accuracy", (0.84, 0.86)),
        (PAIR, "b alone, 1 step", "accuracy", (0.10, 0.20)),
        (PAIR, "a alone, 1 step", "prediction error", (0.3, 0.4)),
        (PAIR, "b alone, 1 step", "prediction error", (0.2, 0.9)),
        (PAIR, "default", "accuracy", (0.83, 0.90)),
        (PAIR, "default", "steps of a", (1.0, 1.0)),
        (PAIR, "published", "accuracy", (0.70, 0.80)),
    )


def test_the_best_single_view_is_that_of_each_seed(pair):
    assert best_alone(pair, PAIR).tolist() == [0.84, 0.90]
    assert best_alone(pair, PAIR, "prediction error").tolist() == [0.2, 0.4]
    assert of_method(pair, PAIR, "default").tolist() == [0.83, 0.90]
    assert views_of(pair, PAIR) == ["a", "b"]


def test_below_the_best_single_view(pair):
    (check,) = near_alone({"scores": pair}).checks
    assert check.holds
    assert "difference -0.005 ± 0.005" in check.what
    lower = pair.assign(value=pair["value"] - 0.006 * (pair["method"] == "default"))
    verdict = near_alone({"scores": lower})
    assert verdict.outcome(WORDS) == "does not hold: 0 of 1"


def test_above_the_published_method_only_where_that_loses(pair):
    assert above_published({"scores": pair}).outcome(WORDS) == "holds"
    wins = pair.assign(value=pair["value"] + 0.3 * (pair["method"] == "published"))
    assert above_published({"scores": wins}).outcome(WORDS) == "nothing to test"


def test_near_the_best_steps_of_the_orders_that_are_asked_for(pair):
    tried = steps(
        (GIVEN, "1 0", (0.84, 0.90)), (RANDOM, "1 1", (0.85, 0.95)), (RANDOM, "2 1, view weights", (0.80, 0.96))
    )
    assert best_steps(tried, PAIR, (GIVEN, RANDOM)).tolist() == [0.85, 0.96]
    assert near_best({"scores": pair, "steps": tried}, (GIVEN,), "").checks[0].holds
    assert not near_best({"scores": pair, "steps": tried}, (GIVEN, RANDOM), "").checks[0].holds


def test_the_noiseless_tree_is_asked_for_more():
    found = scores((NOISELESS, "default", "DEMaP", (0.94, 0.95)), (TREE, "default", "DEMaP", (0.86, 0.85)))
    verdict = local_noise({"scores": found})
    assert [check.holds for check in verdict.checks] == [False, True]
    assert verdict.outcome(WORDS) == "does not hold: 1 of 2"


@pytest.mark.parametrize(("with_noise", "holds"), [(0.885, True), (0.875, False)])
def test_what_noise_costs(with_noise, holds):
    found = scores((THREE, "default", "accuracy", (0.9,)), (NOISY, "default", "accuracy", (with_noise,)))
    (check,) = pure_noise({"scores": found}).checks
    assert check.group == NOISY
    assert check.holds is holds


def test_orders_are_apart_where_both_views_walk():
    tried = steps(
        (GIVEN, "1 0", (0.1, 0.1)),
        (GIVEN, "1 1", (0.9, 0.5)),
        (GIVEN, "2 2", (0.9, 0.5)),
        ("reversed", "1 0", (0.9, 0.9)),
        ("reversed", "1 1", (0.7, 0.5)),
        (RANDOM, "1 1", (0.0, 0.0)),
    )
    assert apart(tried, PAIR).tolist() == pytest.approx([0.2, 0.0])


def test_one_seed_has_no_standard_error():
    assert str(mean(pd.Series([0.5]))) == "0.500"
    assert mean(pd.Series([0.4, 0.6])).signed == "+0.500 ± 0.100"
