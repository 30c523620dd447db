"""Of many samples, models are compared on some that are drawn at random; weights are of all."""

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.datasets import noisy_digits
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.power import cross_validated_power
from integrated_diffusion.selection.rule import WEIGHT_SPLITS
from integrated_diffusion.selection.sample import drawn, parts_at_random, random_parts
from integrated_diffusion.views.batches import Batches
from integrated_diffusion.views.prepared import prepared_by
from integrated_diffusion.views.recipes import RECIPES

RNG = np.random.default_rng(0)
NUMBERS = np.arange(50)
VIEWS = {
    "dense": np.column_stack([NUMBERS, NUMBERS**2]),
    "sparse": sp.csr_array(np.column_stack([NUMBERS, np.zeros(50)])),
    "prepared": prepared_by(RECIPES["rna"], RNG.poisson(3, (50, 8)) + NUMBERS[:, None], 3),
}


def some(views, n_samples, seed=0):
    return drawn(views, Construction(random_state=seed), n_samples)[0]


def test_the_same_samples_of_every_view_in_their_order():
    found = some(VIEWS, 20, 7)
    rows = found["dense"][:, 0]
    assert len(rows) == len(set(rows)) == 20
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(found["sparse"].toarray()[:, 0], rows)
    prepared = found["prepared"]
    for name in ("raw", "values", "representation"):
        whole, part = getattr(VIEWS["prepared"], name), getattr(prepared, name)
        np.testing.assert_array_equal(part, whole[rows])
    assert prepared.fitted is VIEWS["prepared"].fitted
    assert prepared.shape == (20, 8)


def test_by_the_seed_and_by_nothing_else():
    rows = [some(VIEWS, 20, seed)["dense"][:, 0] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(rows[0], rows[1])
    assert (rows[0] != rows[2]).any()
    np.testing.assert_array_equal(some({"dense": VIEWS["dense"]}, 20)["dense"][:, 0], rows[0])


@pytest.mark.parametrize("max_samples", [50, 51, None])
def test_no_draw_where_there_are_no_more_samples(max_samples):
    construction = Construction()
    assert drawn(VIEWS, construction, max_samples) == (VIEWS, construction)


def test_models_are_compared_on_the_sample_and_weighted_at_all_samples():
    views = noisy_digits((0.2, 0.4), n_samples=300).views
    rule = CrossValidatedSteps(n_splits=3, max_samples=150, weight_exponent=(4.0,))
    construction = Construction(order=rule.order, steps=rule, n_jobs=1)
    found = rule.choose_steps(views, construction)
    of_sample = rule.choose_steps(some(views, 150), construction)
    assert found.candidates == of_sample.candidates
    assert found.chosen == of_sample.chosen
    assert found.votes == of_sample.votes
    every = CrossValidatedSteps(n_splits=WEIGHT_SPLITS, max_samples=None, weight_exponent=(4.0,))
    expected = every.evaluator(views, construction).view_weights(found.chosen.weight_exponent)
    assert (found.view_weights is None) == (expected is None)
    for name, weights in (found.view_weights or {}).items():
        np.testing.assert_array_equal(weights, expected[name])
        assert weights.shape == (300,)


def test_many_samples_are_weighted_in_parts(monkeypatch):
    monkeypatch.setattr("integrated_diffusion.selection.rule.WEIGHT_SAMPLES", 120)
    views = noisy_digits((0.2, 0.4), n_samples=300).views
    rule = CrossValidatedSteps(n_splits=2, max_samples=150, weight_exponent=(4.0,))
    construction = Construction(order=rule.order, steps=rule, n_jobs=1)
    found = rule._weights_of_all(views, construction, 4.0, ["view1", "view2"])
    parts = random_parts(300, 120, construction)
    assert [len(rows) for rows in parts] == [100, 100, 100]
    every = CrossValidatedSteps(n_splits=2, max_samples=None)
    for rows in parts:
        of_part = every.evaluator({name: X[rows] for name, X in views.items()}, construction)
        for name, weights in of_part.view_weights(4.0).items():
            np.testing.assert_array_equal(found[name][rows], weights)


def test_every_sample_is_in_one_part():
    construction = Construction(random_state=3)
    parts = random_parts(50, 20, construction)
    assert [len(rows) for rows in parts] == [17, 17, 16]
    assert all((np.diff(rows) > 0).all() for rows in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), NUMBERS)
    assert max(np.diff(parts[0])) > 1  # at random


def test_parts_are_as_large_as_what_views_have_measured_needs(monkeypatch):
    monkeypatch.setattr("integrated_diffusion.selection.sample.LEAST_MEASURED", 4)
    masks = {"rna": NUMBERS >= 0, "prot": NUMBERS < 10}
    views = {name: NUMBERS[mask, None] for name, mask in masks.items()}
    parts = list(parts_at_random(views, Construction(measured=masks), 10))
    assert [len(rows) for rows, *_ in parts] == [25, 25]  # of 10 samples about two have proteins
    for rows, found, construction in parts:
        np.testing.assert_array_equal(found["rna"][:, 0], rows)
        np.testing.assert_array_equal(found["prot"][:, 0], rows[rows < 10])
        np.testing.assert_array_equal(construction.measured["prot"], rows < 10)
        assert len(found["prot"]) >= 4


def test_all_samples_are_one_part_where_there_are_few():
    construction = Construction()
    ((rows, found, settings),) = parts_at_random(VIEWS, construction, 50)
    np.testing.assert_array_equal(rows, NUMBERS)
    assert found is VIEWS
    assert settings is construction


def test_the_power_is_chosen_on_the_sample():
    views = noisy_digits((0.8, 0.8), n_samples=300).views
    rule = CrossValidatedSteps(n_splits=2, max_samples=150)
    construction = Construction(order=rule.order, steps=rule, n_jobs=1)
    steps = Steps({"view1": 1, "view2": 1}, n_repeats=1)
    found = cross_validated_power(views, construction, steps)
    assert found == cross_validated_power(some(views, 150), construction, steps)


def test_what_views_have_measured_and_batches_are_drawn_alike(monkeypatch):
    monkeypatch.setattr("integrated_diffusion.selection.sample.LEAST_MEASURED", 5)
    masks = {"rna": NUMBERS < 40, "prot": NUMBERS % 2 == 0}
    views = {name: NUMBERS[mask, None] for name, mask in masks.items()}
    batches = Batches(NUMBERS % 3, ("a", "b", "c"), ("rna",))
    found, construction = drawn(views, Construction(measured=masks, batches=batches), 30)
    drawn_samples = some({"all": NUMBERS[:, None]}, 30)["all"][:, 0]
    assert len(drawn_samples) == 30
    for name, mask in masks.items():
        np.testing.assert_array_equal(construction.measured[name], mask[drawn_samples])
        np.testing.assert_array_equal(found[name][:, 0], drawn_samples[mask[drawn_samples]])
    np.testing.assert_array_equal(construction.batches.codes, drawn_samples % 3)


def test_no_draw_that_leaves_too_few_of_a_view():
    masks = {"rna": NUMBERS < 50, "prot": NUMBERS < 10}
    views = {name: NUMBERS[mask, None] for name, mask in masks.items()}
    construction = Construction(measured=masks)
    assert drawn(views, construction, 30) == (views, construction)


@pytest.mark.parametrize("max_samples", [0, 1, 2.5])
def test_bad_numbers_are_refused(max_samples):
    with pytest.raises((TypeError, ValueError), match="max_samples"):
        CrossValidatedSteps(max_samples=max_samples)
