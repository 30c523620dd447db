"""Sums of distances against all distances summed, exactly and by the shortlist for many samples."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from integrated_diffusion import fusion
from integrated_diffusion.kernels import AlphaDecayKernel

MODULE = import_module("integrated_diffusion.fusion.distances")
KERNEL = AlphaDecayKernel(n_neighbors=6, decay=5.0)


def make_views(n_views: int, n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n_views)
    shared = rng.standard_normal((n, 3))
    return {f"v{i}": 10.0**i * (shared + 0.2 * i * rng.standard_normal((n, 3))) for i in range(1, n_views + 1)}


def summed_distances(views) -> np.ndarray:
    total = 0.0
    for X in views.values():
        total = total + cdist(X, X) / np.sqrt(((X - X.mean(axis=0)) ** 2).sum() / len(X))
    return total


def dense_kernel(D: np.ndarray, n_neighbors: int = 6, decay: float = 5.0) -> np.ndarray:
    """The alpha-decay kernel of a matrix of distances, among the nearest three times `n_neighbors`."""
    ranked = np.sort(D, axis=1)
    A = np.exp(-((D / ranked[:, [n_neighbors]]) ** decay))
    A[(ranked[:, [3 * n_neighbors]] < D) | (A < 1e-4)] = 0
    np.fill_diagonal(A, 1)
    return (A + A.T) / 2


@pytest.mark.parametrize("n_views", [2, 3, 6])
@pytest.mark.parametrize("n", [19, 90, 700])
def test_addition_is_the_kernel_of_the_summed_distances(n_views, n):
    views = make_views(n_views, n)
    K = dense_kernel(summed_distances(views))
    found = fusion.distance_addition(views, kernel=KERNEL, n_pca=None)
    np.testing.assert_allclose(found.kernel.toarray(), K, atol=1e-9)
    np.testing.assert_allclose(found.toarray(), K / K.sum(axis=1, keepdims=True), atol=1e-9)


@pytest.mark.parametrize("n_views", [2, 3])
def test_the_shortlist_for_many_samples_finds_the_same(monkeypatch, n_views):
    views = make_views(n_views, 800)
    K = dense_kernel(summed_distances(views))
    monkeypatch.setattr(MODULE, "EXACT_SAMPLES", 100)
    monkeypatch.setattr(MODULE, "_exact_candidates", None)
    found = fusion.distance_addition(views, kernel=KERNEL, n_pca=None).kernel.toarray()
    wrong = np.abs(found - K) > 1e-9
    assert wrong.sum() <= 0.005 * (K > 0).sum()


def test_duplicates_are_at_distance_zero():
    views = {name: np.vstack([X, X[:10]]) for name, X in make_views(2, 50).items()}
    K = fusion.distance_addition(views, kernel=KERNEL, n_pca=None).kernel.toarray()
    np.testing.assert_allclose(K[np.arange(10), np.arange(50, 60)], 1)
    assert np.isfinite(K).all()


def test_a_view_without_variance_adds_nothing():
    X = np.random.default_rng(0).standard_normal((60, 3))
    constant = np.full((60, 2), 0.1)
    found = fusion.distance_addition({"x": X, "constant": constant}, kernel=KERNEL, n_pca=None)
    np.testing.assert_allclose(found.kernel.toarray(), dense_kernel(cdist(X, X)), atol=1e-9)


def test_wide_sparse_views():
    rng = np.random.default_rng(1)
    views = {name: sp.random_array((60, 2_500), density=0.05, rng=rng, format="csr") for name in ("a", "b")}
    found = fusion.distance_addition(views, kernel=KERNEL, n_pca=None)
    K = dense_kernel(summed_distances({name: X.toarray() for name, X in views.items()}))
    np.testing.assert_allclose(found.kernel.toarray(), K, atol=1e-9)


def test_distances_far_from_the_origin():
    rng = np.random.default_rng(5)
    views = {name: rng.normal(size=(200, 4)) for name in "ab"}
    far = {"a": views["a"], "b": views["b"] + 2.0**27}
    near = {"a": views["a"], "b": far["b"] - 2.0**27}
    K, L = (fusion.distance_addition(some, n_pca=None).kernel for some in (near, far))
    np.testing.assert_allclose(L.toarray(), K.toarray(), atol=1e-4)
