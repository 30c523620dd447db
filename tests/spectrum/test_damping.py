"""The damping polynomials against numpy's Chebyshev polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.chebyshev import Chebyshev

from integrated_diffusion.operators import Workspace
from integrated_diffusion.operators.numba_workspace import NumbaWorkspace
from integrated_diffusion.spectrum.damping import Damping


@pytest.mark.parametrize("degree", [2, 3, 8, 31])
@pytest.mark.parametrize("cut", [0.9, 0.3, 1e-3])
@pytest.mark.parametrize("kind", [Workspace, NumbaWorkspace])
def test_is_the_chebyshev_polynomial_of_the_interval(cut, degree, kind):
    values = np.linspace(0, 1.3 * cut, 50)
    polynomial = Chebyshev.basis(degree, domain=[0, cut])
    damping = Damping(cut, degree)
    block = np.random.default_rng(0).standard_normal((50, 4))
    expected = polynomial(values)
    kept = block.copy()
    np.testing.assert_allclose(
        damping.of(lambda x: values[:, None] * x, kind())(block), expected[:, None] * block, atol=1e-11 * expected.max()
    )
    assert np.array_equal(block, kept)
    assert np.abs(expected[values <= cut]).max() <= 1 + 1e-12


def test_of_degree_one_is_the_map_itself():
    assert Damping().of(np.negative, Workspace()) is np.negative


def growth(damping, value):
    return Chebyshev.basis(damping.degree, domain=[0, damping.cut])(value)


@pytest.mark.parametrize("cut", [0.99, 0.9, 0.5])
@pytest.mark.parametrize("gain", [20, 1e4])
def test_amplifies_the_last_value_by_the_gain_with_the_lowest_degree(cut, gain):
    damping = Damping.between(cut, last=1.0, gain=gain, largest=1.0, max_ratio=1e3)
    assert growth(Damping(cut, damping.degree - 1), 1.0) < gain <= growth(damping, 1.0)


@pytest.mark.parametrize("largest", [1.0, 0.97])
def test_the_largest_value_is_amplified_at_most_by_the_allowed_ratio(largest):
    damping = Damping.between(0.9, last=0.91, gain=1e12, largest=largest, max_ratio=1e3)
    steeper = Damping(damping.cut, damping.degree + 1)
    assert growth(damping, largest) / growth(damping, 0.91) <= 1e3 < growth(steeper, largest) / growth(steeper, 0.91)


def test_degrees_are_limited():
    assert Damping.between(1.0, last=1.0, gain=1e4, largest=1.0, max_ratio=1e3).degree == 200
    assert Damping.between(0.0, last=1.0, gain=1e4, largest=1.0, max_ratio=1e3).degree == 1
    assert Damping.between(0.5, last=1.0, gain=0.5, largest=1.0, max_ratio=1e3).degree == 1
