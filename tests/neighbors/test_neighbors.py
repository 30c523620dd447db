"""Neighbours against scikit-learn's, and against a plain sort of all distances where there are ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
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
from integrated_diffusion.neighbors import approximate as APPROXIMATE
from integrated_diffusion.neighbors import exact as EXACT
from integrated_diffusion.neighbors.cells import Cells
from integrated_diffusion.neighbors.centring import Centring

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
    # More copies than there are candidates: the first of them all the same.
    X = np.repeat(CLOUD[:3], 60, axis=0)
    many = find_neighbors(X, 5)
    assert (many.distances == 0).all()
    assert np.array_equal(many.indices, in_order(X, 5)[0])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10_000),
    st.integers(20, 400),
    st.integers(1, 12),
    st.sampled_from([1e-12, 1e-9, 1e-6, 1e-3, 1.0]),
    st.sampled_from([0.0, 1.0, 1e4]),
    st.sampled_from([np.float32, np.float64]),
)
def test_exact_means_exact(seed, n_samples, n_features, spread, apart, dtype):
    """Near-duplicates in clusters far apart: float32 alone would confuse them."""
    rng = np.random.default_rng(seed)
    centres = apart * rng.standard_normal((4, n_features))
    X = centres[rng.integers(4, size=n_samples)] + spread * rng.standard_normal((n_samples, n_features))
    X = X.astype(dtype)
    found = ExactSearch()(X, 6)
    order, distances = in_order(X, 6)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12)
    # Those equal to the last bits may change places.
    clear = np.diff(in_order(X, 7)[1], axis=1).min(axis=1) > 1e-12 * distances[:, -1]
    assert np.array_equal(found.indices[clear], order[clear])


def test_no_precision_is_used_for_what_it_cannot_resolve(monkeypatch):
    asked = []
    may_miss = EXACT._may_miss

    def recorded(points, least, furthest):
        missed = may_miss(points, least, furthest)
        asked.append((points.dtype, len(points), int(missed.sum())))
        return missed

    monkeypatch.setattr(EXACT, "_may_miss", recorded)
    noise = np.random.default_rng(0).standard_normal((250, 2))
    for spread, expected in (
        (1.0, [(np.float32, 250, 0)]),
        (1e-6, [(np.float32, 250, 250), (np.float64, 250, 0)]),
        (1e-13, [(np.float32, 250, 250), (np.float64, 250, 250)]),
    ):
        X = np.repeat([[0.0, 0.0], [1.0, 0.0]], 125, axis=0) + spread * noise
        asked.clear()
        assert np.array_equal(ExactSearch()(X, 5).indices, in_order(X, 5)[0])
        assert asked == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_features", [1, 7, 60])
def test_bound_of_the_rounding_error_holds(dtype, n_features):
    rng = np.random.default_rng(3)
    points = (rng.standard_normal((300, n_features)) / 5 + rng.choice([-0.5, 0.5], (300, 1))).astype(dtype)
    _, squared = Cells.in_order(points).candidates(points, 0, np.array([0, 1]), 300)
    exact = points.astype(np.longdouble)
    D = np.sort(np.sqrt(((exact[:, None] - exact) ** 2).sum(axis=2)), axis=1)
    norms = np.sqrt((exact**2).sum(axis=1))
    error = np.abs(squared + norms[:, None] ** 2 - D**2)
    bound = (n_features + 8) * np.finfo(dtype).eps * (2 * norms[:, None] + D) ** 2
    assert error.max() > 0
    assert (error <= bound).all()
    # A difference well above the bound is certain, one below the bound is not.
    furthest, at = D[:, 10].astype(float), (D[:, 10] ** 2 - norms**2).astype(float)
    assert not EXACT._may_miss(points, at + 3 * bound[:, 10].astype(float), furthest).any()
    assert EXACT._may_miss(points, at + bound[:, 10].astype(float) / 2, furthest).all()


@pytest.mark.parametrize("n_candidates", [5, 900])
def test_candidates_are_the_nearest_of_the_probed_cells(n_candidates):
    rng = np.random.default_rng(2)
    sizes = np.array([600, 3, 0, 100])
    points = rng.standard_normal((sizes.sum(), 6)).astype(np.float32)
    starts = np.append(0, np.cumsum(sizes))
    cells = Cells(points, np.arange(len(points)), starts, rng.standard_normal((4, 6)).astype(np.float32))
    assert cells.blocks() == [(0, 0, 256), (0, 256, 512), (0, 512, 600), (1, 600, 603), (3, 603, 703)]
    probed_cells = np.append(np.arange(600), np.arange(603, 703))
    for block in cells.blocks():
        cell, *rows = block
        places, squared = cells.candidates(points[slice(*rows)], cell, np.array([0, 2, 3]), n_candidates)
        own = points[slice(*rows)].astype(float)
        D = cdist(own, points[probed_cells].astype(float)) ** 2
        n_found = min(n_candidates, 700)
        order = np.argsort(D, axis=1)[:, :n_found]
        assert (places[:, :n_found] == probed_cells[order]).mean() > 0.999  # the last bits of float32
        about = ((own - cells.centres[cell].astype(float)) ** 2).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(squared[:, :n_found] + about, np.take_along_axis(D, order, 1), atol=2e-5)
        assert (places[:, n_found:] == -1).all()
        assert np.isinf(squared[:, n_found:]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_sample_is_compared_with_its_probed_cells(dtype):
    rng = np.random.default_rng(5)
    sizes = np.array([37, 16, 1, 50])
    points = rng.standard_normal((sizes.sum(), 5)).astype(dtype)
    cells = Cells(points, np.arange(104), np.append(0, np.cumsum(sizes)), np.zeros((4, 5), dtype))
    probe_mask, probed_cells = rng.uniform(size=(3, 37)) < 0.4, np.array([0, 1, 3])
    probe_mask[1] = False  # by no sample
    places, _ = cells.candidates(points[:37], 0, probed_cells, 6, probe_mask)
    cell_of = np.repeat(np.arange(4), sizes)
    for row, found in enumerate(places):
        allowed = np.flatnonzero(np.isin(cell_of, probed_cells[probe_mask[:, row]]))
        nearest = allowed[np.argsort(((points[allowed] - points[row]) ** 2).sum(axis=1))][:6]
        assert found[found >= 0].tolist() == nearest.tolist()


@pytest.mark.parametrize("radius", [0.0, 0.3, 2.0, 50.0])
def test_the_bound_excludes_no_cell_that_a_point_probes(clustered, radius):
    cells = APPROXIMATE._cells(Centring.of(clustered)(clustered), 0, 1)
    excess = APPROXIMATE.ExcessDistance.from_cells(cells)
    for cell, start, stop in cells.blocks()[::7]:
        own = cells.points[start:stop]
        margins = excess.of(own, np.full(len(own), cell)).T
        probed_cells, probe_mask = excess.within(radius, own, cell, 0)
        asked = np.zeros(margins.shape, bool)
        asked[probed_cells] = probe_mask
        assert asked[cell].all()
        clear = np.abs(margins - radius) > 1e-4 * np.abs(margins).max()  # one sum is not rounded as another
        clear[cell] = False
        assert np.array_equal(asked[clear], (margins <= radius)[clear])


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
        probe_mask: np.mean(
            ApproximateSearch(recall=probe_mask)(X, 10).distances <= truth.distances[:, -1:] * (1 + 1e-9)
        )
        for probe_mask in (0.3, 0.99)
    }
    assert recall[0.3] < 0.95
    assert recall[0.99] >= 0.98  # measured on a sample of queries


def test_recall_is_of_all_neighbours_within_the_probed_cells(clustered):
    """The cells that hold the neighbours of the queries are known beforehand: what is predicted comes true."""
    truth = ExactSearch()(clustered, 10)
    recalls = []
    for probe_mask in (0.5, 0.8, 0.95, 1.0):
        found = ApproximateSearch(recall=probe_mask, n_queries=2_000)(clustered, 10)
        recalls.append(np.mean(found.distances <= truth.distances[:, -1:] * (1 + 1e-9)))
        assert recalls[-1] >= probe_mask - 0.02
    assert recalls == sorted(recalls)


def test_no_sample_is_left_without_neighbours():
    """Outliers lie in cells of their own, which hold fewer samples than they need neighbours."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((1_000, 3)), 1e3 * rng.standard_normal((30, 3))])
    found = ApproximateSearch(recall=0.5)(X, 60)
    assert_valid(found, 1_030, 60)
    assert np.isfinite(found.distances).all()


