"""Filters against matrix powers and dense eigendecompositions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion.filters import ChebyshevFilter, EigenFilter, PowerFilter
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import Workspace, workspace
from integrated_diffusion.operators.build import diffusion_operator

RNG = np.random.default_rng(0)
N = 120
OPERATOR = diffusion_operator(RNG.standard_normal((N, 3)), AlphaDecayKernel(n_neighbors=5, decay=6))
P = OPERATOR.toarray()
DEGREES = OPERATOR.degrees
ROOT = np.sqrt(DEGREES)
VALUES, VECTORS = np.linalg.eigh(ROOT[:, None] * P / ROOT)
X = RNG.standard_normal((N, 4)) * (RNG.uniform(size=(N, 4)) < 0.7)

RESPONSES = {
    "heat": lambda x: np.exp(-5 * (1 - x)),
    "slow heat": lambda x: np.exp(-40 * (1 - x)),
    "high-pass": lambda x: 1 - x,
    "band-pass": lambda x: x**2 * (1 - x),
    "tikhonov": lambda x: 1 / (1 + 10 * (1 - x)),
    "constant": np.ones_like,
}


def kink(x):
    return np.maximum(x - 0.3, 0)


def dense_filter(response, features, keep=None):
    """`h(P) X = D^-1/2 V h(L) V^T D^1/2 X`, on all eigenvectors or on some."""
    at = slice(None) if keep is None else keep
    V = VECTORS[:, at]
    return (V * response(VALUES[at])) @ (V.T @ (ROOT[:, None] * features)) / ROOT[:, None]


def weighted_norm(features):
    """The norm in which the operator is symmetric, of each feature."""
    return np.sqrt(DEGREES @ np.square(features))


def leading(n):
    return np.argsort(-np.abs(VALUES))[:n]


def dense(block):
    return block.toarray() if sp.issparse(block) else block


def test_the_oracle_itself():
    assert VALUES.min() < 0
    np.testing.assert_allclose(dense_filter(lambda x: x**3, X), P @ P @ P @ X, atol=1e-12)


@pytest.mark.parametrize("t", [0, 1, 2, 7, 30])
def test_power(t):
    expected = np.linalg.matrix_power(P, t) @ X
    np.testing.assert_allclose(PowerFilter(t)(OPERATOR, X), expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(PowerFilter(t)(OPERATOR, X[:, 0]), expected[:, 0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(dense(PowerFilter(t)(OPERATOR, sp.csr_array(X))), expected, rtol=0, atol=1e-13)
    single = PowerFilter(t)(OPERATOR, X.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, rtol=0, atol=1e-5)


def test_power_of_a_product():
    J = OPERATOR**2 @ OPERATOR.T
    np.testing.assert_allclose(PowerFilter(2)(J, X), np.linalg.matrix_power(P @ P @ P.T, 2) @ X, rtol=0, atol=1e-12)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-6, 1e-10])
@pytest.mark.parametrize("name", RESPONSES)
def test_polynomial_keeps_its_stated_error(name, tolerance):
    chebyshev = ChebyshevFilter(RESPONSES[name], tolerance)
    assert chebyshev.error <= tolerance
    off = weighted_norm(chebyshev(OPERATOR, X) - dense_filter(RESPONSES[name], X))
    assert (off <= chebyshev.error * weighted_norm(X) + 1e-12 * weighted_norm(X)).all()


def test_a_kink_needs_many_products():
    rough, fine = ChebyshevFilter(kink, 1e-2), ChebyshevFilter(kink, 1e-3)
    assert 16 < len(rough.coefficients) < len(fine.coefficients) <= 1025
    for chebyshev in (rough, fine):
        off = weighted_norm(chebyshev(OPERATOR, X) - dense_filter(kink, X))
        assert (off <= chebyshev.error * weighted_norm(X)).all()


@pytest.mark.parametrize("form", [np.asarray, np.float32, lambda X: X[:, 0], sp.csr_array])
def test_a_polynomial_has_the_same_bits_in_every_workspace(form, monkeypatch):
    monkeypatch.setattr(workspace, "CACHE_BYTES", 64)  # rows are permuted
    operator, chebyshev, features = OPERATOR, ChebyshevFilter(RESPONSES["heat"]), form(X)
    before = dense(features).copy()
    plain = chebyshev(operator, features, operator.workspace_for(features, Workspace))
    np.testing.assert_array_equal(dense(chebyshev(operator, features)), dense(plain))
    np.testing.assert_array_equal(dense(features), before)


@pytest.mark.parametrize("response", [RESPONSES["heat"], RESPONSES["slow heat"], kink])
def test_stated_error_is_that_of_the_polynomial(response):
    """Neither smaller than the truth on another grid, nor needlessly large."""
    chebyshev = ChebyshevFilter(response, 1e-2)
    x = RNG.uniform(-1, 1, 40_000)
    k = np.arange(len(chebyshev.coefficients))
    error = np.abs(np.cos(np.outer(np.arccos(x), k)) @ chebyshev.coefficients - response(x)).max()
    assert 0.9 * chebyshev.error <= error <= chebyshev.error * 1.01


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
def test_any_polynomial_is_exact(coefficients):
    def response(x):
        return np.polynomial.polynomial.polyval(x, coefficients)

    chebyshev = ChebyshevFilter(response, tolerance=1e-9)
    assert len(chebyshev.coefficients) == 9
    np.testing.assert_allclose(chebyshev(OPERATOR, X), dense_filter(response, X), rtol=0, atol=1e-11)


def test_degree_stops_at_its_largest():
    chebyshev = ChebyshevFilter(RESPONSES["heat"], tolerance=1e-4, max_degree=11)
    assert len(chebyshev.coefficients) == 12
    assert len(ChebyshevFilter(RESPONSES["high-pass"], max_degree=1).coefficients) == 2
    message = r"response: expected an error of at most 1e-06 with 5 products, found .*; smooth the function"
    with pytest.raises(ValueError, match=message):
        ChebyshevFilter(RESPONSES["slow heat"], max_degree=5)(OPERATOR, X)


@pytest.mark.parametrize("filtering", [ChebyshevFilter(RESPONSES["heat"], 1e-9), EigenFilter(RESPONSES["heat"], N)])
@pytest.mark.parametrize("kind", [np.asarray, np.float32, sp.csr_array, sp.csc_array, sp.coo_array, "vector", "whole"])
def test_blocks_of_every_kind(filtering, kind):
    features = X if kind != "whole" else np.round(10 * X)
    expected = dense_filter(RESPONSES["heat"], features)
    block = {"vector": lambda: features[:, 0], "whole": lambda: features.astype(int)}.get(
        kind, lambda: kind(features)
    )()
    filtered = filtering(OPERATOR, block)
    assert filtered.dtype == (np.float32 if kind is np.float32 else np.float64)
    if kind == "vector":
        expected = expected[:, 0]
    accuracy = 1e-5 if kind is np.float32 else 1e-7
    np.testing.assert_allclose(dense(filtered), expected, rtol=0, atol=accuracy)
    if isinstance(filtering, ChebyshevFilter):
        assert sp.issparse(filtered) == sp.issparse(block)


@pytest.mark.parametrize("n_eigenpairs", [1, 5, 40, 500])
@pytest.mark.parametrize("name", ["heat", "high-pass"])
def test_leading_eigenpairs_only(name, n_eigenpairs):
    expected = dense_filter(RESPONSES[name], X, leading(n_eigenpairs))
    np.testing.assert_allclose(EigenFilter(RESPONSES[name], n_eigenpairs)(OPERATOR, X), expected, rtol=0, atol=1e-11)


def test_low_pass_needs_few_eigenpairs():
    def low_pass(x):
        return (x > 0.8).astype(float)

    n_kept = int((np.abs(VALUES) > 0.8).sum())
    assert 1 < n_kept < 60
    np.testing.assert_allclose(
        EigenFilter(low_pass, n_kept)(OPERATOR, X), dense_filter(low_pass, X), rtol=0, atol=1e-11
    )


def test_leading_eigenpairs_of_a_large_operator():
    """Found by iteration; the heat kernel leaves nothing of the others."""
    line = np.sort(RNG.uniform(size=700))[:, None]
    operator = diffusion_operator(line, AlphaDecayKernel(n_neighbors=20, decay=4))
    features = RNG.standard_normal((700, 2)).astype(np.float32)

    def heat(x):
        return np.exp(-200 * (1 - np.abs(x)))

    root = np.sqrt(operator.degrees)[:, None]
    values, vectors = np.linalg.eigh(operator.conjugate.toarray())
    expected = (vectors * heat(values)) @ (vectors.T @ (root * features)) / root
    found = EigenFilter(heat, 40)(operator, features)
    assert found.dtype == np.float32
    assert heat(np.sort(np.abs(values))[-41]) < 1e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    again = EigenFilter(heat, 40)(operator, features)
    assert np.array_equal(found, again)


@pytest.mark.parametrize("filtering", [ChebyshevFilter(RESPONSES["heat"]), EigenFilter(RESPONSES["heat"])])
@pytest.mark.parametrize("operator", [OPERATOR @ OPERATOR, OPERATOR.T, 0.5 * OPERATOR + 0.5 * OPERATOR, OPERATOR**0])
def test_only_one_views_operator_has_real_eigenvalues(filtering, operator):
    with pytest.raises(TypeError, match=r"filter: expected one view's DiffusionOperator, .* use PowerFilter"):
        filtering(operator, X)


@pytest.mark.parametrize(
    "response",
    [
        lambda x: np.where(x > 0.99, np.inf, x),
        lambda x: np.where(x > 0.99, np.nan, x),
        lambda x: 1.0,
        lambda x: x[:-1],
    ],
)
@pytest.mark.parametrize("make", [ChebyshevFilter, EigenFilter])
def test_responses_that_are_none(make, response):
    message = "response: expected a finite value for every eigenvalue"
    with pytest.raises(ValueError, match=message):
        make(response)(OPERATOR, X)


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: PowerFilter(-1), ValueError, "t: expected at least 0, found -1"),
        (lambda: PowerFilter(1.5), TypeError, "t: expected a whole number, found 1.5"),
        (
            lambda: ChebyshevFilter(kink, tolerance=0),
            ValueError,
            "tolerance: expected a finite number above 0, found 0",
        ),
        (lambda: ChebyshevFilter(kink, max_degree=0), ValueError, "max_degree: expected at least 1, found 0"),
        (lambda: EigenFilter(kink, 0), ValueError, "n_eigenpairs: expected at least 1, found 0"),
        (lambda: EigenFilter(kink, 2.0), TypeError, "n_eigenpairs: expected a whole number, found 2.0"),
        (lambda: ChebyshevFilter(kink, 1e-2)(OPERATOR, X[:-1]), ValueError, "@: expected a block with 120 rows"),
    ],
)
def test_mistakes(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
