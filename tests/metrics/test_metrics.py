"""kNN accuracy against scikit-learn's leave-one-out, DEMaP against dense Floyd-Warshall and scipy's Spearman."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import floyd_warshall, minimum_spanning_tree
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from integrated_diffusion.datasets import tree
from integrated_diffusion.metrics import Geodesics, demap, graph_distances, knn_accuracy

DEMAP = sys.modules["integrated_diffusion.metrics.demap"]  # the package has a function of that name
RNG = np.random.default_rng(0)
CLOUD = RNG.standard_normal((120, 4))
PICTURE = CLOUD[:, :2] + 0.3 * RNG.standard_normal((120, 2))
APART = np.concatenate([CLOUD[:30], CLOUD[30:50] + 40, CLOUD[50:60] - [90, 0, 0, 0]])


def dense_geodesics(points, n_neighbors):
    """All shortest paths by Floyd-Warshall on a dense graph of neighbours, with the spanning tree's bridges."""
    distances = cdist(points, points)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :n_neighbors]
    joined = np.zeros_like(distances, dtype=bool)
    np.put_along_axis(joined, nearest, True, axis=1)
    joined |= joined.T
    np.fill_diagonal(distances, 0)
    # Edges that are missing made long, in their order, so that the spanning tree takes one only where it must.
    spanning = minimum_spanning_tree(np.where(joined, distances, distances + 1e6)).toarray() > 0
    joined |= spanning | spanning.T
    return floyd_warshall(np.where(joined, distances, np.inf), directed=False)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n_neighbors=st.integers(1, 9))
def test_knn_accuracy_is_leave_one_out(seed, n_neighbors):
    rng = np.random.default_rng(seed)
    points, labels = rng.standard_normal((40, 3)), rng.integers(0, 3, 40)
    points[:, 0] += labels
    expected = cross_val_score(KNeighborsClassifier(n_neighbors), points, labels, cv=LeaveOneOut()).mean()
    assert knn_accuracy(points, labels, n_neighbors) == pytest.approx(expected)


def test_knn_accuracy_on_digits_and_on_chance():
    pixels, labels = load_digits(return_X_y=True)
    assert knn_accuracy(pixels, labels) > 0.97
    assert knn_accuracy(pixels, RNG.permutation(labels)) == pytest.approx(0.1, abs=0.03)


def test_knn_accuracy_takes_text_labels_and_duplicated_samples():
    points = np.repeat([[0.0, 0.0], [1.0, 1.0]], 8, axis=0)
    assert knn_accuracy(points, ["T cell"] * 8 + ["B cell"] * 8) == 1.0


@pytest.mark.parametrize("n_neighbors", [3, 10, 30])
def test_demap_is_spearman_of_dense_geodesics(n_neighbors):
    expected = spearmanr(squareform(dense_geodesics(CLOUD, n_neighbors), checks=False), pdist(PICTURE)).statistic
    assert demap(CLOUD, PICTURE, n_neighbors) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n_neighbors=st.integers(8, 24))
def test_demap_when_distances_tie(seed, n_neighbors):
    points = np.random.default_rng(seed).standard_normal((25, 3))
    corners = np.random.default_rng(seed).integers(0, 3, (25, 2))
    corners[:2] = [[0, 0], [1, 1]]
    geodesics = Geodesics.of(points, n_neighbors)
    expected = spearmanr(geodesics.distances, pdist(corners)).statistic
    assert geodesics.demap(corners) == pytest.approx(expected, abs=1e-12)


def test_geodesics_are_the_known_distances_along_a_tree():
    simulated = tree(1, 3.0, 20, n_samples=300, bend=np.pi)
    along = Geodesics.of(simulated.clean, n_neighbors=3).distances
    exact = pdist(2 * (3 / np.pi) * np.arcsin(np.linalg.norm(simulated.clean, axis=1, keepdims=True) / (6 / np.pi)))
    np.testing.assert_allclose(along, exact, rtol=1e-3)


def test_demap_is_invariant_to_moves_and_scale_and_knows_a_bad_picture():
    rotation, _ = np.linalg.qr(RNG.standard_normal((2, 2)))
    assert demap(CLOUD, 7 * PICTURE @ rotation + 3, 10) == pytest.approx(demap(CLOUD, PICTURE, 10), abs=1e-9)
    assert abs(demap(CLOUD, RNG.permutation(PICTURE), 10)) < 0.15


