"""Operators of views that lack samples, and means over measured samples, against dense matrices."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator
from integrated_diffusion.operators.embedded import measured_of
from integrated_diffusion.operators.mean import MeanOperator

N = 15
MASKS = st.lists(st.booleans(), min_size=N, max_size=N).filter(any).map(np.array)


def operator_of(n, seed=0, anisotropy=1.0, own=1.0, symmetrisation="mean"):
    rng = np.random.default_rng(seed)
    A = rng.uniform(size=(n, n)) * (rng.uniform(size=(n, n)) < 0.4)
    np.fill_diagonal(A, 0)
    return DiffusionOperator.of(Affinities(sp.csr_array(A), symmetrisation, anisotropy, own), "rna")


def dense_embedded(P, measured):
    """The identity, with the view's own matrix at the samples that it has measured."""
    whole = np.eye(len(measured))
    whole[np.ix_(measured, measured)] = P
    return whole


@given(MASKS, st.sampled_from([0.0, 1.0]), st.sampled_from(["mean", "mutual"]))
def test_the_view_where_it_measured_and_the_identity_elsewhere(measured, anisotropy, symmetrisation):
    inner = operator_of(int(measured.sum()), 1, anisotropy, symmetrisation=symmetrisation)
    P = EmbeddedOperator(inner, measured)
    expected = dense_embedded(inner.toarray(), measured)
    np.testing.assert_allclose(P.toarray(), expected, rtol=0, atol=1e-15)
    X = np.random.default_rng(2).standard_normal((N, 3))
    np.testing.assert_allclose(P @ X, expected @ X, rtol=0, atol=1e-14)
    np.testing.assert_allclose(P.T @ X, expected.T @ X, rtol=0, atol=1e-14)
    assert P.n_samples == N
    assert repr(P) == "rna"


def test_the_measured_samples_alone_have_the_same_bits():
    measured = np.arange(N) % 3 > 0
    inner = operator_of(int(measured.sum()), 3, own=np.linspace(0.5, 1.5, int(measured.sum())))
    back = EmbeddedOperator(inner, measured).on_measured
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(back.kernel, part), getattr(inner.kernel, part))


def test_permuted_and_pickled_operators_know_what_was_measured():
    measured = np.arange(N) % 3 > 0
    P = EmbeddedOperator(operator_of(int(measured.sum())), measured)
    permutation = np.random.default_rng(4).permutation(N)
    moved = P.permuted(permutation)
    np.testing.assert_array_equal(moved.measured, measured[permutation])
    np.testing.assert_allclose(moved.toarray(), P.toarray()[np.ix_(permutation, permutation)], rtol=0, atol=1e-15)
    copied = pickle.loads(pickle.dumps(P))
    np.testing.assert_array_equal(copied.measured, measured)
    np.testing.assert_array_equal(copied.toarray(), P.toarray())
    assert measured_of(operator_of(N)) is None
    assert measured_of(P) is P.measured


def test_another_number_of_samples_is_refused():
    with pytest.raises(ValueError, match="measured: expected 4 samples, those of rna, found 15; give the mask"):
        EmbeddedOperator(operator_of(4), np.ones(N, dtype=bool))


@given(MASKS)
def test_the_mean_over_measured_samples(measured):
    mean = MeanOperator(measured)
    dense = np.tile(measured / measured.sum(), (N, 1))
    X = np.random.default_rng(5).standard_normal((N, 3))
    for block in (X, X[:, 0], X.astype(np.float32)):
        found = mean @ block
        assert found.dtype == block.dtype
        np.testing.assert_allclose(found, dense @ block, rtol=0, atol=1e-6 if block.dtype == np.float32 else 1e-14)
        np.testing.assert_allclose(mean.T @ block, dense.T @ block, rtol=0, atol=1e-5)
    np.testing.assert_allclose(mean @ sp.csr_array(X), dense @ X, rtol=0, atol=1e-14)
    assert repr(mean) == "mean"
