"""Quadrature within a Krylov space against the trace of the matrix function."""

from __future__ import annotations

import numpy as np
import pytest

from integrated_diffusion.spectrum.krylov import KrylovSpace
from integrated_diffusion.spectrum.rules import gauss_and_radau_within, gauss_within


def grown(values, n_blocks, width=4):
    rng = np.random.default_rng(0)
    start = np.linalg.qr(rng.standard_normal((len(values), width)))[0]
    space = KrylovSpace(start.copy(), n_blocks * width, rng)
    for _ in range(n_blocks):
        space.grow(lambda block: values[:, None] * block)
    return start, space


def trace(function, values, start):
    return float((function(values)[:, None] * start**2).sum())


@pytest.mark.parametrize("rule", [gauss_within, gauss_and_radau_within])
def test_polynomials_are_exact(rule):
    values = np.random.default_rng(1).uniform(0, 1, 300)
    start, space = grown(values, 5)
    nodes, weights = rule(space.matrix, 4, space.residual.block.T @ space.residual.block)
    assert weights.sum() == pytest.approx(4)
    for power in range(10):
        assert weights @ nodes**power == pytest.approx(trace(lambda x: x**power, values, start), rel=1e-10)  # noqa: B023


def test_the_two_rules_enclose_the_sum_of_roots():
    values = np.random.default_rng(1).uniform(0, 1, 300) ** 6
    start, space = grown(values, 6)
    residual = space.residual.block.T @ space.residual.block
    exact = trace(np.sqrt, values, start)
    nodes, weights = gauss_within(space.matrix, 4, residual)
    upper = weights @ np.sqrt(np.maximum(nodes, 0))
    nodes, weights = gauss_and_radau_within(space.matrix, 4, residual)
    mean = weights @ np.sqrt(nodes)
    assert 2 * mean - upper < exact < upper
    assert abs(mean - exact) < 0.3 * (upper - exact)
    assert nodes.min() == pytest.approx(0, abs=1e-12)