def test_components_are_joined_by_their_shortest_edges():
    with pytest.warns(UserWarning, match="found 3 components at n_neighbors=4, joined by their shortest edges"):
        geodesics = Geodesics.of(APART, n_neighbors=4)
    np.testing.assert_allclose(squareform(geodesics.distances), dense_geodesics(APART, 4), rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9_999))
@pytest.mark.filterwarnings("ignore:noiseless. expected a connected graph")
def test_many_small_components_are_joined_by_the_spanning_tree(seed):
    points = np.random.default_rng(seed).standard_normal((30, 2))
    geodesics = squareform(Geodesics.of(points, n_neighbors=1).distances)
    np.testing.assert_allclose(geodesics, dense_geodesics(points, 1), rtol=1e-9)


@pytest.mark.filterwarnings("ignore:noiseless. expected a connected graph")
def test_duplicates_are_at_distance_zero():
    places = np.array([[0.0], [1.0], [3.0]])
    geodesics = Geodesics.of(np.repeat(places, 5, axis=0), n_neighbors=2)
    np.testing.assert_allclose(geodesics.distances, pdist(np.repeat(places, 5, axis=0)), atol=1e-300)


def test_float32_agrees_with_float64():
    single = demap(CLOUD.astype(np.float32), PICTURE.astype(np.float32), 10)
    assert single == pytest.approx(demap(CLOUD, PICTURE, 10), abs=1e-4)


def test_chosen_samples_are_compared_along_paths_through_all():
    geodesics = Geodesics.of(CLOUD, n_neighbors=4, n_samples=40, random_state=2)
    whole = dense_geodesics(CLOUD, 4)
    chosen = geodesics.samples
    assert len(np.unique(chosen)) == 40
    np.testing.assert_allclose(squareform(geodesics.distances), whole[np.ix_(chosen, chosen)], rtol=1e-9)
    expected = spearmanr(geodesics.distances, pdist(PICTURE[chosen])).statistic
    assert demap(CLOUD, PICTURE, 4, 40, random_state=2) == pytest.approx(expected, abs=1e-12)


def test_seeds_choose_the_samples():
    first, again, other = (Geodesics.of(CLOUD, 5, 50, random_state=seed).samples for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_blocks_and_the_default_limit(monkeypatch):
    whole = Geodesics.of(CLOUD, 5)
    monkeypatch.setattr(graph_distances, "_BLOCK_ENTRIES", 7 * len(CLOUD))
    np.testing.assert_array_equal(whole.distances, Geodesics.of(CLOUD, 5).distances)
    monkeypatch.setattr(DEMAP, "MAX_SAMPLES", 50)
    assert repr(Geodesics.of(CLOUD, 5)) == "Geodesics(1,225 pairs between 50 of 120 samples)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: knn_accuracy(CLOUD, np.zeros(7)), ValueError, r"labels: expected one for each of 120 .* \(7,\)"),
        (lambda: knn_accuracy(CLOUD, np.zeros(120), 120), ValueError, "found 120 samples for n_neighbors=120"),
        (lambda: knn_accuracy(CLOUD, np.zeros(120), 2.5), TypeError, "n_neighbors: expected a whole number"),
        (lambda: knn_accuracy(CLOUD[:, 0], np.zeros(120)), ValueError, r"embedding: .* found shape \(120,\)"),
        (lambda: knn_accuracy(CLOUD.astype(str), np.zeros(120)), TypeError, "embedding: expected a dense array"),
        (lambda: demap(CLOUD, PICTURE[:-1]), ValueError, "expected the 120 samples .* found 119"),
        (lambda: demap(CLOUD * np.nan, PICTURE), ValueError, "noiseless: expected finite numbers, found 480"),
        (lambda: demap(CLOUD, PICTURE * np.inf), ValueError, "embedding: expected finite numbers, found 240"),
        (lambda: demap(CLOUD[:0], PICTURE[:0]), ValueError, "noiseless: expected a two-dimensional array"),
        (lambda: demap(CLOUD, PICTURE, 120), ValueError, "expected more samples than neighbours"),
        (lambda: demap(CLOUD, PICTURE, n_samples=121), ValueError, "expected at most the 120 there are, found 121"),
        (lambda: demap(CLOUD, PICTURE, n_samples=2), ValueError, "n_samples: expected at least 3, found 2"),
        (lambda: demap(CLOUD, 0 * PICTURE), ValueError, "embedding: expected distances that differ, found 0"),
    ],
)
def test_errors_are_one_line(call, error, message):
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
