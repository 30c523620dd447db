"""Noise has the level asked for, where it was asked for, and is the same noise at every level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from integrated_diffusion.datasets import add_noise, add_noise_to_groups

LABELS = np.repeat([0, 1, 2], 400)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("std", [0.01, 0.7, 4.0])
def test_noise_is_gaussian_of_the_level_asked_for(std, dtype):
    X = np.full((400, 50), 3.0, dtype=dtype)
    noisy = add_noise(X, std, random_state=1)
    assert noisy.dtype == dtype
    assert kstest((noisy - X).ravel() / std, "norm").pvalue > 1e-3


def test_one_level_a_sample():
    std = np.linspace(0.1, 2.0, 10)
    noisy = add_noise(np.zeros((10, 20_000)), std, random_state=0)
    np.testing.assert_allclose(noisy.std(axis=1), std, rtol=0.03)


def test_entries_are_independent():
    noise = add_noise(np.zeros((20_000, 5)), 1.0, random_state=0)
    np.testing.assert_allclose(np.corrcoef(noise.T), np.eye(5), atol=0.03)
    assert abs(np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]) < 0.02


def test_the_input_is_left_alone():
    X = np.ones((5, 3))
    add_noise(X, 1.0)
    assert (X == 1).all()


@given(st.floats(0, 100), st.integers(0, 2**32))
def test_a_level_scales_one_and_the_same_noise(std, seed):
    X = np.zeros((7, 3))
    np.testing.assert_array_equal(add_noise(X, std, seed), std * add_noise(X, 1.0, seed))


def test_only_the_chosen_groups_are_noisy():
    X = np.ones((1_200, 30))
    noisy = add_noise_to_groups(X, LABELS, [0, 2], 0.5, random_state=0)
    np.testing.assert_array_equal(noisy[LABELS == 1], 1.0)
    for group in (0, 2):
        assert (noisy[group == LABELS] - 1).std() == pytest.approx(0.5, rel=0.03)


def test_seed_and_generator_agree():
    X = np.zeros((4, 4))
    np.testing.assert_array_equal(add_noise(X, 1.0, 5), add_noise(X, 1.0, np.random.default_rng(5)))
    assert not np.array_equal(add_noise(X, 1.0, 5), add_noise(X, 1.0, 6))


@pytest.mark.parametrize("std", [-0.1, np.nan, np.inf, [0.1, -1.0, 0.2]])
def test_impossible_levels(std):
    with pytest.raises(ValueError, match=r"^noise: expected a finite standard deviation of at least 0, found .*; "):
        add_noise(np.zeros((3, 2)), std)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: add_noise(np.zeros((3, 2), dtype=int), 1.0), TypeError, "found int64; convert"),
        (lambda: add_noise(np.zeros((3, 2)), np.ones(2)), ValueError, r"for each of 3 samples, found .* \(2,\)"),
        (lambda: add_noise_to_groups(np.zeros((3, 2)), [0, 1], [0], 1.0), ValueError, r"each of 3 .* \(2,\)"),
        (lambda: add_noise_to_groups(np.zeros((2, 2)), [0, 1], [7], 1.0), ValueError, "found 7; choose among 0, 1"),
        (lambda: add_noise_to_groups(np.zeros((2, 2)), [0, 1], [1], -1.0), ValueError, "found -1; choose one"),
    ],
)
def test_errors_are_one_line(call, error, message):
    with pytest.raises(error, match=message):
        call()
