"""Features side by side against a dense kernel of the scaled, concatenated views."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from integrated_diffusion import fusion
from integrated_diffusion.fusion.features import side_by_side
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.views.scale import unit_scale
from oracles import dense_kernel_alpha_decay, dense_walk

CHOICES = {"n_neighbors": 9, "decay": 5.0}
KERNEL = AlphaDecayKernel(**CHOICES)


def make_views(n_views: int, n: int = 80) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n_views)
    shared = rng.standard_normal((n, 3))
    return {f"v{i}": 10.0**i * (shared + 0.2 * i * rng.standard_normal((n, 3))) for i in range(1, n_views + 1)}


def unit(X: np.ndarray) -> np.ndarray:
    """Divided by the root of the mean squared distance to the centre."""
    return X / np.sqrt(((X - X.mean(axis=0)) ** 2).sum() / len(X))


@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_concatenation_is_the_kernel_of_all_features(n_views):
    views = make_views(n_views)
    K = dense_kernel_alpha_decay(np.hstack([unit(X) for X in views.values()]), **CHOICES)
    found = fusion.feature_concatenation(views, kernel=KERNEL, n_pca=None)
    np.testing.assert_allclose(found.kernel.toarray(), K, atol=1e-9)
    np.testing.assert_allclose(found.toarray(), dense_walk(K), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_unit_scale_dense_and_sparse(dtype, offset):
    X = (np.random.default_rng(0).standard_normal((500, 6)) * 3 + offset).astype(dtype)
    expected = unit(X.astype(np.float64))
    tolerance = 1e-6 if dtype == np.float32 else 1e-12
    for found in (unit_scale(X), unit_scale(sp.csr_array(X)).toarray()):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance)


@pytest.mark.parametrize("value", [4.0, 0.1, 1e5 / 3])
@pytest.mark.parametrize("n", [30, 97])
def test_a_view_without_variance_stays(value, n):
    X = np.full((n, 2), value)
    np.testing.assert_array_equal(unit_scale(X), X)
    np.testing.assert_array_equal(unit_scale(sp.csr_array(X)).toarray(), X)


def test_wide_sparse_views_stay_sparse():
    rng = np.random.default_rng(1)
    views = {name: sp.random_array((60, 2_500), density=0.05, rng=rng, format="csr") for name in ("a", "b")}
    assert isinstance(side_by_side(views), sp.csr_array)
    found = fusion.feature_concatenation(views, kernel=KERNEL, n_pca=None)
    K = dense_kernel_alpha_decay(np.hstack([unit(X.toarray()) for X in views.values()]), **CHOICES)
    np.testing.assert_allclose(found.kernel.toarray(), K, atol=1e-9)


def test_one_sparse_and_one_dense_view():
    rng = np.random.default_rng(2)
    wide = sp.random_array((60, 2_500), density=0.05, rng=rng, format="csr")
    dense = rng.standard_normal((60, 4))
    found = fusion.feature_concatenation({"wide": wide, "dense": dense}, kernel=KERNEL, n_pca=None)
    K = dense_kernel_alpha_decay(np.hstack([unit(wide.toarray()), unit(dense)]), **CHOICES)
    np.testing.assert_allclose(found.kernel.toarray(), K, atol=1e-9)
