"""Multidimensional scaling against scikit-learn's SMACOF, principal components and the formulas written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import smacof

from integrated_diffusion.embedding import classic_mds, metric_mds, stress


def distances_of(points: np.ndarray) -> np.ndarray:
    return squareform(pdist(points))


def tree_metric(n: int, seed: int) -> np.ndarray:
    """Path lengths in a random tree: far from any plane."""
    rng = np.random.default_rng(seed)
    D = np.zeros((n, n))
    for i in range(1, n):
        parent, length = rng.integers(i), rng.uniform(0.2, 1.0)
        D[i, :i] = D[:i, i] = D[parent, :i] + length
    return D


def aligned_error(found: np.ndarray, expected: np.ndarray) -> float:
    """What is left after turning, mirroring and shifting, not scaling."""
    expected = expected - expected.mean(axis=0)
    turn, _ = orthogonal_procrustes(found, expected)
    return float(np.abs(found @ turn - expected).max())


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("n", [4, 5, 60, 61, 520])
def test_points_that_fit_are_found_again_at_their_scale(n, n_components):
    points = 7.5 * np.random.default_rng(n).standard_normal((n, n_components))
    found = metric_mds(distances_of(points), n_components)
    assert aligned_error(found, points) < 1e-4
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-10)


@pytest.mark.parametrize(
    "distances",
    [
        pytest.param(distances_of(np.random.default_rng(0).standard_normal((60, 6))), id="cloud"),
        pytest.param(tree_metric(70, 1), id="tree"),
        pytest.param(np.sqrt(distances_of(np.linspace(0, 1, 50)[:, None])), id="bent line"),
        pytest.param(1 - np.eye(30), id="all alike"),
    ],
)
@pytest.mark.parametrize("n_components", [2, 3])
def test_stress_is_as_low_as_the_best_of_several_smacof_starts(distances, n_components):
    Y, _ = smacof(distances, n_components=n_components, n_init=8, max_iter=500, eps=1e-7, random_state=0)
    missed = (distances_of(Y) - distances) ** 2
    best = missed.sum() / (distances**2).sum()
    assert stress(distances, metric_mds(distances, n_components)) <= 1.02 * best
    assert stress(distances, metric_mds(distances, n_components, n_epochs=80)) <= 1.01 * best


def test_gradient_descent_improves_on_the_classic_start():
    distances = tree_metric(60, 2)
    assert stress(distances, metric_mds(distances)) < 0.8 * stress(distances, classic_mds(distances))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 12), st.sampled_from([2.0**-20, 1.0, 2.0**20]))
def test_never_worse_than_the_start_and_of_the_distances_unit(seed, n, unit):
    distances = unit * tree_metric(n, seed)
    Y = metric_mds(distances)
    assert np.isfinite(Y).all()
    assert stress(distances, Y) <= stress(distances, classic_mds(distances)) + 1e-12
    np.testing.assert_allclose(Y / unit, metric_mds(distances / unit), atol=1e-9)


def test_stress_is_the_formula():
    rng = np.random.default_rng(4)
    distances, Y = tree_metric(9, 3), rng.standard_normal((9, 2))
    missed = total = 0.0
    for i in range(9):
        for j in range(9):
            missed += (distances[i, j] - np.sqrt(((Y[i] - Y[j]) ** 2).sum())) ** 2
            total += distances[i, j] ** 2
    assert stress(distances, Y) == pytest.approx(missed / total, rel=1e-12)
    assert stress(np.zeros((3, 3)), np.zeros((3, 2))) == 0


@pytest.mark.parametrize("n", [40, 530])
def test_classic_scaling_of_points_is_their_principal_components(n):
    points = np.random.default_rng(n).standard_normal((n, 5)) * [5, 4, 3, 2, 1]
    found, expected = classic_mds(distances_of(points), 3), PCA(3).fit_transform(points)
    expected *= np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert (found.max(axis=0) >= -found.min(axis=0)).all()


@pytest.mark.parametrize("n", [40, 530])
def test_classic_scaling_of_a_tree_is_the_dense_eigenproblem(n):
    distances = tree_metric(n, 5)
    centring = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centring @ distances**2 @ centring / 2)
    expected = vectors[:, [-1, -2]] * np.sqrt(values[[-1, -2]])
    found = classic_mds(distances, 2)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-7)
    np.testing.assert_allclose(distances_of(found), distances_of(expected), atol=1e-7)


def test_directions_that_nothing_carries_are_zero():
    line = np.array([[0.0], [1.0], [4.0]])
    found = classic_mds(distances_of(line), 2)
    np.testing.assert_allclose(found[:, 0], line[:, 0] - 5 / 3, atol=1e-9)
    np.testing.assert_allclose(found[:, 1], 0, atol=1e-7)
    assert classic_mds(np.array([[0.0, 2.0], [2.0, 0.0]]), 3).shape == (2, 3)


def test_points_on_one_spot():
    points = np.random.default_rng(6).standard_normal((30, 2))
    twice = np.vstack([points, points])
    assert aligned_error(metric_mds(distances_of(twice)), twice) < 1e-4
    everything_alike = metric_mds(np.zeros((20, 20)))
    np.testing.assert_allclose(everything_alike, 0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2])
def test_hardly_any_points(n):
    distances = 3.0 * (1 - np.eye(n))
    Y = metric_mds(distances)
    assert Y.shape == (n, 2)
    np.testing.assert_allclose(distances_of(Y) if n > 1 else Y[0], distances if n > 1 else 0, atol=1e-5)


def test_same_seed_same_bits():
    distances = tree_metric(50, 7)
    np.testing.assert_array_equal(metric_mds(distances, random_state=5), metric_mds(distances, random_state=5))
    assert not np.array_equal(metric_mds(distances, random_state=5), metric_mds(distances, random_state=6))


def test_the_distances_are_left_as_they_were():
    distances = tree_metric(20, 8)
    before = distances.copy()
    metric_mds(distances)
    np.testing.assert_array_equal(distances, before)


def test_float32_distances_are_taken():
    points = np.random.default_rng(9).standard_normal((40, 2))
    assert aligned_error(metric_mds(distances_of(points).astype(np.float32)), points) < 1e-4
