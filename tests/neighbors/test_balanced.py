"""Batch-balanced neighbours against a dense computation from the definition, and what a batch effect does to them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.neighbors import KNeighborsTransformer

from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.neighbors import ApproximateSearch, BatchBalancedSearch, ExactSearch
from integrated_diffusion.neighbors import between as BETWEEN
from integrated_diffusion.neighbors.between import nearest_among


def dense_balanced(X, codes, n_neighbors):
    """Comparable distances of every pair that is a neighbour in its batch, `(n, n)`; infinite elsewhere."""
    D, n = cdist(X, X), len(X)
    np.fill_diagonal(D, np.inf)
    batches = np.unique(codes)
    each = max(3, int(np.ceil(n_neighbors / len(batches))))
    scales, neighbors = np.full((n, len(batches)), np.inf), {}
    for i in range(n):
        for b, batch in enumerate(batches):
            members = [j for j in np.flatnonzero(codes == batch) if j != i]
            nearest = sorted(members, key=lambda j: (D[i, j], j))[:each]
            neighbors[i, b] = nearest
            if nearest:
                scales[i, b] = D[i, nearest[(len(nearest) - 1) // 2]]
    numbers = np.searchsorted(batches, codes)
    share = np.zeros((n, len(batches)))
    width = [max(len(neighbors[i, b]) for i in range(n)) for b in range(len(batches))]
    for (i, b), nearest in neighbors.items():
        a = numbers[i]
        share[i, b] = sum(D[i, j] <= max(scales[j, a], scales[i, a]) for j in nearest) / width[b]
    trust = np.zeros((n, len(batches)))
    for i in range(n):
        near = neighbors[i, numbers[i]]
        near = near + [i] * (width[numbers[i]] - len(near))  # a missing neighbour is the sample itself
        trust[i] = np.clip((share[near].mean(axis=0) - 0.2) / 0.2, 0, 1)
    result = np.full((n, n), np.inf)
    for (i, b), nearest in neighbors.items():
        a = numbers[i]
        for j in nearest:
            result[i, j] = D[i, j]
            if b != a:
                strict = max(scales[i, a], scales[j, b], min(scales[i, b], scales[j, a]))
                both = min(trust[i, b], trust[j, a])
                result[i, j] *= scales[i, a] / (strict ** (1 - both) * max(scales[i, b], strict) ** both)
    return result


def as_dense(neighbors):
    result = np.full((neighbors.n_samples, neighbors.n_samples), np.inf)
    rows = np.repeat(np.arange(neighbors.n_samples), neighbors.n_neighbors).reshape(neighbors.indices.shape)
    found = np.isfinite(neighbors.distances)
    result[rows[found], neighbors.indices[found]] = neighbors.distances[found]
    return result


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    sizes=st.lists(st.integers(4, 20), min_size=2, max_size=4),
    n_neighbors=st.integers(1, 25),
    is_sparse=st.booleans(),
)
def test_distances_are_those_of_the_definition(seed, sizes, n_neighbors, is_sparse):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    X = rng.standard_normal((len(codes), 3)) + codes[:, None]
    found = BatchBalancedSearch(codes)(sp.csr_array(X) if is_sparse else X, n_neighbors)
    np.testing.assert_allclose(as_dense(found), dense_balanced(X, codes, n_neighbors), rtol=1e-9)
    assert (np.diff(found.distances, axis=1)[np.isfinite(found.distances[:, 1:])] >= 0).all()


@pytest.mark.parametrize(
    "search",
    [ExactSearch(), ApproximateSearch(), KNeighborsTransformer()],
    ids=["exact", "approximate", "transformer"],
)
def test_every_search_can_be_balanced(search):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 300)
    X = rng.standard_normal((300, 4)) + 2 * codes[:, None]
    found, expected = as_dense(BatchBalancedSearch(codes, search)(X, 12)), dense_balanced(X, codes, 12)
    alike = np.isclose(found, expected, rtol=1e-9)[np.isfinite(expected)]
    assert alike.mean() >= (0.97 if isinstance(search, ApproximateSearch) else 1.0)


def test_other_searches_are_refused():
    with pytest.raises(TypeError, match="seek neighbours in every batch, found function"):
        BatchBalancedSearch(np.array([0, 0, 1, 1]), lambda X, k, n: None)(np.arange(4.0)[:, None], 2)


def test_every_sample_needs_a_batch():
    with pytest.raises(ValueError, match="the batch of each of 5 samples, found 4"):
        BatchBalancedSearch(np.array([0, 0, 1, 1]))(np.arange(5.0)[:, None], 2)


def test_approximate_search_reaches_the_recall_among_samples_of_another_batch():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 6_000)
    centres = rng.standard_normal((10, 12)) * 3
    X = centres[rng.integers(0, 10, 6_000)] + rng.standard_normal((6_000, 12)) + codes[:, None]
    members = np.flatnonzero(codes == 1)
    exact = nearest_among(X, members, 10, ExactSearch())
    found = nearest_among(X, members, 10, ApproximateSearch())
    recall = np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(exact.indices, found.indices, strict=True)])
    assert recall >= 0.985
    assert not (found.indices == np.arange(6_000)[:, None]).any()


def test_threads_do_not_change_the_bits(monkeypatch):
    monkeypatch.setattr(BETWEEN, "EXACT_PAIRS", 0)  # approximate
    rng = np.random.default_rng(0)
    codes, X = rng.integers(0, 3, 3_000), rng.standard_normal((3_000, 8))
    one, two = (BatchBalancedSearch(codes)(X, 12, n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.indices, two.indices)
    np.testing.assert_array_equal(one.distances, two.distances)


def across(X, codes, search):
    """Share of each sample's affinities that go to other batches."""
    K = AlphaDecayKernel(n_neighbors=10)(search(X, 30))
    outside = K.multiply(codes[:, None] != codes[None, :])
    return np.asarray(outside.sum(axis=1) / K.sum(axis=1)).ravel()


def test_a_shift_of_a_whole_batch_is_bridged():
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], 300)
    X = np.column_stack([rng.standard_normal((600, 6)), 8 * codes + 0.1 * rng.standard_normal(600)])
    assert across(X, codes, ExactSearch()).mean() < 0.01
    assert across(X, codes, BatchBalancedSearch(codes)).mean() > 0.2


def test_without_a_batch_effect_no_affinity_across_batches_is_lost():
    rng = np.random.default_rng(0)
    codes, X = rng.integers(0, 2, 600), rng.standard_normal((600, 6))
    plain, balanced = across(X, codes, ExactSearch()).mean(), across(X, codes, BatchBalancedSearch(codes)).mean()
    assert plain - 0.02 < balanced < 0.55


def test_a_type_that_one_batch_alone_has_is_not_forced_into_the_other():
    """Types A and B in both batches, C in the second alone, far from both."""
    rng = np.random.default_rng(0)
    types = np.concatenate([np.repeat([0, 1], 150), np.repeat([0, 1, 2], 150)])
    codes = np.repeat([0, 1], [300, 450])
    X = np.column_stack([rng.standard_normal((750, 6)), 4 * codes + 0.1 * rng.standard_normal(750)])
    X[:, 0] += 12.0 * types
    share = across(X, codes, BatchBalancedSearch(codes))
    assert share[types < 2].mean() > 0.2
    assert share[types == 2].max() < 1e-6


def test_copies_stay_at_distance_zero():
    X = np.repeat(np.arange(4.0), 8)[:, None]
    codes = np.tile([0, 1], 16)
    found = BatchBalancedSearch(codes)(X, 6)
    assert np.isfinite(found.distances).all()
    assert (found.distances == 0).all()
