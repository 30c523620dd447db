"""Products of the views' operators against products of dense matrix powers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.linalg import matrix_power, multi_dot

from integrated_diffusion import fusion
from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.ratios import ceil_steps
from integrated_diffusion.integration.steps import EntropySteps
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease
from oracles import dense_eigenvalues, dense_entropy, dense_kernel_alpha_decay, dense_walk

CHOICES = {"n_neighbors": 7, "decay": 6.0}
KERNEL = AlphaDecayKernel(**CHOICES)


def make_views(n_views: int = 3, n: int = 90) -> dict[str, np.ndarray]:
    """One line seen by sensors of different noise."""
    rng = np.random.default_rng(0)
    line = np.column_stack([np.linspace(0, 1, n), np.zeros((n, 3))])
    return {f"v{i}": line + 0.05 * i * rng.standard_normal(line.shape) for i in range(1, n_views + 1)}


def dense(X: np.ndarray) -> np.ndarray:
    return dense_walk(dense_kernel_alpha_decay(X, **CHOICES))


def once_denoised(X: np.ndarray) -> np.ndarray:
    """Algorithm 1 at its first scale: the mean of the data and of two steps of their diffusion operator."""
    return (X + matrix_power(dense(X), 2) @ X) / 2


ONE_SCALE = LocalDenoising(PowerFilter(2), max_depth=1, min_size=2)


@pytest.mark.parametrize("n_views", [2, 3, 6])
def test_alternating_is_the_product_of_the_operators(n_views):
    views = make_views(n_views)
    found = fusion.alternating(views, kernel=KERNEL, n_pca=None).toarray()
    np.testing.assert_allclose(found, multi_dot([dense(X) for X in views.values()]), atol=1e-12)


@pytest.mark.parametrize(
    "steps", [{"v1": 3, "v2": 1, "v3": 2}, {"v3": 1, "v1": 2, "v2": 0}, {"v1": 0, "v2": 0, "v3": 4}]
)
def test_powers_given_by_hand(steps):
    views = make_views()
    found = fusion.powering_only(views, kernel=KERNEL, n_pca=None, steps=steps).toarray()
    expected = multi_dot([matrix_power(dense(X), steps[name]) for name, X in views.items()])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_powers_by_entropy():
    views = make_views()
    t = np.arange(1, 61)
    elbows = [
        elbow_marginal_decrease(dense_entropy(dense_eigenvalues(dense_kernel_alpha_decay(X, **CHOICES)), t))
        for X in views.values()
    ]
    powers = [math.ceil(elbow / min(elbows)) for elbow in elbows]
    assert len(set(powers)) > 1
    rule = EntropySteps(t_max=60, reduction=ceil_steps)
    found = fusion.powering_only(views, kernel=KERNEL, n_pca=None, steps=rule).toarray()
    expected = multi_dot([matrix_power(dense(X), p) for X, p in zip(views.values(), powers, strict=True)])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_local_denoising_only():
    views = make_views()
    found = fusion.local_denoising_only(views, kernel=KERNEL, local_denoising=ONE_SCALE, n_pca=None).toarray()
    expected = multi_dot([dense(once_denoised(X)) for X in views.values()])
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert np.abs(found - fusion.alternating(views, kernel=KERNEL, n_pca=None).toarray()).max() > 0.005


def test_integrated_denoises_and_powers():
    views, steps = make_views(), {"v1": 2, "v2": 3, "v3": 1}
    found = fusion.integrated(views, kernel=KERNEL, local_denoising=ONE_SCALE, n_pca=None, steps=steps).toarray()
    expected = multi_dot([matrix_power(dense(once_denoised(X)), steps[name]) for name, X in views.items()])
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("choices", [{"symmetrisation": "mutual"}, {"bandwidth": "capped"}, {"anisotropy": 1.0}])
def test_the_kernels_choices_reach_the_operators(choices):
    views = make_views(2)
    found = fusion.alternating(views, kernel=AlphaDecayKernel(**CHOICES, **choices), n_pca=None).toarray()
    operators = [dense_walk(dense_kernel_alpha_decay(X, **CHOICES, **choices)) for X in views.values()]
    np.testing.assert_allclose(found, operators[0] @ operators[1], atol=1e-12)


def test_neighbours_are_sought_among_principal_components():
    views = make_views(2)
    scores = []
    for X in views.values():
        U, s, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
        scores.append((U * s)[:, :2])
    found = fusion.alternating(views, kernel=KERNEL, n_pca=2).toarray()
    np.testing.assert_allclose(found, dense(scores[0]) @ dense(scores[1]), atol=1e-9)


def test_denoising_happens_among_principal_components():
    views = make_views(2)
    operators = []
    for X in views.values():
        U, s, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
        operators.append(dense(once_denoised((U * s)[:, :2])))
    found = fusion.local_denoising_only(views, kernel=KERNEL, local_denoising=ONE_SCALE, n_pca=2).toarray()
    np.testing.assert_allclose(found, operators[0] @ operators[1], atol=1e-8)
