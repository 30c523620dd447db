"""Means and products of affinities against dense kernels."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion import fusion
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import DisconnectedGraphWarning
from oracles import dense_kernel_alpha_decay, dense_walk

CHOICES = {"n_neighbors": 9, "decay": 5.0}
KERNEL = AlphaDecayKernel(**CHOICES)


def make_views(n_views: int, n: int = 80) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n_views)
    shared = rng.standard_normal((n, 3))
    return {f"v{i}": shared + 0.2 * i * rng.standard_normal((n, 3)) for i in range(1, n_views + 1)}


def dense_kernels(views: dict[str, np.ndarray]) -> list[np.ndarray]:
    return [dense_kernel_alpha_decay(X, **CHOICES) for X in views.values()]


@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_addition_is_the_mean_of_the_kernels(n_views):
    views = make_views(n_views)
    P = fusion.affinity_addition(views, kernel=KERNEL, n_pca=None)
    expected = sum(dense_kernels(views)) / n_views
    assert isinstance(P, DiffusionOperator)
    np.testing.assert_allclose(P.kernel.toarray(), expected, atol=1e-12)
    np.testing.assert_allclose(P.toarray(), dense_walk(expected), atol=1e-12)


@pytest.mark.filterwarnings("ignore::integrated_diffusion.operators.build.DisconnectedGraphWarning")
@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_multiplication_is_the_product_of_the_kernels(n_views):
    views = make_views(n_views)
    P = fusion.affinity_multiplication(views, kernel=KERNEL, n_pca=None)
    expected = np.prod(dense_kernels(views), axis=0)
    assert isinstance(P, DiffusionOperator)
    np.testing.assert_allclose(P.kernel.toarray(), expected, atol=1e-12)
    np.testing.assert_allclose(P.toarray(), dense_walk(expected), atol=1e-12)


def test_views_without_common_neighbours_leave_all_samples_alone():
    n = 64
    line = np.arange(n)
    far = (line * 27) % n  # steps of one along the line are steps of 27 in the other view
    choices = AlphaDecayKernel(n_neighbors=2, max_neighbors=2)
    with pytest.warns(DisconnectedGraphWarning, match=r"view 'view1 ∘ view2': .* found 64 components"):
        P = fusion.affinity_multiplication([line[:, None], far[:, None]], kernel=choices)
    np.testing.assert_array_equal(P.toarray(), np.eye(n))
