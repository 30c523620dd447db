"""Workspaces: the plain and the compiled one give the same bits, whatever the order of rows, threads and buffers."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.operators import (
    Diagonal,
    DiffusionOperator,
    Identity,
    Operator,
    ReorderedOperator,
    Workspace,
    blocks,
    numba_workspace,
    product_kernel,
    workspace,
)
from integrated_diffusion.operators.numba_workspace import NumbaWorkspace
from integrated_diffusion.operators.row_order import RowOrder, breadth_first_in_pieces

KINDS = [Workspace, NumbaWorkspace]
DTYPES = [np.float32, np.float64]
N = 300


def graph(seed, n=N, n_neighbors=5):
    """A symmetric graph of neighbours on a line, its samples shuffled."""
    rng = np.random.default_rng(seed)
    at = rng.permutation(n)
    near = sp.diags_array([rng.uniform(0.1, 1, n - k) for k in range(1, n_neighbors + 1)], offsets=range(1, 6))
    K = sp.csr_array(near + near.T + sp.eye_array(n))[at][:, at]
    return sp.csr_array(K)


@pytest.fixture
def far(monkeypatch):
    """No block fits into the cache, and threads get a few rows each."""
    monkeypatch.setattr(workspace, "CACHE_BYTES", 64)
    monkeypatch.setattr(numba_workspace, "_PRODUCTS", 500)
    monkeypatch.setattr(numba_workspace, "_ROWS", 70)
    monkeypatch.setattr(workspace, "PIECE", 40)


def test_a_view_of_an_image_is_not_overwritten_by_the_next(far):
    """The array that a reference count sees is not the memory that a view keeps."""
    apply = ReorderedOperator(DiffusionOperator(graph(0)), 5)
    a, b = np.random.default_rng(0).standard_normal((2, N, 5))
    image = apply(a)
    view = image[:, :4]
    kept = view.copy()
    del image
    apply(b)
    np.testing.assert_array_equal(view, kept)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [*range(1, 18), 21, 30, 31, 40, 47, 50, 62, 63, 97, 127, 200])
@pytest.mark.parametrize("ordered", [False, True])
def test_a_product_has_the_bits_of_scipys(kind, dtype, width, ordered):
    K, rng = graph(0), np.random.default_rng(1)
    block = rng.standard_normal((N, width)).astype(dtype)
    left, right = rng.uniform(0.5, 2, (2, N))
    held = kind(kind.row_order(K) if ordered else None)
    matrix = held.matrix(held.pattern(K), K, left, right, np.dtype(dtype))
    of_row, of_column = left[np.repeat(np.arange(N), np.diff(K.indptr))], right[K.indices]
    weighted = sp.csr_array(((of_row * of_column * K.data).astype(dtype), K.indices, K.indptr), shape=K.shape)
    np.testing.assert_array_equal(held.unpermute(held.multiply(matrix, held.permute(block))), weighted @ block)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 5, 64, 103])
def test_the_loop_without_intrinsics_has_the_same_bits(dtype, width):
    K, rng = graph(0), np.random.default_rng(1)
    block, values = rng.standard_normal((N, width)).astype(dtype), K.data.astype(dtype)
    out = np.empty_like(block)
    product_kernel.multiply_rows_plain(K.indptr, K.indices, values, block, out)
    np.testing.assert_array_equal(out, sp.csr_array((values, K.indices, K.indptr), shape=K.shape) @ block)


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
    "lazy random walk": lambda P, Q: Diagonal(np.linspace(0, 1, N)) @ P + Diagonal(np.linspace(1, 0, N)),
    "both orders": lambda P, Q: (0.5 * (P @ Q) + 0.5 * (Q @ P)) ** 2,
    "with an identity": lambda P, Q: 0.5 * Identity(N) + 0.5 * P,
}


@pytest.mark.parametrize("make", J.values(), ids=J)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_bit_depends_on_workspace_order_or_threads(make, dtype, far, monkeypatch):
    block = np.random.default_rng(3).standard_normal((N, 7)).astype(dtype)
    before = block.copy()
    found = [make(*(DiffusionOperator(graph(s), "P", n_jobs) for s in (0, 1))) @ block for n_jobs in (1, 2, 3)]
    monkeypatch.setattr(workspace, "CACHE_BYTES", 2**30)
    near = make(*(DiffusionOperator(graph(s)) for s in (0, 1)))
    plain = near.apply(block, near.workspace_for(block, Workspace))
    for product in [*found, near @ block]:
        np.testing.assert_array_equal(product, plain)
    np.testing.assert_array_equal(block, before)
    matrix = near.toarray()
    np.testing.assert_allclose(plain, matrix @ block, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", J.values(), ids=J)
def test_results_are_not_overwritten(make, kind, far):
    operator = make(*(DiffusionOperator(graph(seed)) for seed in (0, 1)))
    X, Y = np.random.default_rng(4).standard_normal((2, N, 5))
    own = operator.workspace_for(X, kind)
    first = operator.apply(X, own)
    kept, given = first.copy(), X.copy()
    for _ in range(3):
        operator.apply(Y, own)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(X, given)


@pytest.mark.parametrize("kind", KINDS)
def test_few_buffers_for_many_steps(kind, far, monkeypatch):
    P, made = DiffusionOperator(graph(0)), []
    allocate = kind._allocate
    monkeypatch.setattr(kind, "_allocate", lambda self, *asked: made.append(1) or allocate(self, *asked))
    J, X = (0.5 * P + 0.5 * P @ P) ** 20, np.ones((N, 4))
    own = J.workspace_for(X, kind)
    J.apply(X, own)
    assert len(made) <= 5  # the permuted block, two in turn for the power, and two for the sum
    first = len(made)
    J.apply(X, own)
    assert len(made) <= first + 1  # the result of the first application, which is the user's


@pytest.mark.parametrize("kind", KINDS)
def test_buffers_are_handed_out_again_once_they_are_given_back(kind):
    own = kind()
    buffer = own.take((N, 3), np.float32)
    assert own.take((N, 3), np.float32) is not buffer
    own.give_back(buffer)
    assert own.take((N, 3), np.float64) is not buffer
    assert own.take((N, 3), np.float32) is buffer
    own.give_back(buffer)
    with pytest.raises(ValueError, match="give_back: expected a block in use, found one given back before"):
        own.give_back(buffer)


def test_a_workspace_keeps_few_buffers():
    own = NumbaWorkspace()
    tracemalloc.start()
    for width in range(1, 40):
        own.give_back(own.take((10_000, width), np.float64))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 4 * 10_000 * 40 * 8


def test_blocks_that_cannot_be_reused_are_not_kept():
    own, block = Workspace(), np.ones((4, 6))
    own.give_back(block[:, ::2], np.broadcast_to(np.float64(0), (4, 6)), sp.csr_array(block))
    assert own.take((4, 3), np.float64).flags.c_contiguous
    assert own.take((4, 6), np.float64).flags.writeable


OPERATIONS = {
    "permute": lambda w, X, Y, Q, c: w.permute(X),
    "unpermute": lambda w, X, Y, Q, c: w.unpermute(X),
    "copy": lambda w, X, Y, Q, c: w.copy(X, np.float32),
    "scale_rows": lambda w, X, Y, Q, c: w.scale_rows(np.abs(Q[:, 0]), X),
    "scale": lambda w, X, Y, Q, c: w.scale(0.3, X),
    "add_scaled": lambda w, X, Y, Q, c: w.add_scaled(X, 0.7, Y),
    "gram": lambda w, X, Y, Q, c: w.gram(X, Y),
    "combine": lambda w, X, Y, Q, c: w.combine(Q, c),
    "subtract_projection": lambda w, X, Y, Q, c: w.subtract_projection(X, Q, c),
    "project_out": lambda w, X, Y, Q, c: w.project_out(Q, X),
    "chebyshev_first": lambda w, X, Y, Q, c: w.chebyshev_first(X, Y, 2 / 0.9),
    "chebyshev_next": lambda w, X, Y, Q, c: w.chebyshev_next(X, Y, Y[::-1].copy(), 4 / 0.9),
    "lanczos_subtract_previous": lambda w, X, Y, Q, c: (
        w.lanczos_subtract_previous(X, Y, Y[::-1].copy(), np.abs(c[0]), c[1]),
        X,
    ),
    "lanczos_subtract_current": lambda w, X, Y, Q, c: (w.lanczos_subtract_current(X, Y, c[0]), X),
}

EXPECTED = {
    "permute": lambda o, X, Y, Q, c: X[o.samples],
    "unpermute": lambda o, X, Y, Q, c: X[np.argsort(o.samples)],
    "copy": lambda o, X, Y, Q, c: X,
    "scale_rows": lambda o, X, Y, Q, c: np.abs(Q[o.samples, :1]) * X,
    "scale": lambda o, X, Y, Q, c: 0.3 * X,
    "add_scaled": lambda o, X, Y, Q, c: X + 0.7 * Y,
    "gram": lambda o, X, Y, Q, c: X.T @ Y,
    "combine": lambda o, X, Y, Q, c: Q @ c,
    "subtract_projection": lambda o, X, Y, Q, c: X - Q @ c,
    "project_out": lambda o, X, Y, Q, c: X - Q @ (Q.T @ X),
    "chebyshev_first": lambda o, X, Y, Q, c: 2 / 0.9 * X - Y,
    "chebyshev_next": lambda o, X, Y, Q, c: 4 / 0.9 * X - 2 * Y - Y[::-1],
    "lanczos_subtract_previous": lambda o, X, Y, Q, c: (
        ((X * np.abs(c[0]) - Y[::-1] * c[1]) * Y * np.abs(c[0])).sum(axis=0),
        X * np.abs(c[0]) - Y[::-1] * c[1],
    ),
    "lanczos_subtract_current": lambda o, X, Y, Q, c: (((X - Y * c[0]) ** 2).sum(axis=0), X - Y * c[0]),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 6])
def test_operations_have_the_same_bits_in_every_workspace(operation, dtype, width, far, monkeypatch):
    monkeypatch.setattr(blocks, "_CHUNK_ROWS", 64)
    rng, order = np.random.default_rng(7), RowOrder(np.random.default_rng(8).permutation(N).astype(np.int32))
    X, Y = rng.standard_normal((2, N, width)).astype(dtype)
    Q = np.linalg.qr(rng.standard_normal((N, 5)))[0].astype(dtype)
    c = rng.standard_normal((5, width))
    found = []
    for held in (Workspace(order), NumbaWorkspace(order, 1), NumbaWorkspace(order, 3)):
        outcome = OPERATIONS[operation](held, X.copy(), Y.copy(), Q.copy(), c)
        found.append(outcome if isinstance(outcome, tuple) else (outcome,))
    expected = EXPECTED[operation](order, *(part.astype(np.float64) for part in (X, Y, Q)), c)
    expected = expected if isinstance(expected, tuple) else (expected,)
    rounding = 1e-12 if dtype == np.float64 and operation != "copy" else 1e-4
    for plain, one, three, exact in zip(*found, expected, strict=True):
        np.testing.assert_allclose(plain, exact, rtol=0, atol=rounding)
        np.testing.assert_array_equal(one, plain)
        np.testing.assert_array_equal(three, plain)


def test_patterns_and_orders_are_the_same_in_every_workspace(far):
    K = graph(0)
    order = Workspace.row_order(K)
    np.testing.assert_array_equal(NumbaWorkspace.row_order(K).samples, order.samples)
    for held in (None, order):
        plain, compiled = Workspace(held).pattern(K), NumbaWorkspace(held).pattern(K)
        np.testing.assert_array_equal(compiled.starts, plain.starts)
        np.testing.assert_array_equal(compiled.columns, plain.columns)
        assert compiled.columns.dtype == plain.columns.dtype == np.int32


def test_a_kernel_is_dropped_when_both_sides_are_there(far):
    P, K = DiffusionOperator(graph(0)), graph(0)
    X = np.random.default_rng(0).standard_normal((N, 3))
    image = P @ X
    assert "kernel" in P.__dict__
    other = P.T @ X
    assert "kernel" not in P.__dict__
    degrees = K.sum(axis=1)[:, None]
    np.testing.assert_allclose(image, K @ X / degrees, rtol=0, atol=1e-13)
    np.testing.assert_allclose(other, K @ (X / degrees), rtol=0, atol=1e-13)
    assert abs(P.kernel - K).max() == 0
    np.testing.assert_array_equal(P @ X, image)


@pytest.mark.parametrize("form", [np.asfortranarray, lambda X: np.repeat(X, 2, axis=1)[:, ::2], lambda X: X[:, 0]])
def test_a_block_in_any_form(form, far):
    P, X = DiffusionOperator(graph(0)), form(np.random.default_rng(5).standard_normal((N, 6)))
    np.testing.assert_allclose(P @ X, P.toarray() @ X, rtol=0, atol=1e-13)
    np.testing.assert_allclose(X.T @ P, X.T @ P.toarray(), rtol=0, atol=1e-13)


def test_a_factor_that_knows_the_samples_gets_them_in_their_order(far):
    """A new kind of factor can ignore that a workspace permutes rows."""

    class Reversal(Operator):
        n_samples = N

        def _apply(self, block, workspace):
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
def test_every_sample_has_one_position(seed, n, density, size):
    rng = np.random.default_rng(seed)
    K = sp.random_array((n, n), density=density, rng=rng)
    K = sp.csr_array(K + K.T + sp.eye_array(n))
    samples = breadth_first_in_pieces(K.indptr, K.indices, size)
    assert sorted(samples) == list(range(n))
    order = RowOrder(samples)
    np.testing.assert_array_equal(order.samples[order.positions], np.arange(n))


def test_neighbours_come_close(monkeypatch):
    monkeypatch.setattr(workspace, "PIECE", 50)
    K = graph(0, n=1_000)
    positions = NumbaWorkspace.row_order(K).positions
    entries = sp.coo_array(K)
    apart = np.abs(entries.row - entries.col).mean()
    assert np.abs(positions[entries.row] - positions[entries.col]).mean() < apart / 20
