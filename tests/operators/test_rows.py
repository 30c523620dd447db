"""The hot loop: whatever the order of the rows, the threads and the arrays, not one bit of a product changes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.operators import Diagonal, DiffusionOperator, Identity, Operator, matrix, rows
from integrated_diffusion.operators.matrix import Pattern
from integrated_diffusion.operators.rows import RowOrder, Rows

N = 300


def graph(seed, n=N, n_neighbors=5):
    """A symmetric graph of neighbours on a line whose samples come in any order."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(n)
    near = sp.diags_array([rng.uniform(0.1, 1, n - k) for k in range(1, n_neighbors + 1)], offsets=range(1, 6))
    K = sp.csr_array(near + near.T + sp.eye_array(n))[at][:, at]
    return sp.csr_array(K)


@pytest.fixture
def far(monkeypatch):
    """No block fits into the cache, and threads are handed a few rows each."""
    monkeypatch.setattr(rows, "FITS_CACHE", 64)
    monkeypatch.setattr(matrix, "_CHUNK", 500)
    monkeypatch.setattr(matrix, "_FILLED", 70)
    monkeypatch.setattr(rows, "_PIECE", 40)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 3, 8, 30, 127, 200])
@pytest.mark.parametrize("ordered", [False, True])
def test_a_product_has_the_bits_of_scipys(dtype, width, ordered):
    K, rng = graph(0), np.random.default_rng(1)
    block = rng.standard_normal((N, width)).astype(dtype)
    left, right = rng.uniform(0.5, 2, (2, N))
    held = Rows(RowOrder.along(K) if ordered else None)
    matrix = Pattern.of(K, held.order).filled(K, left, right, np.dtype(dtype))
    of_row, of_column = left[np.repeat(np.arange(N), np.diff(K.indptr))], right[K.indices]
    weighed = sp.csr_array(((of_row * of_column * K.data).astype(dtype), K.indices, K.indptr), shape=K.shape)
    np.testing.assert_array_equal(held.release(matrix.times(held.bring(block), held)), weighed @ block)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [2.0**-400, 2.0**400])
def test_the_scale_of_a_kernel_does_not_matter(dtype, scale):
    block = np.random.default_rng(4).standard_normal((N, 3)).astype(dtype)
    for make in (J["one view"], J["transposed"], J["conjugate"]):
        scaled, plain = (make(DiffusionOperator(sp.csr_array(graph(0) * s)), None) for s in (scale, 1.0))
        np.testing.assert_array_equal(scaled @ block, plain @ block)


def test_a_conjugate_is_symmetric_to_the_bit():
    A = DiffusionOperator(graph(0)).conjugate.toarray()
    np.testing.assert_array_equal(A, A.T)


J = {
    "one view": lambda P, Q: P,
    "transposed": lambda P, Q: P.T,
    "conjugate": lambda P, Q: P.conjugate,
    "power": lambda P, Q: P**3,
    "product": lambda P, Q: P**2 @ Q,
    "the other side": lambda P, Q: (P**2 @ Q).T,
    "sum": lambda P, Q: 0.3 * P + 0.7 * Q,
    "lazy": lambda P, Q: Diagonal(np.linspace(0, 1, N)) @ P + Diagonal(np.linspace(1, 0, N)),
    "both orders": lambda P, Q: (0.5 * (P @ Q) + 0.5 * (Q @ P)) ** 2,
    "with an identity": lambda P, Q: 0.5 * Identity(N) + 0.5 * P,
}


@pytest.mark.parametrize("make", J.values(), ids=J)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_bit_depends_on_order_or_threads(make, dtype, far, monkeypatch):
    block = np.random.default_rng(3).standard_normal((N, 7)).astype(dtype)
    before = block.copy()
    found = [make(*(DiffusionOperator(graph(s), "P", n_jobs) for s in (0, 1))) @ block for n_jobs in (1, 2, 3)]
    monkeypatch.setattr(rows, "FITS_CACHE", 2**30)
    near = make(*(DiffusionOperator(graph(s)) for s in (0, 1)))
    for product in found:
        np.testing.assert_array_equal(product, near @ block)
    np.testing.assert_array_equal(block, before)
    matrix = near.toarray()
    np.testing.assert_allclose(found[0], matrix @ block, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)


def test_results_are_not_written_into_again(far):
    P, Q = (DiffusionOperator(graph(seed)) for seed in (0, 1))
    walk = P**2 @ Q @ P
    X, Y = np.random.default_rng(4).standard_normal((2, N, 5))
    first = walk @ X
    kept = first.copy()
    walk @ Y
    np.testing.assert_array_equal(first, kept)


def test_few_arrays_for_many_steps(far, monkeypatch):
    P, made = DiffusionOperator(graph(0)), []
    monkeypatch.setattr(rows, "_empty_like", lambda block: made.append(1) or np.zeros_like(block))
    P**20 @ np.ones((N, 4))
    assert len(made) <= 3  # the one that was brought, and two in turn


@pytest.mark.parametrize("form", [np.asfortranarray, lambda X: np.repeat(X, 2, axis=1)[:, ::2], lambda X: X[:, 0]])
def test_a_block_in_any_form(form, far):
    P, X = DiffusionOperator(graph(0)), form(np.random.default_rng(5).standard_normal((N, 6)))
    np.testing.assert_allclose(P @ X, P.toarray() @ X, rtol=0, atol=1e-13)
    np.testing.assert_allclose(X.T @ P, X.T @ P.toarray(), rtol=0, atol=1e-13)


def test_a_factor_that_knows_the_samples_gets_them_in_their_order(far):
    """Whoever writes a new kind of factor need not know that rows are ever held otherwise."""

    class Reversal(Operator):
        n_samples = N

        def _apply(self, block, rows):
            return block[::-1]

        _apply_transposed = _apply

        def _formula(self):
            return "R"

    P, R, X = DiffusionOperator(graph(0)), Reversal(), np.random.default_rng(6).standard_normal((N, 3))
    matrix = P.toarray()
    np.testing.assert_allclose((P @ R @ P) @ X, matrix @ (matrix @ X)[::-1], rtol=0, atol=1e-13)
    kept = X.copy()
    np.testing.assert_allclose((0.5 * P + 0.5 * R) @ X, (matrix @ X + X[::-1]) / 2, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(X, kept)


@given(st.integers(0, 2**16), st.integers(1, 60), st.floats(0, 0.3), st.integers(1, 70))
def test_every_sample_has_one_place(seed, n, density, size):
    rng = np.random.default_rng(seed)
    K = sp.random_array((n, n), density=density, rng=rng)
    K = sp.csr_array(K + K.T + sp.eye_array(n))
    samples = rows._piece_by_piece(K.indptr, K.indices, size)
    assert sorted(samples) == list(range(n))
    order = RowOrder(samples)
    np.testing.assert_array_equal(order.samples[order.places], np.arange(n))


def test_neighbours_come_close(monkeypatch):
    monkeypatch.setattr(rows, "_PIECE", 50)
    K = graph(0, n=1_000)
    places = RowOrder.along(K).places
    entries = sp.coo_array(K)
    apart = np.abs(entries.row - entries.col).mean()
    assert np.abs(places[entries.row] - places[entries.col]).mean() < apart / 20
