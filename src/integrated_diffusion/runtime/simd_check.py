"""A small loop that uses every vector intrinsic, and the numbers it must give."""

from __future__ import annotations

import numpy as np
from numba import njit

from integrated_diffusion.runtime.simd_intrinsics import (
    below,
    ctz,
    fma,
    load,
    multiply_add,
    prefetch,
    store,
    sub,
    sums_of_products,
    zeros,
)

_WIDTH = 8


@njit(cache=True)
def _use_all(block: np.ndarray, weights: np.ndarray, out: np.ndarray) -> int:
    total = zeros(block, _WIDTH)
    rows = np.array([7, 1, 0], np.uint32)
    prefetch(block, 1, 0, total)
    total = multiply_add(total, block[0, 1], block, 1, 0)
    total = fma(total, block[0, 2], sub(load(block, 0, _WIDTH), block[0, 0]))
    store(out, 0, 0, total)
    sums_of_products(total, weights, rows, 1, block, 0, out[1:], 2)
    return ctz(below(load(block, 0, _WIDTH), block[0, 4]) ^ 1)


@njit(cache=True)
def _use_pairs(block: np.ndarray, weights: np.ndarray, out: np.ndarray) -> int:
    sums_of_products(load(block, 1, _WIDTH), weights, np.array([1, 0], np.uint32), 0, block, 0, out, 2)
    return ctz(below(load(block, 0, _WIDTH), block[0, 4]) ^ 1)


def _adds_pairs_correctly() -> bool:
    pairs, weights = np.arange(4 * _WIDTH, dtype=np.int16).reshape(2, -1), np.array([[1, -3], [5, 7]], np.int16)
    block, out = pairs.view(np.int32), np.zeros((2, _WIDTH), np.int32)
    lowest = _use_pairs(block, weights.view(np.int32), out)
    products = weights[::-1].astype(np.int32) @ pairs[0].reshape(-1, 2).T
    return lowest == 1 and np.array_equal(out, block[1] + products)


def computes_correctly() -> bool:
    """Compile the loops in both precisions and with pairs of integers; return whether they give the right numbers."""
    for dtype in (np.float32, np.float64):
        block, weights = (
            np.arange(2.0 * _WIDTH, dtype=dtype).reshape(2, _WIDTH),
            np.array([[1.0, 3.0], [5.0, 7.0]], dtype),
        )
        out = np.zeros((3, _WIDTH), dtype)
        lowest, total = _use_all(block, weights, out), block[1] + 2 * block[0]
        if lowest != 1 or not np.array_equal(out, np.vstack([total, total + np.dot(weights[::-1], block)])):
            return False
    return _adds_pairs_correctly()
