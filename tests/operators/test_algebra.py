"""The operator algebra against dense matrices."""

from __future__ import annotations

import pickle
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import svds

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators import (
    DiffusionOperator,
    Identity,
    Operator,
    Power,
    Product,
    WeightedSum,
    power,
    product,
)
from oracles import dense_walk

N = 23
ROUNDING = {np.float32: 3e-6, np.float64: 1e-13}


def affinities(seed, n=N):
    rng = np.random.default_rng(seed)
    K = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < 0.3)
    return K + K.T + np.eye(n)


K_RNA, K_ATAC = affinities(0), affinities(1)
RNA, ATAC = (DiffusionOperator(sp.csr_array(K), name) for K, name in ((K_RNA, "rna"), (K_ATAC, "atac")))
P, Q = dense_walk(K_RNA), dense_walk(K_ATAC)
OPERATORS = {
    "one view": (RNA, P),
    "power": (RNA**3, P @ P @ P),
    "product": (RNA**3 @ ATAC**2, P @ P @ P @ Q @ Q),
    "sum": (0.3 * RNA + 0.7 * ATAC, 0.3 * P + 0.7 * Q),
    "transpose": (RNA.T, P.T),
    "transposed product": ((RNA**2 @ ATAC).T, (P @ P @ Q).T),
    "power of a product": ((RNA @ ATAC) ** 2, P @ Q @ P @ Q),
    "product of sums": ((0.5 * RNA + 0.5 * ATAC) @ RNA, (P + Q) @ P / 2),
    "power of a sum": ((0.5 * RNA + 0.5 * ATAC) ** 2, (P + Q) @ (P + Q) / 4),
    "product with a transpose": (RNA.T @ ATAC, P.T @ Q),
    "sum of products": (RNA @ ATAC + ATAC @ RNA, P @ Q + Q @ P),
    "identity": (RNA**0, np.eye(N)),
    "sum with the identity": (0.5 * RNA**0 + 0.5 * RNA, (np.eye(N) + P) / 2),
}


def blocks(dtype):
    rng = np.random.default_rng(2)
    X = rng.standard_normal((N, 5)) * (rng.uniform(size=(N, 5)) < 0.6)
    X = X.astype(dtype)
    return {
        "matrix": X,
        "vector": X[:, 0].copy(),
        "column-major": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=1)[:, ::2],
        "no columns": X[:, :0],
        "csr": sp.csr_array(X),
        "csc": sp.csc_array(X),
        "coo matrix": sp.coo_matrix(X),
    }


