"""What an evaluator remembers, simplifies and compares, against the splits it is made of."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection.cv_split import CrossValidationSplit
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel, joined
from integrated_diffusion.selection.view_weights import view_weights

N = 30
NAMES = ("rna", "atac")


def cv_split(seed):
    rng = np.random.default_rng(seed)
    operators, targets = {}, {}
    for name, d in zip(NAMES, (3, 2), strict=True):
        K = rng.uniform(size=(N, N)) * (rng.uniform(size=(N, N)) < 0.2)
        operators[name] = DiffusionOperator(sp.csr_array(K + K.T + np.eye(N)), name)
        targets[name] = rng.standard_normal((N, d)).astype(np.float32)
    seen = (np.arange(N) % 5 > 0).astype(np.float32)
    return CrossValidationSplit(operators, targets, np.flatnonzero(seen == 0), seen)


SPLITS = [cv_split(seed) for seed in range(4)]
MODELS = [
    CandidateModel((1, 0)),
    CandidateModel((0, 3)),
    CandidateModel((2, 1)),
    CandidateModel((1, 1), 1.0),
    CandidateModel((2, 2), 0.5, 3),
]
EVERY_ORDER = pytest.mark.parametrize("order", [given_order, both_orders, random_order])


@EVERY_ORDER
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_errors_are_those_of_each_split(model, order):
    found = CandidateEvaluator(SPLITS, order, 1).errors(model)
    expected = []
    for one in SPLITS:
        weighted = view_weights(one.local_log_errors(), model.weight_exponent) if model.weight_exponent else None
        if order is random_order and 0 in model.steps:
            weighted = None
        expected.append(
            one.errors(order(one.operators, dict(zip(NAMES, model.steps, strict=True)), weighted) ** model.n_repeats)
        )
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert CandidateEvaluator(SPLITS, order, 1).error(model) == pytest.approx(np.mean(expected), rel=1e-5)


def test_views_and_targets_are_those_of_the_splits():
    evaluator = CandidateEvaluator(SPLITS, random_order, 1)
    assert evaluator.views == evaluator.targets == NAMES


def test_every_model_is_evaluated_once(monkeypatch):
    asked = []
    errors = CrossValidationSplit.errors
    monkeypatch.setattr(
        CrossValidationSplit, "errors", lambda self, model: asked.append(repr(model)) or errors(self, model)
    )
    evaluator = CandidateEvaluator(SPLITS, random_order, 1)
    first = evaluator.errors(CandidateModel((1, 1)))
    assert evaluator.errors(CandidateModel((1, 1))) is first
    evaluator.error(CandidateModel((2, 2)))
    evaluator.difference(CandidateModel((1, 1)), CandidateModel((3, 3)))
    own = [name for name in ("atac", "atac²", "rna", "rna²") for _ in SPLITS]
    assert sorted(asked) == ["0.5 rna + 0.5 atac"] * 4 + own
    alone = {CandidateModel(steps, n_repeats=t) for steps in ((1, 0), (0, 1)) for t in (1, 2)}
    assert set(evaluator.scores) == {CandidateModel((1, 1)), *alone}
    evaluator.error(CandidateModel((1, 1), n_repeats=2))
    assert len(asked) == 24


def test_errors_are_means_over_the_targets_that_count(monkeypatch):
    evaluator = CandidateEvaluator(SPLITS, random_order, 1)
    monkeypatch.setattr(evaluator, "skills", np.full((4, 2, 2), [0.5, -0.5]) + np.arange(4)[:, None, None] * 1e-3)
    assert evaluator.counts.tolist() == [True, False]
    assert evaluator.predicts
    rna, atac, both = CandidateModel((1, 0)), CandidateModel((0, 1)), CandidateModel((1, 1))
    assert evaluator.error(both) == pytest.approx(evaluator.errors(both)[:, 0].mean())
    difference = evaluator.difference(rna, atac)
    assert difference.mean == pytest.approx((evaluator.errors(rna) - evaluator.errors(atac))[:, 0].mean())


def test_skills_are_what_single_views_predict():
    evaluator = CandidateEvaluator(SPLITS, random_order, 1)
    by_steps = np.array(
        [[[1 - one.errors(one.operators[name] ** t) for name in NAMES] for one in SPLITS] for t in (1, 2)]
    )
    for view, target in np.ndindex(2, 2):  # the better of the two by its mean, then the same in all splits
        best = max(by_steps[:, :, view, target], key=np.mean)
        np.testing.assert_allclose(evaluator.skills[:, view, target], best)
    assert not evaluator.predicts
    assert evaluator.error(evaluator.equal) == pytest.approx(evaluator.errors(CandidateModel((1, 1))).mean())


@pytest.mark.parametrize(
    ("model", "simple"),
    [
        (CandidateModel((2, 4), 1.0, 3), CandidateModel((1, 2), 1.0, 3)),
        (CandidateModel((3, 0), 1.0, 2), CandidateModel((1, 0), 0.0, 2)),
        (CandidateModel((0, 1), 0.5), CandidateModel((0, 1), 0.0)),
        (CandidateModel((2, 3), 0.5), CandidateModel((2, 3), 0.5)),
        (CandidateModel((4, 0, 2), 1.0), CandidateModel((2, 0, 1), 1.0)),
    ],
)
def test_models_of_a_random_order_are_known_by_their_proportion(model, simple):
    assert CandidateEvaluator(SPLITS, random_order, 1).simplified(model) == simple
    for order in (given_order, both_orders):
        assert CandidateEvaluator(SPLITS, order, 1).simplified(model) == model


def test_simplified_models_make_the_same_operator():
    for model in (CandidateModel((2, 4), 1.0, 3), CandidateModel((3, 0), 1.0, 2)):
        one = SPLITS[0]
        simple = CandidateEvaluator(SPLITS, random_order, 1).simplified(model)
        was, now = (
            joined(
                one.operators,
                dict(zip(NAMES, w.steps, strict=True)),
                one.local_log_errors(),
                w.weight_exponent,
                random_order,
            )
            for w in (model, simple)
        )
        np.testing.assert_allclose(now.toarray(), was.toarray(), atol=1e-14)


def test_used_views_are_counted():
    assert [CandidateModel(steps).n_views_used for steps in ((4, 0), (1, 1), (0, 2, 3))] == [1, 2, 2]


@EVERY_ORDER
def test_differences_have_the_paired_standard_error(order):
    evaluator = CandidateEvaluator(SPLITS, order, 1)
    one, other = (evaluator.errors(model).mean(axis=1) for model in MODELS[1:3])
    differences = [float(a - b) for a, b in zip(one, other, strict=True)]
    mean = sum(differences) / 4
    variance = sum((d - mean) ** 2 for d in differences) / 3
    difference = evaluator.difference(*MODELS[1:3])
    assert difference.mean == pytest.approx(mean)
    assert difference.stderr == pytest.approx((variance / 4) ** 0.5)
    back = evaluator.difference(*MODELS[2:0:-1])
    assert (back.mean, back.stderr) == pytest.approx((-mean, difference.stderr))
    assert evaluator.difference(MODELS[1], MODELS[1]) == (0, 0)


def test_view_weights_are_of_mean_log_errors_of_all_samples_over_splits():
    evaluator = CandidateEvaluator(SPLITS, given_order, 1)
    assert evaluator.view_weights(0) is None
    log_errors = {name: np.mean([one.local_log_errors_of_all()[name] for one in SPLITS], axis=0) for name in NAMES}
    expected = view_weights(log_errors, 0.5)
    found = evaluator.view_weights(0.5)
    assert list(found) == list(NAMES)
    for name in NAMES:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)
    one = SPLITS[0]
    assert np.abs(one.local_log_errors_of_all()["rna"] - one.local_log_errors()["rna"]).max() > 1e-3


def test_operators_are_weighted_by_the_exponent():
    one, steps = SPLITS[0], {"rna": 1, "atac": 1}
    blunt = joined(one.operators, steps, one.local_log_errors(), 0.0, given_order)
    np.testing.assert_array_equal(blunt.toarray(), given_order(one.operators, steps).toarray())
    weighted_more = joined(one.operators, steps, one.local_log_errors(), 2.0, random_order)
    weighted = view_weights(one.local_log_errors(), 2.0)
    expected = random_order(one.operators, steps, weighted)
    np.testing.assert_allclose(weighted_more.toarray(), expected.toarray(), atol=1e-14)
    assert np.abs(weighted_more.toarray() - random_order(one.operators, steps).toarray()).max() > 0.01


@EVERY_ORDER
def test_a_view_without_steps_does_not_change_the_weights_of_the_others(order):
    one = SPLITS[0]
    operators = one.operators | {"protein": SPLITS[1].operators["rna"]}
    log_errors = one.local_log_errors() | {"protein": one.local_log_errors()["rna"] - 1}
    with_it = joined(operators, {"rna": 1, "atac": 1, "protein": 0}, log_errors, 1.0, order)
    without_it = joined(one.operators, {"rna": 1, "atac": 1}, one.local_log_errors(), 1.0, order)
    np.testing.assert_allclose(with_it.toarray(), without_it.toarray(), atol=1e-14)


@EVERY_ORDER
def test_the_same_bits_whatever_the_number_of_threads(order):
    one, two = (CandidateEvaluator(SPLITS, order, n_jobs) for n_jobs in (1, 2))
    for model in MODELS:
        np.testing.assert_array_equal(one.errors(model), two.errors(model))
    for name in NAMES:
        np.testing.assert_array_equal(one.view_weights(1.0)[name], two.view_weights(1.0)[name])
