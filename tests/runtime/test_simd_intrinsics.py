"""Lanes against numpy: the same numbers, and where it is promised the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numba.core.errors import NumbaError

from integrated_diffusion.runtime.simd_intrinsics import below, ctz, fma, load, multiply_add, store, sub, zeros

WIDTH = 8


@njit
def _sum_of_rows(block, weights):
    out = np.empty((1, WIDTH), block.dtype)
    total = zeros(block, WIDTH)
    for row in range(len(block)):
        total = multiply_add(total, weights[row], block, row, 1)
    store(out, 0, 0, total)
    return out[0]


@njit
def _fused(block, weights, about):
    out = np.empty((2, WIDTH), block.dtype)
    total = squares = zeros(block, WIDTH)
    for row in range(len(block)):
        values = sub(load(block, row, WIDTH), about[row])
        total = fma(total, weights[row], values)
        squares = fma(squares, values, values)
    store(out, 0, 0, total)
    store(out, 1, 0, squares)
    return out


@njit
def _lanes_below(row, limit):
    found, places = below(load(row, 0, WIDTH), limit), np.zeros(WIDTH, np.bool_)
    while found:
        places[ctz(found)] = True
        found &= found - 1
    return places


@njit
def _without_a_width(block, n):
    store(block, 0, 0, load(block, 0, n))


@pytest.fixture(params=[np.float32, np.float64])
def drawn(request):
    rng = np.random.default_rng(0)
    return rng.standard_normal((30, WIDTH + 3)).astype(request.param), rng.standard_normal(30).astype(request.param)


def test_sums_have_the_bits_of_the_same_sum_done_alone(drawn):
    block, weights = drawn
    expected = np.zeros(WIDTH, block.dtype)
    for row, weight in zip(block, weights, strict=True):
        expected = expected + weight * row[1 : WIDTH + 1]
    assert np.array_equal(_sum_of_rows(block, weights), expected)


def test_fused_sums_are_within_their_error_bound(drawn):
    block, weights = drawn
    about = weights[::-1].copy()
    away = (block[:, :WIDTH] - about[:, None]).astype(np.float64)
    bound = (len(block) + 1) * np.finfo(block.dtype).eps
    total, squares = _fused(block, weights, about)
    magnitudes = np.abs(weights) @ np.abs(away)
    assert (np.abs(total - weights.astype(np.float64) @ away) <= bound * magnitudes).all()
    assert (np.abs(squares - (away**2).sum(axis=0)) <= bound * (away**2).sum(axis=0)).all()


@pytest.mark.parametrize("limit", [-np.inf, -0.5, 0.0, 1.0, np.inf, np.nan])
def test_bits_mark_the_lanes_that_are_below(drawn, limit):
    row = drawn[0][:1].copy()
    row[0, 2], row[0, 5] = np.nan, np.inf
    with np.errstate(invalid="ignore"):
        assert np.array_equal(_lanes_below(row, row.dtype.type(limit)), row[0, :WIDTH] < limit)


def test_the_number_of_lanes_must_be_a_literal():
    with pytest.raises(NumbaError):
        _without_a_width(np.zeros((1, 8)), 8)