def dense(block):
    return (block.toarray() if sp.issparse(block) else np.asarray(block)).astype(np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", blocks(np.float64))
@pytest.mark.parametrize("case", OPERATORS)
def test_applied_from_either_side(case, kind, dtype):
    operator, matrix = OPERATORS[case]
    X = blocks(dtype)[kind]
    before = dense(X)
    left, right = operator @ X, X.T @ operator
    assert left.dtype == right.dtype == dtype
    assert sp.issparse(left) == sp.issparse(right) == sp.issparse(X)
    np.testing.assert_allclose(dense(left), matrix @ before, rtol=0, atol=ROUNDING[dtype])
    np.testing.assert_allclose(dense(right), before.T @ matrix, rtol=0, atol=ROUNDING[dtype])
    np.testing.assert_allclose(dense(operator.T @ X), matrix.T @ before, rtol=0, atol=ROUNDING[dtype])
    assert np.array_equal(dense(X), before)


@pytest.mark.parametrize("case", OPERATORS)
def test_formed(case):
    operator, matrix = OPERATORS[case]
    assert operator.shape == (N, N)
    np.testing.assert_allclose(operator.toarray(), matrix, rtol=0, atol=1e-13)
    np.testing.assert_allclose(operator.T.toarray(), matrix.T, rtol=0, atol=1e-13)


@pytest.mark.parametrize("case", ["one view", "product", "sum", "power of a product", "power of a sum"])
def test_rows_sum_to_one(case):
    operator, _ = OPERATORS[case]
    np.testing.assert_allclose(operator @ np.ones(N), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(operator @ np.ones(N, np.float32), 1, rtol=0, atol=2e-6)


def test_one_view_keeps_its_parts():
    np.testing.assert_allclose(RNA.degrees, K_RNA.sum(axis=1))
    np.testing.assert_allclose(RNA.matrix.toarray(), P, atol=1e-15)
    d = K_RNA.sum(axis=1)
    np.testing.assert_allclose(RNA.conjugate.toarray(), K_RNA / np.sqrt(np.outer(d, d)), atol=1e-15)


def test_numbers_that_are_not_floats():
    whole = np.random.default_rng(0).integers(-9, 9, (N, 3))
    assert (RNA @ whole).dtype == np.float64
    np.testing.assert_allclose(RNA @ whole, P @ whole, atol=1e-13)
    np.testing.assert_allclose(RNA @ (whole > 0), P @ (whole > 0), atol=1e-13)
    np.testing.assert_allclose(RNA @ whole.tolist(), P @ whole, atol=1e-13)
    np.testing.assert_allclose(whole.T.tolist() @ RNA, whole.T @ P, atol=1e-13)


def trees_of_operations():
    leaves = st.sampled_from(["rna", "atac", "identity"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.just("@"), inner, inner),
            st.tuples(st.just("+"), inner, inner),
            st.tuples(st.just("**"), inner, st.integers(0, 3)),
            st.tuples(st.just("T"), inner),
        ),
        max_leaves=6,
    )


def grow(tree):
    """The operator and the matrix that a tree of operations describes."""
    if isinstance(tree, str):
        return {"rna": (RNA, P), "atac": (ATAC, Q), "identity": (Identity(N), np.eye(N))}[tree]
    operation, *parts = tree
    if operation == "**":
        operator, matrix = grow(parts[0])
        return operator ** parts[1], np.linalg.matrix_power(matrix, parts[1])
    (operator, matrix), *others = map(grow, parts)
    if operation == "T":
        return operator.T, matrix.T
    ((other, other_matrix),) = others
    if operation == "@":
        return operator @ other, matrix @ other_matrix
    return 0.25 * operator + 0.75 * other, 0.25 * matrix + 0.75 * other_matrix


@settings(deadline=None, max_examples=120)
@given(trees_of_operations())
def test_any_expression_means_its_matrix(tree):
    operator, matrix = grow(tree)
    scale = max(1.0, np.abs(matrix).max())
    np.testing.assert_allclose(operator.toarray(), matrix, rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(operator.T.toarray(), matrix.T, rtol=0, atol=1e-12 * scale)
    again = pickle.loads(pickle.dumps(operator))
    assert repr(again) == repr(operator)
    assert np.array_equal(again.toarray(), operator.toarray())


@settings(deadline=None, max_examples=60)
@given(trees_of_operations(), trees_of_operations(), trees_of_operations())
def test_products_are_associative(a, b, c):
    (A, _), (B, _), (C, _) = map(grow, (a, b, c))
    one, other = (A @ B) @ C, A @ (B @ C)
    assert repr(one) == repr(other)
    np.testing.assert_allclose(one.toarray(), other.toarray(), rtol=1e-12, atol=1e-13)
    X = np.random.default_rng(0).standard_normal((N, 2))
    np.testing.assert_allclose(one @ X, A @ (B @ (C @ X)), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("operator", "formula"),
    [
        (RNA, "rna"),
        (RNA**1, "rna"),
        (RNA**0, "1"),
        (RNA**3 @ ATAC**2, "rna³ · atac²"),
        (RNA @ ATAC, "rna · atac"),
        (RNA**10, "rna¹⁰"),
        (0.5 * RNA + 0.5 * ATAC, "0.5 rna + 0.5 atac"),
        (1 / 3 * RNA + 2 / 3 * ATAC, "0.33 rna + 0.67 atac"),
        (0.0123 * RNA + 1.236 * ATAC, "0.012 rna + 1.24 atac"),
        (RNA * 0.25 + ATAC * 0.75, "0.25 rna + 0.75 atac"),
        (RNA + ATAC, "rna + atac"),
        (0.5 * (0.5 * RNA + 0.5 * ATAC) + 0.5 * (RNA @ ATAC), "0.25 rna + 0.25 atac + 0.5 rna · atac"),
        ((RNA**3 @ ATAC**2) ** 2, "(rna³ · atac²)²"),
        ((0.5 * RNA + 0.5 * ATAC) ** 2, "(0.5 rna + 0.5 atac)²"),
        ((0.5 * RNA + 0.5 * ATAC) @ RNA, "(0.5 rna + 0.5 atac) · rna"),
        (RNA.T, "rnaᵀ"),
        ((RNA @ ATAC).T, "(rna · atac)ᵀ"),
        ((RNA**2).T, "(rna²)ᵀ"),
        ((RNA + ATAC).T, "(rna + atac)ᵀ"),
        (RNA.T**2, "(rnaᵀ)²"),
        (RNA.T @ RNA, "rnaᵀ · rna"),
    ],
)
def test_reads_like_the_formula(operator, formula):
    assert repr(operator) == str(operator) == formula


def test_formulas_are_rounded_and_weights_are_not():
    J = 1 / 3 * RNA + 2 / 3 * ATAC
    assert [weight for weight, _ in J.terms] == [1 / 3, 2 / 3]


def test_equal_neighbours_merge_and_identities_vanish():
    assert repr(RNA @ RNA @ RNA**2 @ ATAC) == "rna⁴ · atac"
    assert repr((RNA @ ATAC) @ (ATAC @ RNA)) == "rna · atac² · rna"
    assert repr((RNA**2) ** 3) == "rna⁶"
    assert isinstance((RNA**2) ** 3, Power)
    assert RNA @ Identity(N) is RNA
    assert repr(RNA @ Identity(N) @ RNA) == "rna²"
    assert isinstance(product(Identity(N), Identity(N)), Identity)
    assert isinstance(Identity(N) ** 5, Identity)
    assert product(RNA) is RNA
    assert RNA.T.T is RNA
    assert isinstance(RNA @ ATAC @ RNA, Product)
    assert len((RNA @ ATAC @ RNA).factors) == 3
    # Two operators of one name stay two.
    twin = DiffusionOperator(sp.csr_array(K_ATAC), "rna")
    assert repr(RNA @ twin) == "rna · rna"


def test_the_identity_returns_a_block_of_its_own():
    X = np.ones((N, 2))
    (RNA**0 @ X)[:] = 0
    assert X.all()


def test_no_large_matrix_is_formed():
    with pytest.raises(ValueError, match=r"expected at most 22 samples, found 23 \(0\.0 GB\); .*max_samples"):
        RNA.toarray(max_samples=22)
    large = DiffusionOperator(sp.eye_array(5_001, format="csr"))
    with pytest.raises(ValueError, match=r"expected at most 5000 samples, found 5001 \(0\.2 GB\)"):
        large.toarray()


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: RNA @ np.ones(N + 1), ValueError, r"@: expected a block with 23 rows, found shape \(24,\)"),
        (lambda: RNA @ np.ones((2, N)), ValueError, r"found shape \(2, 23\)"),
        (lambda: np.ones((N, 2)) @ RNA, ValueError, r"found shape \(2, 23\)"),
        (lambda: RNA @ np.ones((N, 2, 2)), ValueError, r"found shape \(23, 2, 2\)"),
        (lambda: RNA @ sp.csr_array(np.ones((2, N))), ValueError, r"found shape \(2, 23\)"),
        (lambda: RNA @ np.array(["a"] * N), TypeError, "@: expected real numbers, found <U1"),
        (lambda: RNA @ np.ones(N, complex), TypeError, "@: expected real numbers, found complex128"),
        (lambda: RNA**-1, ValueError, "expected at least 0 steps, found -1"),
        (lambda: RNA**1.5, TypeError, "expected a whole number of steps, found 1.5"),
        (lambda: RNA**True, TypeError, "expected a whole number of steps, found True"),
        (lambda: -1 * RNA, ValueError, "weight: expected a finite number of at least 0, found -1.0"),
        (lambda: np.nan * RNA, ValueError, "weight: expected a finite number of at least 0, found nan"),
        (lambda: RNA + 1, TypeError, "unsupported operand"),
        (lambda: product(), ValueError, "product: expected at least one operator, found none"),
    ],
)
def test_mistakes(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


@pytest.mark.parametrize("join", [lambda A, B: A @ B, lambda A, B: A + B, lambda A, B: 0.5 * A + 0.5 * B])
def test_operators_on_other_samples_do_not_combine(join):
    other = DiffusionOperator(sp.eye_array(N + 1, format="csr"))
    with pytest.raises(ValueError, match=r"expected the same samples in all, found \[23, 24\]"):
        join(RNA, other)


@pytest.mark.parametrize(
    ("kernel", "error", "message"),
    [
        (np.eye(3), TypeError, "kernel: expected a sparse matrix, found ndarray"),
        (sp.csr_array(np.ones((2, 3))), ValueError, r"kernel: expected a square matrix, found \(2, 3\)"),
        (sp.csr_array([[1, np.nan], [np.nan, 1]]), ValueError, "kernel: expected finite affinities"),
        (sp.csr_array([[1, np.inf], [np.inf, 1]]), ValueError, "kernel: expected finite affinities"),
        (sp.csr_array([[1, -0.1], [-0.1, 1]]), ValueError, "kernel: expected finite affinities of at least 0"),
        (sp.csr_array([[1, 0.5], [0.4, 1]]), ValueError, "kernel: expected a symmetric matrix"),
        (sp.csr_array([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]]), ValueError, r"found 2 empty rows \(first 1\)"),
    ],
)
def test_invalid_kernels(kernel, error, message):
    with pytest.raises(error, match=message) as caught:
        DiffusionOperator(kernel)
    assert "\n" not in str(caught.value)


