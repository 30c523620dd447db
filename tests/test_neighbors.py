"""Neighbours against scikit-learn's, and against a plain sort of all distances where there are ties."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits, make_blobs
from sklearn.neighbors import KNeighborsTransformer, NearestNeighbors

from integrated_diffusion.neighbors import (
    EXACT_SAMPLES,
    ApproximateSearch,
    ExactSearch,
    Neighbors,
    find_neighbors,
    pair_distances,
    rank,
)

CLOUD = np.random.default_rng(0).standard_normal((300, 8))
N_CLUSTERED = 12_000


@pytest.fixture(scope="module")
def clustered():
    """Above the size of exact search: tight clusters of very different sizes and densities."""
    X, _ = make_blobs(
        [4_000, 3_000, 2_500, 1_500, 700, 300],
        n_features=20,
        cluster_std=[0.2, 1.0, 3.0, 0.05, 1.0, 2.0],
        random_state=0,
    )
    return X.astype(np.float32)


def in_order(X, n_neighbors):
    """Every other sample by distance, ties by index: distances from differences, as they are defined."""
    X = np.asarray(X, dtype=np.float64)
    D = cdist(X, X)
    np.fill_diagonal(D, np.inf)
    order = np.argsort(D, axis=1, kind="stable")[:, :n_neighbors]
    return order, np.take_along_axis(D, order, axis=1)


def assert_valid(neighbors, n_samples, n_neighbors):
    assert neighbors.indices.shape == neighbors.distances.shape == (n_samples, n_neighbors)
    assert (neighbors.n_samples, neighbors.n_neighbors) == (n_samples, n_neighbors)
    assert neighbors.indices.dtype == np.int32
    assert neighbors.distances.dtype == np.float64
    assert not (neighbors.indices == np.arange(n_samples)[:, None]).any()
    assert (np.diff(neighbors.distances, axis=1) >= 0).all()
    assert (np.diff(np.sort(neighbors.indices, axis=1), axis=1) > 0).all()


def assert_equal_bits(one, other):
    assert np.array_equal(one.indices, other.indices)
    assert np.array_equal(one.distances, other.distances)


@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array, sp.csr_matrix, np.float32, np.asfortranarray])
def test_exact_is_scikit_learns(convert):
    X = convert(np.where(CLOUD > -0.3, CLOUD, 0))
    expected = NearestNeighbors(n_neighbors=12, algorithm="brute").fit(X).kneighbors()
    found = find_neighbors(X, 12)
    assert_valid(found, 300, 12)
    assert np.array_equal(found.indices, expected[1])
    np.testing.assert_allclose(found.distances, expected[0], rtol=1e-6 if X.dtype == np.float32 else 1e-10)


def test_all_others_and_the_only_other():
    found = find_neighbors(CLOUD[:20], 19)
    assert np.array_equal(found.indices, in_order(CLOUD[:20], 19)[0])
    pair = find_neighbors(np.array([[0.0], [3.0]]), 1)
    assert pair.indices.tolist() == [[1], [0]]
    assert pair.distances.tolist() == [[3.0], [3.0]]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=5, max_size=12),
    st.integers(1, 4),
    st.sampled_from([np.asarray, sp.csr_array]),
)
def test_ties_fall_to_the_lower_index(points, n_neighbors, convert):
    X = np.array(points, dtype=np.float64)
    found = find_neighbors(convert(X), n_neighbors)
    order, distances = in_order(X, n_neighbors)
    assert np.array_equal(found.indices, order)
    assert np.array_equal(found.distances, distances)


def test_duplicates_are_at_distance_zero_exactly():
    X = np.repeat(CLOUD[:40] * 1e3 + 0.1, 3, axis=0)
    for found in (find_neighbors(X, 2), find_neighbors(X.astype(np.float32), 2), ApproximateSearch()(X, 2)):
        assert (found.distances == 0).all()
        assert np.array_equal(np.sort(found.indices // 3, axis=1), np.repeat(np.arange(120) // 3, 2).reshape(-1, 2))
    # More copies than a shortlist holds, with the sample itself perhaps not among them.
    many = find_neighbors(np.repeat(CLOUD[:3], 60, axis=0), 5)
    assert_valid(many, 180, 5)
    assert (many.distances == 0).all()
    assert np.array_equal(many.indices // 60, np.repeat(np.arange(180) // 60, 5).reshape(-1, 5))


def test_constant_view():
    found = find_neighbors(np.full((30, 4), 7.3), 6)
    assert_valid(found, 30, 6)
    assert (found.distances == 0).all()


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e9])
@pytest.mark.parametrize("search", [ExactSearch(), ApproximateSearch()])
def test_far_from_the_origin(search, offset):
    X = CLOUD + offset
    found = search(X, 10)
    order, distances = in_order(X, 10)
    assert np.array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e6, 1e12])
@pytest.mark.parametrize("search", [ExactSearch(), ApproximateSearch()])
def test_in_any_unit(search, scale):
    found = search(CLOUD * scale, 10)
    order, distances = in_order(CLOUD, 10)
    assert np.array_equal(found.indices, order)
    np.testing.assert_allclose(found.distances, distances * scale, rtol=1e-12)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([ExactSearch(), ApproximateSearch(), KNeighborsTransformer()]))
def test_permuted_samples_permute_the_result(seed, search):
    order = np.random.default_rng(seed).permutation(300)
    found, permuted = find_neighbors(CLOUD, 9, search), find_neighbors(CLOUD[order], 9, search)
    assert np.array_equal(order[permuted.indices], found.indices[order])
    assert np.array_equal(permuted.distances, found.distances[order])


def test_approximate_finds_nearly_all(clustered):
    found = find_neighbors(clustered, 15)
    assert len(clustered) > EXACT_SAMPLES
    assert_valid(found, N_CLUSTERED, 15)
    truth = ExactSearch()(clustered, 15)
    recall = np.mean(found.distances <= truth.distances[:, -1:] * (1 + 1e-9))
    assert recall >= 0.99
    # What it finds, it measures exactly.
    rows = np.arange(0, N_CLUSTERED, 97)
    X = clustered.astype(np.float64)
    expected = np.linalg.norm(X[rows, None] - X[found.indices[rows]], axis=2)
    np.testing.assert_allclose(found.distances[rows], expected, rtol=1e-12)


def test_approximate_looks_further_until_it_finds_them():
    """Without structure neighbours lie in many cells: few of them would not do."""
    X = np.random.default_rng(1).standard_normal((4_000, 30))
    truth = ExactSearch()(X, 10)
    recall = {
        wanted: np.mean(ApproximateSearch(recall=wanted)(X, 10).distances <= truth.distances[:, -1:] * (1 + 1e-9))
        for wanted in (0.3, 0.99)
    }
    assert recall[0.3] < 0.95
    assert recall[0.99] >= 0.98  # measured on a sample of queries


def test_same_bits_whatever_the_number_of_threads(clustered):
    assert_equal_bits(find_neighbors(clustered, 10, n_jobs=1), find_neighbors(clustered, 10, n_jobs=2))
    digits = load_digits().data  # whole numbers: many ties
    assert_equal_bits(find_neighbors(digits, 10, n_jobs=1), find_neighbors(digits, 10, n_jobs=2))


@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_scikit_learns_transformer_instead(convert):
    X = convert(CLOUD)
    for transformer in (KNeighborsTransformer(), KNeighborsTransformer(mode="connectivity", algorithm="ball_tree")):
        if transformer.algorithm == "ball_tree" and sp.issparse(X):
            continue
        before = transformer.get_params()
        found, expected = find_neighbors(X, 10, transformer), find_neighbors(X, 10)
        assert np.array_equal(found.indices, expected.indices)
        np.testing.assert_allclose(found.distances, expected.distances, rtol=1e-10)
        assert transformer.get_params() == before
    asked = find_neighbors(X, 10, KNeighborsTransformer(metric="manhattan", algorithm="brute"))
    expected = NearestNeighbors(n_neighbors=10, metric="manhattan", algorithm="brute").fit(X).kneighbors()
    assert np.array_equal(asked.indices, expected[1])
    np.testing.assert_allclose(asked.distances, expected[0])


class WithoutMode(BaseEstimator):
    """As PyNNDescentTransformer: distances always, so no `mode`; the sample itself counted; not sorted."""

    def __init__(self, n_neighbors=30):
        self.n_neighbors = n_neighbors

    def fit_transform(self, X):
        D = cdist(X, X)
        keep = np.argsort(D, axis=1)[:, : self.n_neighbors]
        rows = np.repeat(np.arange(len(X)), keep.shape[1])
        order = np.random.default_rng(0).permutation(len(rows))
        columns = keep.ravel()[order]
        return sp.coo_matrix((D[rows[order], columns], (rows[order], columns)), shape=D.shape)


def test_transformers_of_others():
    found, expected = find_neighbors(CLOUD, 10, WithoutMode()), find_neighbors(CLOUD, 10)
    assert np.array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.distances, expected.distances, rtol=1e-10)


class SomeFarAway(BaseEstimator):
    """A transformer that finds nothing for the last sample, and one neighbour for the first."""

    def __init__(self, n_neighbors=5, mode="distance"):
        self.n_neighbors, self.mode = n_neighbors, mode

    def fit_transform(self, X):
        return sp.csr_array(([1.0, 1.0, 2.0], ([0, 1, 1], [1, 0, 2])), shape=(4, 4))


def test_missing_neighbours_are_infinitely_far():
    found = find_neighbors(np.zeros((4, 1)), 2, SomeFarAway())
    assert found.indices.tolist() == [[1, 0], [0, 2], [2, 2], [3, 3]]
    assert found.distances.tolist() == [[1, np.inf], [1, 2], [np.inf, np.inf], [np.inf, np.inf]]


def test_rank_passes_over_the_sample_itself_and_empty_places():
    X = np.array([[0.0], [1.0], [3.0], [7.0]])
    found = rank(X, np.array([[3, 0, 1], [1, -1, 2], [-1, -1, -1], [2, 1, 0]]), 2)
    assert found.indices.tolist() == [[1, 3], [2, 1], [2, 2], [2, 1]]
    assert found.distances.tolist() == [[1, 7], [2, np.inf], [np.inf, np.inf], [4, 6]]
    columns = np.array([[1, 2], [0, 3]])
    assert pair_distances(X, np.array([3, 2]), columns).tolist() == [[6, 4], [3, 4]]
    assert pair_distances(sp.csr_array(X), np.array([3, 2]), columns).tolist() == [[6, 4], [3, 4]]


def test_sparse_views_are_searched_exactly_or_not_at_all():
    with pytest.raises(TypeError, match=r"expected a dense view, found a sparse one; reduce it \(n_pca\)"):
        ApproximateSearch()(sp.csr_array(CLOUD), 3)


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: find_neighbors(CLOUD[:5], 5), ValueError, "expected more samples than neighbours, found 5 samples"),
        (lambda: find_neighbors(CLOUD, 0), ValueError, "expected n_neighbors of at least 1, found 0"),
        (lambda: ApproximateSearch(recall=0), ValueError, "recall: expected a finite number above 0, found 0"),
        (lambda: ApproximateSearch(n_queries=0), ValueError, "n_queries: expected at least 1, found 0"),
        (lambda: ApproximateSearch(n_queries=2.5), TypeError, "n_queries: expected a whole number, found 2.5"),
    ],
)
def test_mistakes(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


def test_prints_its_size():
    assert repr(Neighbors(np.zeros((4, 2), np.int32), np.zeros((4, 2)))) == "Neighbors(2 of each of 4 samples)"
