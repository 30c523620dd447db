import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods.fused import Diffused
from experiments.methods.published_script import STEPS, knee, local_pca, published_script
from integrated_diffusion import AlphaDecayKernel, datasets, diffusion_operator, metrics

KERNEL = AlphaDecayKernel(n_neighbors=5, decay=40)
CURVE = np.linspace(0, 3, 400)
PLANE = np.linalg.qr(np.random.default_rng(1).normal(size=(10, 2)))[0]
CLEAN = np.column_stack([np.cos(CURVE), np.sin(CURVE)]) @ PLANE.T
DIGITS = datasets.noisy_digits((0.05, 0.05), n_samples=400)


def broken_line_errors(value):
    t = np.arange(1, len(value) + 1)
    errors = {}
    for at in t[1:-1]:
        sides = t <= at, t >= at
        errors[at] = sum(np.abs(value[s] - np.polyval(np.polyfit(t[s], value[s], 1), t[s])).sum() for s in sides)
    return errors


@given(arrays(np.float64, st.integers(3, 12), elements=st.floats(-100, 100, width=32)))
def test_knee_is_the_best_of_all_breakpoints(value):
    errors = broken_line_errors(value)
    assert errors[knee(value)] <= min(errors.values()) + 1e-8


def test_knee_of_two_lines_is_where_they_meet():
    t = np.arange(1, 31)
    assert knee(np.maximum(20.0 - 3 * t, -4.0 - t)) == 12


def test_knee_counts_absolute_errors():
    value = np.array([9.0, 6.0, 4.0, 3.5, 3.0, 2.0, 2.5, 0.0, 0.5])
    errors = broken_line_errors(value)
    assert knee(value) == min(errors, key=errors.get)


def test_neighborhoods_of_low_rank_stay():
    denoised = local_pca(CLEAN, diffusion_operator(CLEAN, KERNEL))
    np.testing.assert_allclose(denoised, CLEAN, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n_features", [1, 2, 4, 10])
def test_local_pca_takes_views_of_any_width(n_features):
    X = CLEAN[:, :n_features].astype(np.float32)
    denoised = local_pca(X, diffusion_operator(X, KERNEL))
    assert denoised.shape == X.shape
    assert denoised.dtype == X.dtype
    assert np.isfinite(denoised).all()


def test_local_pca_leaves_copies_of_one_sample_alone():
    X = np.repeat(np.eye(5), 20, axis=0)
    np.testing.assert_allclose(local_pca(X, diffusion_operator(X, KERNEL)), X, rtol=0, atol=1e-12)


def test_few_gaps_count_when_they_are_large():
    rng = np.random.default_rng(0)
    X = np.column_stack([CURVE, 1e-3 * rng.normal(size=400), 1e-3 * rng.normal(size=400)])
    denoised = local_pca(X, diffusion_operator(X, KERNEL))
    assert np.abs(denoised[:, 0] - CURVE).max() < 1e-3
    assert (denoised[:, 1:] ** 2).mean() < 0.2 * (X[:, 1:] ** 2).mean()


def test_local_pca_takes_noise_away():
    noisy = CLEAN + 0.05 * np.random.default_rng(0).normal(size=CLEAN.shape)
    denoised = local_pca(noisy, diffusion_operator(noisy, KERNEL))
    assert ((denoised - CLEAN) ** 2).mean() < 0.6 * ((noisy - CLEAN) ** 2).mean()


def test_clean_digits_are_told_apart():
    J = published_script(DIGITS.views, KERNEL)
    assert metrics.knn_accuracy(Diffused(J).coordinates(), DIGITS.labels) > 0.85


def test_same_seed_same_bits():
    first, second = (published_script(DIGITS.views, KERNEL, random_state=3) for _ in range(2))
    assert repr(first) == repr(second)
    assert np.array_equal(first @ DIGITS.clean, second @ DIGITS.clean)


def test_steps_are_those_of_the_denoised_views():
    operators = {}
    for name, X in DIGITS.views.items():
        denoised = local_pca(X, diffusion_operator(X, KERNEL))
        operators[name] = diffusion_operator(denoised, KERNEL, name=name)
    steps = STEPS(operators)
    assert min(steps.steps.values()) == 1
    written = " · ".join(name + {1: "", 2: "²", 3: "³"}[t] for name, t in steps.steps.items())
    assert repr(published_script(DIGITS.views, KERNEL)) == written
    assert all(curve.elbow == knee(curve.value) for curve in steps.curves.values())