def test_kernels_of_any_sparse_format_and_type():
    for kernel in (sp.coo_matrix(K_RNA), sp.csc_array(K_RNA), sp.csr_array(np.ones((2, 2), dtype=int))):
        operator = DiffusionOperator(kernel)
        np.testing.assert_allclose(operator.toarray(), dense_walk(kernel.toarray()), atol=1e-15)
    single = sp.csr_array(K_RNA.astype(np.float32))
    np.testing.assert_allclose(DiffusionOperator(single).toarray(), P, atol=1e-6)


def test_solvers_take_it():
    J = RNA**3 @ ATAC**2
    start = np.random.default_rng(0).standard_normal(N)
    found = svds(J.as_linear_operator(), k=4, v0=start, return_singular_vectors=False)
    expected = np.linalg.svd(P @ P @ P @ Q @ Q, compute_uv=False)[:4]
    np.testing.assert_allclose(np.sort(found)[::-1], expected, rtol=1e-10)
    as_scipy = J.as_linear_operator()
    np.testing.assert_allclose(as_scipy.rmatmat(np.eye(N)), (P @ P @ P @ Q @ Q).T, atol=1e-13)
    np.testing.assert_allclose(as_scipy.rmatvec(start), (P @ P @ P @ Q @ Q).T @ start, atol=1e-13)


