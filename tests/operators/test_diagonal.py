"""Weights of samples against dense diagonal matrices."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.operators import Diagonal, DiffusionOperator
from oracles import dense_walk

N = 17
ROUNDING = {np.float32: 2e-6, np.float64: 1e-14}


def affinities(seed):
    rng = np.random.default_rng(seed)
    K = rng.uniform(size=(N, N)) * (rng.uniform(size=(N, N)) < 0.3)
    return K + K.T + np.eye(N)


K_RNA, K_ATAC = affinities(0), affinities(1)
RNA, ATAC = DiffusionOperator(sp.csr_array(K_RNA), "rna"), DiffusionOperator(sp.csr_array(K_ATAC), "atac")
P, Q = dense_walk(K_RNA), dense_walk(K_ATAC)
WEIGHTS = np.append(np.random.default_rng(2).uniform(0, 3, N - 2), [0.0, 1.0])
SHARES = st.lists(st.floats(0, 1), min_size=N, max_size=N)


def dense(block):
    return (block.toarray() if sp.issparse(block) else np.asarray(block)).astype(np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", [lambda X: X[:, 0].copy(), np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array])
def test_applied_from_either_side(form, dtype):
    rng = np.random.default_rng(3)
    X = form((rng.standard_normal((N, 4)) * (rng.uniform(size=(N, 4)) < 0.6)).astype(dtype))
    D, matrix, before = Diagonal(WEIGHTS), np.diag(WEIGHTS), dense(X)
    left, right = D @ X, X.T @ D
    assert left.dtype == right.dtype == dtype
    assert sp.issparse(left) == sp.issparse(right) == sp.issparse(X)
    np.testing.assert_allclose(dense(left), matrix @ before, rtol=0, atol=ROUNDING[dtype])
    np.testing.assert_allclose(dense(right), before.T @ matrix, rtol=0, atol=ROUNDING[dtype])
    np.testing.assert_allclose(dense(D.T @ X), matrix.T @ before, rtol=0, atol=ROUNDING[dtype])
    assert np.array_equal(dense(X), before)


def test_formed():
    D = Diagonal(WEIGHTS)
    assert D.shape == (N, N)
    assert np.array_equal(D.toarray(), np.diag(WEIGHTS))
    assert np.array_equal(D.T.toarray(), np.diag(WEIGHTS))
    assert np.array_equal(pickle.loads(pickle.dumps(D)).toarray(), D.toarray())


def test_the_given_weights_may_change_later():
    weights = WEIGHTS.copy()
    D = Diagonal(weights)
    weights[:] = 0
    assert np.array_equal(D.weights, WEIGHTS)


@pytest.mark.parametrize(
    ("operator", "matrix"),
    [
        (Diagonal(WEIGHTS) @ RNA, np.diag(WEIGHTS) @ P),
        (RNA @ Diagonal(WEIGHTS), P @ np.diag(WEIGHTS)),
        (0.5 * Diagonal(WEIGHTS) + 0.5 * RNA, (np.diag(WEIGHTS) + P) / 2),
        (Diagonal(WEIGHTS) ** 3, np.diag(WEIGHTS**3)),
        ((Diagonal(WEIGHTS) @ RNA**2) ** 2, np.linalg.matrix_power(np.diag(WEIGHTS) @ P @ P, 2)),
        (RNA @ Diagonal(WEIGHTS) @ ATAC, P @ np.diag(WEIGHTS) @ Q),
    ],
    ids=repr,
)
def test_a_factor_like_any_other(operator, matrix):
    np.testing.assert_allclose(operator.toarray(), matrix, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(operator.T.toarray(), matrix.T, rtol=1e-12, atol=1e-13)


@given(SHARES)
def test_weights_that_sum_to_one_give_a_mixture_at_every_sample(shares):
    share = np.array(shares)
    J = Diagonal(share) @ RNA + Diagonal(1 - share) @ ATAC
    np.testing.assert_allclose(J.toarray(), share[:, None] * P + (1 - share)[:, None] * Q, rtol=0, atol=1e-14)
    np.testing.assert_allclose(J @ np.ones(N), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(J @ np.ones(N, np.float32), 1, rtol=0, atol=2e-6)


@given(SHARES)
def test_a_lazy_random_walk_stays_where_its_weight_is_small(shares):
    w = np.array(shares)
    lazy = Diagonal(w) @ RNA + Diagonal(1 - w)
    matrix = lazy.toarray()
    np.testing.assert_allclose(matrix, np.diag(w) @ P + np.diag(1 - w), rtol=0, atol=1e-14)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=0, atol=1e-14)
    assert np.array_equal(matrix[w == 0], np.eye(N)[w == 0])


@pytest.mark.parametrize(
    ("operator", "formula"),
    [
        (Diagonal(WEIGHTS), "w"),
        (Diagonal(WEIGHTS, "D") @ RNA, "D · rna"),
        (Diagonal(WEIGHTS, "D") @ RNA + Diagonal(WEIGHTS, "E"), "D · rna + E"),
        (Diagonal(WEIGHTS, "D").T, "D"),
        (Diagonal(WEIGHTS, "D") ** 2, "D²"),
    ],
)
def test_reads_like_the_formula(operator, formula):
    assert repr(operator) == formula


@pytest.mark.parametrize(
    "weights",
    [[1.0, np.nan], [1.0, -1e-9], [1.0, np.inf], [[1.0, 2.0]], 1.0, np.ones((3, 1))],
    ids=["nan", "negative", "infinite", "row", "number", "column"],
)
def test_invalid_weights(weights):
    with pytest.raises(ValueError, match="weights: expected"):
        Diagonal(weights)


def test_other_samples_are_rejected():
    with pytest.raises(ValueError, match=r"expected the same samples in all, found \[17, 3\]"):
        RNA @ Diagonal([1.0, 2.0, 3.0])
