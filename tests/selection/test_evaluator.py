"""What a jury remembers, simplifies and compares, against the trials it is made of."""

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
    walks, targets = {}, {}
    for name, d in zip(NAMES, (3, 2), strict=True):
        K = rng.uniform(size=(N, N)) * (rng.uniform(size=(N, N)) < 0.2)
        walks[name] = DiffusionOperator(sp.csr_array(K + K.T + np.eye(N)), name)
        targets[name] = rng.standard_normal((N, d)).astype(np.float32)
    seen = (np.arange(N) % 5 > 0).astype(np.float32)
    return CrossValidationSplit(walks, targets, np.flatnonzero(seen == 0), seen)


TRIALS = [cv_split(seed) for seed in range(4)]
WALKS = [
    CandidateModel((1, 0)),
    CandidateModel((0, 3)),
    CandidateModel((2, 1)),
    CandidateModel((1, 1), 1.0),
    CandidateModel((2, 2), 0.5, 3),
]
EVERY_ORDER = pytest.mark.parametrize("order", [given_order, both_orders, random_order])


@EVERY_ORDER
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_errors_are_the_trials_own(walk, order):
    found = CandidateEvaluator(TRIALS, order, 1).errors(walk)
    expected = []
    for one in TRIALS:
        weighted = view_weights(one.local_log_errors(), walk.weight_exponent) if walk.weight_exponent else None
        if order is random_order and 0 in walk.steps:
            weighted = None
        expected.append(
            one.errors(order(one.operators, dict(zip(NAMES, walk.steps, strict=True)), weighted) ** walk.n_repeats)
        )
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert CandidateEvaluator(TRIALS, order, 1).error(walk) == pytest.approx(np.mean(expected), rel=1e-5)


def test_views_and_targets_are_the_trials_own():
    evaluator = CandidateEvaluator(TRIALS, random_order, 1)
    assert evaluator.views == evaluator.targets == NAMES


def test_what_was_judged_once_is_remembered(monkeypatch):
    asked = []
    errors = CrossValidationSplit.errors
    monkeypatch.setattr(
        CrossValidationSplit, "errors", lambda self, walk: asked.append(repr(walk)) or errors(self, walk)
    )
    evaluator = CandidateEvaluator(TRIALS, random_order, 1)
    first = evaluator.errors(CandidateModel((1, 1)))
    assert evaluator.errors(CandidateModel((1, 1))) is first
    evaluator.error(CandidateModel((2, 2)))
    evaluator.difference(CandidateModel((1, 1)), CandidateModel((3, 3)))
    assert asked == ["0.5 rna + 0.5 atac"] * 4
    assert list(evaluator.scores) == [CandidateModel((1, 1))]
    evaluator.error(CandidateModel((1, 1), n_repeats=2))
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("walk", "simple"),
    [
        (CandidateModel((2, 4), 1.0, 3), CandidateModel((1, 2), 1.0, 3)),
        (CandidateModel((3, 0), 1.0, 2), CandidateModel((1, 0), 0.0, 2)),
        (CandidateModel((0, 1), 0.5), CandidateModel((0, 1), 0.0)),
        (CandidateModel((2, 3), 0.5), CandidateModel((2, 3), 0.5)),
        (CandidateModel((4, 0, 2), 1.0), CandidateModel((2, 0, 1), 1.0)),
    ],
)
def test_walks_by_lot_are_known_by_their_proportion(walk, simple):
    assert CandidateEvaluator(TRIALS, random_order, 1).simplified(walk) == simple
    for order in (given_order, both_orders):
        assert CandidateEvaluator(TRIALS, order, 1).simplified(walk) == walk


def test_simplified_walks_are_the_same_walks():
    for walk in (CandidateModel((2, 4), 1.0, 3), CandidateModel((3, 0), 1.0, 2)):
        one = TRIALS[0]
        simple = CandidateEvaluator(TRIALS, random_order, 1).simplified(walk)
        was, now = (
            joined(
                one.operators,
                dict(zip(NAMES, w.steps, strict=True)),
                one.local_log_errors(),
                w.weight_exponent,
                random_order,
            )
            for w in (walk, simple)
        )
        np.testing.assert_allclose(now.toarray(), was.toarray(), atol=1e-14)