def test_pickled_without_what_can_be_computed_again():
    operator = DiffusionOperator(sp.csr_array(K_RNA), "rna")
    operator.conjugate  # noqa: B018 - fills the cache
    operator @ np.ones(N, np.float32)
    assert set(pickle.loads(pickle.dumps(operator)).__dict__) == {"name", "_affinities", "n_jobs"}


def test_added_affinities_are_not_kept_beside_the_kernel_and_survive_pickling():
    weights = np.random.default_rng(0).uniform(size=(2, N))
    added = DiffusionOperator.weighted_with([RNA, ATAC], weights, "both")
    directed = sum(np.diag(w) @ (K - np.diag(K.diagonal())) for w, K in zip(weights, (K_RNA, K_ATAC), strict=True))
    own = (weights[0] * K_RNA.diagonal() + weights[1] * K_ATAC.diagonal()) / weights.sum(axis=0)
    np.testing.assert_allclose(added.kernel.toarray(), (directed + directed.T) / 2 + np.diag(own), rtol=1e-14)
    np.testing.assert_allclose(added.affinities.directed.toarray(), directed, rtol=1e-14)
    assert not any(isinstance(value, Affinities) for value in added.__dict__.values())
    again = pickle.loads(pickle.dumps(added))
    assert (again.n_samples, repr(again)) == (N, "both")
    np.testing.assert_array_equal(again.toarray(), added.toarray())


