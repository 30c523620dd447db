"""Integrated operators in every order, with and without view weights, against products of dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.integration.orders import ORDERS, PROPORTIONAL, both_orders, given_order, random_order
from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators import DiffusionOperator, Identity
from oracles import dense_walk

N = 19
NAMES = ("rna", "atac", "protein")


def directed(seed):
    """Directed affinities: sparse, and not symmetric."""
    rng = np.random.default_rng(seed)
    A = rng.uniform(size=(N, N)) * (rng.uniform(size=(N, N)) < 0.25)
    np.fill_diagonal(A, 0)
    return A


def dense_kernel(A, symmetrisation="mean", anisotropy=1.0):
    K = {"mean": (A + A.T) / 2, "mutual": np.sqrt(A * A.T)}[symmetrisation] + np.eye(N)
    q = K.sum(axis=1)
    return K / np.outer(q, q) ** anisotropy


def operators_of(symmetrisation="mean", anisotropy=1.0):
    return {
        name: DiffusionOperator.of(Affinities(sp.csr_array(A), symmetrisation, anisotropy), name)
        for name, A in DIRECTED.items()
    }


DIRECTED = {name: directed(seed) for seed, name in enumerate(NAMES)}
OPERATORS = operators_of()
DENSE = {name: dense_walk(dense_kernel(A)) for name, A in DIRECTED.items()}


def some_weights(seed):
    """Weights from zero to one, with samples at which all or all but one are zero."""
    rng = np.random.default_rng(seed)
    w = rng.uniform(size=(len(NAMES), N))
    w[:, 0] = 0
    w[0, 1:4], w[1, 3:6], w[2, 6:8] = 0, 0, 1
    return dict(zip(NAMES, w, strict=True))


def dense_given(steps, view_weights, names=NAMES):
    J = np.eye(N)
    for name in names:
        w = np.ones(N) if view_weights is None else view_weights[name]
        J = J @ np.linalg.matrix_power(np.diag(w) @ DENSE[name] + np.diag(1 - w), steps[name])
    return J


def dense_both(steps, view_weights):
    return (dense_given(steps, view_weights) + dense_given(steps, view_weights, NAMES[::-1])) / 2


def dense_random(steps, view_weights, *kernel):
    """A mixture; with weights, directed affinities are added up before they are made symmetric."""
    total = sum(steps.values())
    if sum(t > 0 for t in steps.values()) < 2:
        return next((DENSE[name] for name in NAMES if steps[name]), np.eye(N))
    if view_weights is None:
        return sum(steps[name] / total * DENSE[name] for name in NAMES)
    A = np.zeros((N, N))
    for name in NAMES:
        for i in range(N):
            A[i] += steps[name] / total * view_weights[name][i] * DIRECTED[name][i]
    return dense_walk(dense_kernel(A, *kernel))


ORACLES = {given_order: dense_given, both_orders: dense_both, random_order: dense_random}
EVERY_ORDER = pytest.mark.parametrize("order", ORACLES, ids=lambda order: order.__name__)
STEPS = st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES})
WEIGHTS = st.one_of(st.none(), st.integers(0, 1000).map(some_weights))


@EVERY_ORDER
@given(STEPS, WEIGHTS)
def test_is_its_dense_formula(order, steps, view_weights):
    J, expected = order(OPERATORS, steps, view_weights), ORACLES[order](steps, view_weights)
    np.testing.assert_allclose(J.toarray(), expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(J.T.toarray(), expected.T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(J @ np.ones(N), 1, rtol=0, atol=1e-13)
    np.testing.assert_allclose(J @ np.ones(N, np.float32), 1, rtol=0, atol=5e-6)


@pytest.mark.parametrize("symmetrisation", ["mean", "mutual"])
@pytest.mark.parametrize("anisotropy", [0.0, 0.5])
def test_added_affinities_become_a_kernel_as_each_views_do(symmetrisation, anisotropy):
    steps, view_weights = {"rna": 2, "atac": 1, "protein": 1}, some_weights(1)
    J = random_order(operators_of(symmetrisation, anisotropy), steps, view_weights)
    assert isinstance(J, DiffusionOperator)
    np.testing.assert_allclose(
        J.toarray(), dense_random(steps, view_weights, symmetrisation, anisotropy), rtol=0, atol=1e-14
    )
    np.testing.assert_allclose(J.kernel.toarray(), J.kernel.toarray().T, rtol=1e-14)


@EVERY_ORDER
@given(steps=STEPS, view_weights=WEIGHTS, left_out=st.sampled_from(NAMES))
def test_zero_steps_leave_a_view_out(order, steps, view_weights, left_out):
    steps = steps | {left_out: 0}
    others = {name: operator for name, operator in OPERATORS.items() if name != left_out}
    np.testing.assert_allclose(
        order(OPERATORS, steps, view_weights).toarray(),
        order(others, steps, view_weights).toarray(),
        rtol=0,
        atol=1e-13,
    )


@pytest.mark.parametrize("view_weights", [None, some_weights(0)], ids=["all weights 1", "weights"])
@EVERY_ORDER
def test_no_steps_are_the_identity(order, view_weights):
    steps = dict.fromkeys(NAMES, 0)
    np.testing.assert_array_equal(order(OPERATORS, steps, view_weights).toarray(), np.eye(N))
    assert isinstance(order(OPERATORS, steps), Identity)


@pytest.mark.parametrize("t", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_one_view_is_its_own_operator(name, t):
    steps = dict.fromkeys(NAMES, 0) | {name: t}
    assert repr(given_order(OPERATORS, steps)) == repr(both_orders(OPERATORS, steps)) == repr(OPERATORS[name] ** t)
    np.testing.assert_allclose(
        both_orders(OPERATORS, steps).toarray(), np.linalg.matrix_power(DENSE[name], t), atol=1e-14
    )
    assert random_order(OPERATORS, steps) is random_order(OPERATORS, steps, some_weights(0)) is OPERATORS[name]


@pytest.mark.parametrize("order", [given_order, both_orders])
def test_weights_of_one_are_no_weights(order):
    steps, full = {"rna": 2, "atac": 1, "protein": 1}, dict.fromkeys(NAMES, np.ones(N))
    np.testing.assert_allclose(
        order(OPERATORS, steps, full).toarray(), order(OPERATORS, steps).toarray(), rtol=0, atol=1e-14
    )


@given(STEPS.filter(lambda steps: any(steps.values())), st.integers(2, 5), WEIGHTS)
def test_of_a_mixture_only_the_proportion_matters(steps, times, view_weights):
    more = {name: times * t for name, t in steps.items()}
    np.testing.assert_allclose(
        random_order(OPERATORS, more, view_weights).toarray(),
        random_order(OPERATORS, steps, view_weights).toarray(),
        rtol=0,
        atol=1e-14,
    )


def test_other_orders_depend_on_more_than_the_proportion():
    assert random_order in PROPORTIONAL
    steps = {"rna": 2, "atac": 1, "protein": 0}
    twice = {name: 2 * t for name, t in steps.items()}
    for order in set(ORACLES) - PROPORTIONAL:
        assert np.abs(order(OPERATORS, twice).toarray() - order(OPERATORS, steps).toarray()).max() > 0.01


@EVERY_ORDER
def test_weights_of_zero_are_the_identity(order):
    steps, zero = {"rna": 3, "atac": 1, "protein": 0}, dict.fromkeys(NAMES, np.zeros(N))
    np.testing.assert_array_equal(order(OPERATORS, steps, zero).toarray(), np.eye(N))


def test_edges_found_from_a_sample_of_weight_zero_alone_are_gone_in_both_directions():
    found_by_others = (DIRECTED["rna"].T > 0) | (DIRECTED["atac"] > 0) | (DIRECTED["atac"].T > 0)
    found_alone = (DIRECTED["rna"] > 0) & ~found_by_others
    i = int(np.argmax(found_alone.sum(axis=1)))
    edges = found_alone[i]
    assert edges.sum() > 1
    view_weights = dict.fromkeys(NAMES, np.ones(N)) | {"rna": np.where(np.arange(N) == i, 0.0, 1.0)}
    ones = dict.fromkeys(NAMES, np.ones(N))
    before, after = (
        random_order(OPERATORS, {"rna": 1, "atac": 1, "protein": 0}, w).toarray() for w in (ones, view_weights)
    )
    assert (before[i, edges] > 0).all()
    assert (before[edges, i] > 0).all()
    assert (after[i, edges] == 0).all()
    assert (after[edges, i] == 0).all()


@pytest.mark.parametrize("view_weights", [None, np.ones(N)], ids=["no weights", "weights of one"])
def test_a_mixture_of_two_equal_views_is_that_view(view_weights):
    twice = {"rna": OPERATORS["rna"], "again": OPERATORS["rna"]}
    weighted = None if view_weights is None else dict.fromkeys(twice, view_weights)
    J = random_order(twice, {"rna": 2, "again": 1}, weighted)
    np.testing.assert_allclose(J.toarray(), DENSE["rna"], rtol=0, atol=1e-14)


def test_a_weighted_mixture_of_two_equal_kernels_is_that_kernel():
    P = DiffusionOperator(OPERATORS["rna"].kernel)
    found = random_order({"rna": P, "again": P}, {"rna": 1, "again": 1}, dict.fromkeys(("rna", "again"), np.ones(N)))
    np.testing.assert_allclose(found.toarray(), DENSE["rna"], atol=1e-14)


def test_a_weighted_mixture_needs_affinities():
    operators = OPERATORS | {"atac": OPERATORS["atac"] @ OPERATORS["protein"]}
    steps = {"rna": 1, "atac": 1, "protein": 0}
    expected = (DENSE["rna"] + DENSE["atac"] @ DENSE["protein"]) / 2
    np.testing.assert_allclose(random_order(operators, steps).toarray(), expected, rtol=0, atol=1e-14)
    with pytest.raises(
        TypeError, match=r"random order: expected the diffusion operator of each view to weight, found .*atac · protein"
    ):
        random_order(operators, steps, some_weights(0))


@given(STEPS, WEIGHTS)
def test_both_orders_do_not_depend_on_the_order_of_the_views(steps, view_weights):
    backwards = dict(reversed(OPERATORS.items()))
    np.testing.assert_allclose(
        both_orders(OPERATORS, steps, view_weights).toarray(),
        both_orders(backwards, steps, view_weights).toarray(),
        rtol=0,
        atol=1e-14,
    )


@given(STEPS, WEIGHTS)
def test_a_mixture_does_not_depend_on_the_order_of_the_views(steps, view_weights):
    backwards = dict(reversed(OPERATORS.items()))
    np.testing.assert_allclose(
        random_order(OPERATORS, steps, view_weights).toarray(),
        random_order(backwards, steps, view_weights).toarray(),
        atol=1e-14,
    )


def test_the_given_order_depends_on_the_order_of_the_views():
    steps = dict.fromkeys(NAMES, 1)
    forth, back = given_order(OPERATORS, steps), given_order(dict(reversed(OPERATORS.items())), steps)
    assert np.abs(forth.toarray() - back.toarray()).max() > 0.01


@pytest.mark.parametrize(
    ("order", "formula"),
    [
        (given_order, "rna² · atac"),
        (both_orders, "0.5 rna² · atac + 0.5 atac · rna²"),
        (random_order, "0.67 rna + 0.33 atac"),
    ],
)
def test_reads_like_the_formula(order, formula):
    assert repr(order(OPERATORS, {"rna": 2, "atac": 1, "protein": 0})) == formula


def test_weights_read_like_the_formula():
    steps, view_weights = {"rna": 2, "atac": 1, "protein": 0}, some_weights(0)
    assert repr(random_order(OPERATORS, steps, view_weights)) == "(0.67 w(rna)·rna + 0.33 w(atac)·atac)"
    assert repr(given_order(OPERATORS, steps, view_weights)) == (
        "(w(rna) · rna + (1 - w(rna)))² · (w(atac) · atac + (1 - w(atac)))"
    )


def test_orders_by_name():
    named = {"given": given_order, "both": both_orders, "random": random_order}
    assert named == ORDERS
