"""Smoothers: each is a matrix written out plainly, requests name the right one, and counts keep their sums."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.selection.smoothers import (
    CROSS_VALIDATED,
    INTEGRATED,
    OWN,
    SelectedSmoother,
    Smoother,
    on_count_scale,
    requested_smoother,
    stored_smoother,
)
from oracles import dense_walk

N = 12


def kernel(seed):
    A = np.random.default_rng(seed).random((N, N))
    return A + A.T + 2 * np.eye(N)


KERNELS = {"a": kernel(0), "b": kernel(1)}
JOINED = IntegratedOperator(
    {name: DiffusionOperator(sp.csr_array(K), name) for name, K in KERNELS.items()}, {"a": 1, "b": 3}, random_order
)
SELECTED = SelectedSmoother(OWN, 2, 0.4, "count splitting", counts=SelectedSmoother(INTEGRATED, 3, 0.9))


@given(st.sampled_from([OWN, INTEGRATED]), st.integers(1, 4), st.floats(0, 1), st.integers(0, 99))
def test_a_smoother_is_the_mixture_written_out(operator, t, amount, seed):
    X = np.random.default_rng(seed).normal(size=(N, 3))
    P = {name: dense_walk(K) for name, K in KERNELS.items()}
    S = np.linalg.matrix_power(P["b"] if operator == OWN else 0.25 * P["a"] + 0.75 * P["b"], t)
    expected = (1 - amount) * X + amount * (S @ X)
    np.testing.assert_allclose(Smoother(operator, t, amount).of("b", JOINED) @ X, expected, atol=1e-12)


def test_the_default_smoother_is_the_integrated_operator_itself():
    assert Smoother().of("a", JOINED) is JOINED.operator


@given(st.integers(0, 99), st.integers(1, 3), st.floats(0, 1))
def test_counts_keep_the_sum_of_each_sample(seed, t, amount):
    X = np.random.default_rng(seed).poisson(3.0, size=(N, 7)).astype(float) + 1
    operator = Smoother(OWN, t, amount).of("a", JOINED)
    found = on_count_scale(operator, X.sum(axis=1)) @ X
    n = X.sum(axis=1, keepdims=True)
    P = np.linalg.matrix_power(dense_walk(KERNELS["a"]), t)
    np.testing.assert_allclose(found, (1 - amount) * X + amount * n * (P @ (X / n)), atol=1e-10)
    np.testing.assert_allclose(found.sum(axis=1), X.sum(axis=1))


def test_an_empty_sample_expects_no_counts():
    X = np.vstack([np.zeros((1, 4)), np.ones((N - 1, 4))])
    found = on_count_scale(JOINED.operator, X.sum(axis=1)) @ X
    np.testing.assert_array_equal(found[0], 0)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("power", "amount", "scale", "selects", "expected"),
    [
        (None, None, "normalised", True, Smoother(OWN, 2, 0.4)),
        (None, None, "counts", True, Smoother(INTEGRATED, 3, 0.9)),
        (None, CROSS_VALIDATED, "normalised", False, Smoother(OWN, 2, 0.4)),
        (None, None, "normalised", False, Smoother()),
        (3, None, "normalised", True, Smoother(t=3)),
        (None, 1.0, "counts", True, Smoother()),
        (2, 0.5, "normalised", True, Smoother(t=2, amount=0.5)),
    ],
)
def test_what_is_asked_for(power, amount, scale, selects, expected):
    assert requested_smoother(power, amount, scale, lambda: SELECTED, selects) == expected


def test_nothing_is_selected_unless_it_is_asked_for():
    def fails():
        raise AssertionError("selected")

    assert requested_smoother(2, None, "normalised", fails, True) == Smoother(t=2)
    assert requested_smoother(None, 0.3, "normalised", fails, True) == Smoother(amount=0.3)


@pytest.mark.parametrize(
    ("power", "amount", "scale", "error", "message"),
    [
        (None, 1.5, "normalised", ValueError, "from 0 to 1, found 1.5"),
        (None, float("nan"), "normalised", ValueError, "from 0 to 1, found nan"),
        (None, True, "normalised", TypeError, "a number from 0 to 1 or 'cross_validated'"),
        (None, "much", "normalised", ValueError, "amount: expected one of 'cross_validated', found 'much'"),
        (None, None, "logs", ValueError, "scale: expected one of 'normalised', 'counts'"),
        (2, CROSS_VALIDATED, "normalised", ValueError, "power: expected none beside amount"),
        (-1, None, "normalised", ValueError, "power: expected at least 0"),
    ],
)
def test_bad_requests(power, amount, scale, error, message):
    with pytest.raises(error, match=message):
        requested_smoother(power, amount, scale, lambda: SELECTED, True)


def test_a_record_without_a_selected_smoother():
    assert stored_smoother(None, None, "normalised", None, "rna") == Smoother()
    with pytest.raises(ValueError, match="a smoother of 'rna' in the record, found none; integrate with"):
        stored_smoother(None, CROSS_VALIDATED, "normalised", None, "rna")


def test_it_reads_well():
    assert [str(Smoother(OWN, 2, 0.7)), str(Smoother()), str(Smoother(amount=0.0))] == ["0.3 X + 0.7 P² X", "J X", "X"]
