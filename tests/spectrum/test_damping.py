"""The damping polynomials against numpy's Chebyshev polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial.chebyshev import Chebyshev

from integrated_diffusion.spectrum.damping import Damping


@pytest.mark.parametrize("degree", [2, 3, 8, 31])
@pytest.mark.parametrize("cut", [0.9, 0.3, 1e-3])
def test_is_the_chebyshev_polynomial_of_the_interval(cut, degree):
    values = np.linspace(0, 1.3 * cut, 50)
    polynomial = Chebyshev.basis(degree, domain=[0, cut])
    damping = Damping(cut, degree)
    block = np.random.default_rng(0).standard_normal((50, 4))
    expected = polynomial(values)
    kept = block.copy()
    np.testing.assert_allclose(
        damping.of(lambda x: values[:, None] * x)(block), expected[:, None] * block, atol=1e-11 * expected.max()
    )
    assert np.array_equal(block, kept)
    assert np.abs(expected[values <= cut]).max() <= 1 + 1e-12
    above = values > 1.02 * cut
    np.testing.assert_allclose(damping.undone(expected[above]), values[above], rtol=1e-9)
    np.testing.assert_allclose(damping.slope(values[above]), polynomial.deriv()(values[above]), rtol=1e-6)


def test_of_degree_one_is_the_map_itself():
    values = np.array([-1.0, 0.2, 3.0])
    assert Damping().of(np.negative) is np.negative
    assert np.array_equal(Damping().undone(values), values)
    assert np.array_equal(Damping().slope(values), np.ones(3))


@pytest.mark.parametrize("cut", [0.99, 0.9, 0.5])
def test_grows_as_much_as_it_is_told_at_most(cut):
    damping = Damping.between(1.0, cut, 1e4)
    longest = Chebyshev.basis(damping.degree, domain=[0, cut])(1.0)
    assert 1e4 / 60 < longest <= 1e4
    assert Damping.between(1.0, 1.0, 1e4).degree == 200
    assert Damping.between(1.0, 0.0, 1e4).degree == 1