def test_never_a_dense_matrix_of_all_samples():
    n = 20_000
    bands = [np.full(n - k, 0.5**k) for k in range(1, 8)]
    K = sp.diags_array([np.ones(n), *bands, *bands], offsets=[0, *range(1, 8), *range(-1, -8, -1)], format="csr")
    operator, other = DiffusionOperator(K), DiffusionOperator(K.copy())
    X = np.random.default_rng(0).standard_normal((n, 10)).astype(np.float32)
    tracemalloc.start()
    J = (operator**3 @ (0.5 * operator + 0.5 * other) @ other**2) ** 2
    J @ X, J.T @ X
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The kernel in float32 and a handful of blocks; a dense matrix would take 1,600 MB even in float32.
    assert peak < 20e6


@given(n=st.integers(1, 30), density=st.floats(0, 0.2), seed=st.integers(0, 1000))
def test_samples_lie_in_one_component_if_a_path_connects_them(n, density, seed):
    rng = np.random.default_rng(seed)
    K = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < density)
    K = K + K.T + np.eye(n)
    component_labels = DiffusionOperator(sp.csr_array(K)).component_labels
    reached = np.linalg.matrix_power((K > 0).astype(float), n) > 0
    assert np.array_equal(component_labels[:, None] == component_labels, reached)
    assert sorted(set(component_labels.tolist())) == list(range(component_labels.max() + 1))


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(N)))
def test_permuted_samples_permute_the_result(order):
    order = np.array(order)
    J = RNA**3 @ (0.5 * RNA + 0.5 * ATAC)
    p, q = (DiffusionOperator(sp.csr_array(K[np.ix_(order, order)])) for K in (K_RNA, K_ATAC))
    X = np.random.default_rng(0).standard_normal((N, 3))
    np.testing.assert_allclose((p**3 @ (0.5 * p + 0.5 * q)) @ X[order], (J @ X)[order], rtol=0, atol=1e-13)


def test_power_and_a_new_kind_of_factor():
    """A subclass only says how to apply itself; the algebra does the rest."""

    class Reversal(Operator):
        n_samples = N

        def _apply(self, block, workspace):
            return block[::-1]

        _apply_transposed = _apply

        def _formula(self):
            return "R"

    R, matrix = Reversal(), np.eye(N)[::-1]
    np.testing.assert_allclose((RNA @ R @ ATAC.T).toarray(), P @ matrix @ Q.T, atol=1e-14)
    assert repr(power(R, np.int64(2)) @ RNA) == "R² · rna"
    assert isinstance(0.5 * R + 0.5 * RNA, WeightedSum)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_scale_of_a_kernel_is_free(dtype):
    K = sp.csr_array([[1.0, 0.5], [0.5, 2.0]])
    block = np.array([1.0, 3.0], dtype=dtype)
    for factor in (1e-50, 1e50):
        np.testing.assert_allclose(DiffusionOperator(K * factor) @ block, DiffusionOperator(K) @ block, rtol=1e-6)


def test_an_operator_does_not_change_with_the_matrix_it_was_made_from():
    K = sp.csr_array([[1.0, 0.5], [0.5, 2.0]])
    P = DiffusionOperator(K)
    K.data[:] = 7
    np.testing.assert_allclose(P @ np.ones(2), 1)


def test_sum_and_the_message_for_a_wrong_product():
    P, Q = (DiffusionOperator(sp.csr_array([[1.0, x], [x, 2.0]]), name) for x, name in ((0.5, "P"), (0.1, "Q")))
    assert repr(sum([0.5 * P, 0.5 * Q])) == "0.5 P + 0.5 Q"
    with pytest.raises(TypeError, match="multiply with @"):
        P * Q
