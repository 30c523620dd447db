"""Spectral clusters against scikit-learn's and against groups that are known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from integrated_diffusion.filters import spectral_clustering as clustering
from integrated_diffusion.filters.spectral_clustering import spectral_clusters
from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator


def test_clusters_of_a_part_place_all(monkeypatch):
    rng = np.random.default_rng(0)
    group = rng.integers(3, size=1_500)
    P = diffusion_operator(6.0 * np.eye(3)[group] + rng.standard_normal((1_500, 3)))
    whole = spectral_clusters(P, 3, 0)
    monkeypatch.setattr(clustering, "_FITTED_SAMPLES", 200)
    part = spectral_clusters(P, 3, 0)
    assert part.shape == (1_500,)
    assert adjusted_rand_score(part, whole) > 0.98
    assert adjusted_rand_score(part, group) > 0.98
    np.testing.assert_array_equal(part, spectral_clusters(P, 3, 0))


@pytest.mark.parametrize("n", [300, 900])
@pytest.mark.parametrize("n_clusters", [2, 4])
def test_clusters_are_those_of_scikit_learn(n, n_clusters):
    rng = np.random.default_rng(n)
    centres = 4.5 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])[:n_clusters]
    X = centres[np.arange(n) % n_clusters] + 0.8 * rng.standard_normal((n, 2))
    P = diffusion_operator(X, GaussianKernel(eps=2.0, max_neighbors=40))
    expected = SpectralClustering(n_clusters, affinity="precomputed", random_state=0).fit_predict(P.kernel.toarray())
    found = spectral_clusters(P, n_clusters, 0)
    assert adjusted_rand_score(expected, found) > 0.98
    assert set(found) == set(range(n_clusters))


@pytest.mark.parametrize("n", [400, 1_200])
def test_clusters_follow_the_shape_and_not_the_distance(n):
    X, moon = make_moons(n, noise=0.05, random_state=0)
    assert adjusted_rand_score(moon, spectral_clusters(diffusion_operator(X), 2, 0)) > 0.99


@pytest.mark.parametrize("n", [300, 900])
@pytest.mark.parametrize("n_features", [2, 10])
@pytest.mark.parametrize("seed", range(3))
def test_components_of_a_graph_are_its_clusters(n, n_features, seed):
    piece = np.arange(n) % 3
    X = np.random.default_rng(seed).standard_normal((n, n_features)) + 40.0 * piece[:, None]
    assert adjusted_rand_score(piece, spectral_clusters(diffusion_operator(X), 3, seed)) == 1


@pytest.mark.parametrize("n", [300, 900])
def test_components_come_before_clusters_within_them(n):
    group = np.arange(n) % 4
    X = 0.8 * np.random.default_rng(0).standard_normal((n, 2)) + 4.5 * np.column_stack([group % 2, 20.0 * (group // 2)])
    assert adjusted_rand_score(group, spectral_clusters(diffusion_operator(X), 4, 0)) > 0.98


@pytest.mark.parametrize("n", [300, 900])
def test_dense_and_isolated_samples_of_a_component_go_together(n):
    piece = np.arange(n) % 2
    crowd = np.random.default_rng(2).lognormal(sigma=2.0, size=n)
    K = np.outer(crowd, crowd) * (piece[:, None] == piece)
    assert adjusted_rand_score(piece, spectral_clusters(DiffusionOperator(sp.csr_array(K)), 2, 0)) == 1


@pytest.mark.parametrize("n_pieces", [12, 40])
@pytest.mark.parametrize("n_each", [20, 60])
def test_more_components_than_clusters(n_pieces, n_each):
    piece = np.arange(n_pieces * n_each) % n_pieces
    X = np.random.default_rng(1).standard_normal((len(piece), 2)) + 60.0 * piece[:, None]
    labels = spectral_clusters(diffusion_operator(X, AlphaDecayKernel(n_neighbors=5)), 5, 0)
    assert len(set(labels)) == 5
    for k in range(n_pieces):
        values, counts = np.unique(labels[piece == k], return_counts=True)
        assert counts.max() >= 0.8 * counts.sum(), values


def test_more_clusters_than_samples():
    labels = spectral_clusters(diffusion_operator(np.arange(4.0)[:, None]), 10, 0)
    assert sorted(labels) == [0, 1, 2, 3]
