"""Weighted sums of sparse matrices against scipy and dense numpy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from integrated_diffusion.kernels import sums
from integrated_diffusion.kernels.sums import weighted_sum, weighted_total


def drawn(seed: int, shape: tuple[int, int], density: float = 0.3) -> sp.csr_array:
    """A matrix some of whose stored values are zero, and some negative."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, 3, size=shape) * rng.random(shape)
    places = rng.random(shape) < density
    rows, columns = np.nonzero(places)
    return sp.csr_array((values[places], (rows, columns)), shape=shape)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(0, 12), st.booleans())
def test_sum_and_diagonal_against_dense(seed: int, n_rows: int, n_more: int, with_diagonal: bool) -> None:
    rng = np.random.default_rng(seed)
    shape = n_rows, n_rows + n_more
    A, B = drawn(seed, shape), drawn(seed + 1, shape, density=0.1)
    left, right = rng.random((2, n_rows))
    first = int(rng.integers(0, n_more + 1))
    expected = left[:, None] * A.toarray() + right[:, None] * B.toarray()
    own = rng.integers(0, 2, n_rows) * 1.5
    if with_diagonal:
        expected[np.arange(n_rows), first + np.arange(n_rows)] = own
    found = weighted_sum(A, B, left, right, own if with_diagonal else None, first)
    np.testing.assert_array_equal(found.toarray(), expected)
    assert all((np.diff(found.indices[a:b]) > 0).all() for a, b in zip(found.indptr, found.indptr[1:], strict=False))
    assert found.nnz == np.count_nonzero(expected) + (np.count_nonzero(own == 0) if with_diagonal else 0)


def test_same_bits_as_scipy_whatever_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "_ROWS", 7)
    A = abs(drawn(3, (200, 200)))
    half = np.full(200, 0.5)
    expected = sp.csr_array(A + A.T) * 0.5
    for n_jobs in (1, 2, 5):
        found = weighted_sum(A, sp.csr_array(A.T), half, half, n_jobs=n_jobs)
        for one, other in ((found.data, expected.data), (found.indices, expected.indices)):
            np.testing.assert_array_equal(one, other)


def test_columns_in_any_order_and_doubled_are_added_and_left_as_they_are() -> None:
    A = sp.csr_array((np.array([1.0, 2.0, 4.0, 8.0]), np.array([3, 0, 3, 1]), np.array([0, 3, 4])), shape=(2, 4))
    ones = np.ones(2)
    found = weighted_sum(A, A, ones, 2 * ones)
    np.testing.assert_array_equal(found.toarray(), [[6, 0, 0, 15], [0, 24, 0, 0]])
    np.testing.assert_array_equal(A.indices, [3, 0, 3, 1])


def test_single_precision_is_added_in_double() -> None:
    A, B = drawn(5, (40, 40)).astype(np.float32), drawn(6, (40, 40)).astype(np.float32)
    w = np.random.default_rng(0).random((2, 40))
    found = weighted_sum(A, B, *w)
    expected = w[0][:, None] * A.toarray().astype(float) + w[1][:, None] * B.toarray().astype(float)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found.toarray(), expected)


@pytest.mark.parametrize("n_matrices", [1, 2, 4])
def test_total_of_several_matrices(n_matrices: int) -> None:
    matrices = [drawn(seed, (25, 25)) for seed in range(n_matrices)]
    weights = np.random.default_rng(1).random((n_matrices, 25))
    expected = sum(w[:, None] * A.toarray() for A, w in zip(matrices, weights, strict=True))
    np.testing.assert_allclose(weighted_total(matrices, list(weights)).toarray(), expected, atol=1e-15)