def test_simple_is_few_views_then_few_rounds_then_few_doubts_then_few_steps():
    in_order = [
        CandidateModel((4, 0), 1.0, 4),
        CandidateModel((1, 1), 0.0, 1),
        CandidateModel((2, 1), 0.0, 1),
        CandidateModel((1, 1), 1.0, 1),
        CandidateModel((1, 1), 0.0, 2),
    ]
    assert sorted([*in_order[2:], *in_order[:2]], key=lambda walk: walk.simplicity) == in_order
    assert [walk.n_views_used for walk in in_order] == [1, 2, 2, 2, 2]


@EVERY_ORDER
def test_gap_is_the_paired_standard_error(order):
    evaluator = CandidateEvaluator(TRIALS, order, 1)
    one, other = (evaluator.errors(walk).mean(axis=1) for walk in WALKS[1:3])
    differences = [float(a - b) for a, b in zip(one, other, strict=True)]
    mean = sum(differences) / 4
    variance = sum((d - mean) ** 2 for d in differences) / 3
    difference = evaluator.difference(*WALKS[1:3])
    assert difference.mean == pytest.approx(mean)
    assert difference.stderr == pytest.approx((variance / 4) ** 0.5)
    back = evaluator.difference(*WALKS[2:0:-1])
    assert (back.mean, back.stderr) == pytest.approx((-mean, difference.stderr))
    assert evaluator.difference(WALKS[1], WALKS[1]) == (0, 0)


def test_trust_is_by_the_mean_of_all_trials_doubts_of_everybody():
    evaluator = CandidateEvaluator(TRIALS, given_order, 1)
    assert evaluator.view_weights(0) is None
    log_errors = {name: np.mean([one.local_log_errors_of_all()[name] for one in TRIALS], axis=0) for name in NAMES}
    expected = view_weights(log_errors, 0.5)
    found = evaluator.view_weights(0.5)
    assert list(found) == list(NAMES)
    for name in NAMES:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12)
    one = TRIALS[0]
    assert np.abs(one.local_log_errors_of_all()["rna"] - one.local_log_errors()["rna"]).max() > 1e-3


def test_joined_trusts_as_much_as_the_sharpness_says():
    one, steps = TRIALS[0], {"rna": 1, "atac": 1}
    blunt = joined(one.operators, steps, one.local_log_errors(), 0.0, given_order)
    np.testing.assert_array_equal(blunt.toarray(), given_order(one.operators, steps).toarray())
    sharp = joined(one.operators, steps, one.local_log_errors(), 2.0, random_order)
    weighted = view_weights(one.local_log_errors(), 2.0)
    expected = random_order(one.operators, steps, weighted)
    np.testing.assert_allclose(sharp.toarray(), expected.toarray(), atol=1e-14)
    assert np.abs(sharp.toarray() - random_order(one.operators, steps).toarray()).max() > 0.01


@EVERY_ORDER
def test_a_view_that_takes_no_steps_has_no_say_on_the_others(order):
    one = TRIALS[0]
    walks = one.operators | {"protein": TRIALS[1].operators["rna"]}
    log_errors = one.local_log_errors() | {"protein": one.local_log_errors()["rna"] - 1}
    with_it = joined(walks, {"rna": 1, "atac": 1, "protein": 0}, log_errors, 1.0, order)
    without_it = joined(one.operators, {"rna": 1, "atac": 1}, one.local_log_errors(), 1.0, order)
    np.testing.assert_allclose(with_it.toarray(), without_it.toarray(), atol=1e-14)


@EVERY_ORDER
def test_the_same_bits_whatever_the_number_of_threads(order):
    one, two = (CandidateEvaluator(TRIALS, order, n_jobs) for n_jobs in (1, 2))
    for walk in WALKS:
        np.testing.assert_array_equal(one.errors(walk), two.errors(walk))
    for name in NAMES:
        np.testing.assert_array_equal(one.view_weights(1.0)[name], two.view_weights(1.0)[name])