def test_many_copies_in_one_cell():
    X = np.random.default_rng(0).standard_normal((3_000, 5))
    X[::2] = 0.5
    found = ApproximateSearch()(X, 10)
    assert_valid(found, 3_000, 10)
    assert (found.distances[::2] == 0).all()
    assert (found.distances[1::2] > 0).all()


def test_same_seed_same_bits_and_another_seed_other_cells(clustered):
    assert_equal_bits(ApproximateSearch(recall=0.6)(clustered, 5), ApproximateSearch(recall=0.6)(clustered, 5))
    other = ApproximateSearch(recall=0.6, random_state=1)(clustered, 5)
    assert not np.array_equal(other.indices, ApproximateSearch(recall=0.6)(clustered, 5).indices)


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


@pytest.mark.parametrize("convert", [np.float32, np.float64, np.asfortranarray, lambda X: (9 * X).astype(int)])
@pytest.mark.parametrize("n_features", [1, 3, 4, 8])
def test_rank_by_hand(convert, n_features):
    X = convert(CLOUD[:, :n_features])
    X.setflags(write=False)
    candidates = np.argsort(np.random.default_rng(1).random((300, 300)), axis=1)[:, :30]
    found = rank(X, candidates, 8)
    D = pair_distances(X, np.arange(300), candidates)
    D[candidates == np.arange(300)[:, None]] = np.inf
    order = np.lexsort((candidates, D.round(12)), axis=1)[:, :8]
    assert np.array_equal(found.indices, np.take_along_axis(candidates, order, 1))
    np.testing.assert_allclose(found.distances, np.take_along_axis(D, order, 1), rtol=1e-13)


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


@pytest.mark.parametrize(
    ("X", "n_neighbors", "error", "message"),
    [
        (np.full((9, 2), np.nan), 3, ValueError, "expected finite numbers, found 18 NaN"),
        (np.full((9, 2), np.inf), 3, ValueError, "found 0 NaN and 18 infinite values"),
        (np.ones((9, 2), dtype=complex), 3, TypeError, "expected numbers, found complex"),
        (np.ones(9), 3, ValueError, "expected a two-dimensional array"),
        (np.ones((9, 2)), 2.5, TypeError, "n_neighbors: expected a whole number, found 2.5"),
    ],
)
def test_what_has_no_neighbours_is_refused(X, n_neighbors, error, message):
    with pytest.raises(error, match=message):
        find_neighbors(X, n_neighbors)


def test_lists_and_frames_have_neighbours():
    points = [[0.0], [1.0], [3.0]]
    for X in (points, pd.DataFrame(points)):
        assert find_neighbors(X, 1).indices.ravel().tolist() == [1, 0, 1]
