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
    zeros,
)

_WIDTH = 8


@njit(cache=True)
def _use_all(block: np.ndarray, out: np.ndarray) -> int:
    total = zeros(block, _WIDTH)
    prefetch(block, 1, 0, total)
    total = multiply_add(total, block[0, 1], block, 1, 0)
    total = fma(total, block[0, 2], sub(load(block, 0, _WIDTH), block[0, 0]))
    store(out, 0, 0, total)
    return ctz(below(load(block, 0, _WIDTH), block[0, 4]) ^ 1)


def computes_correctly() -> bool:
    """Compile the loop in both precisions, and return whether it gives the right numbers."""
    for dtype in (np.float32, np.float64):
        block, out = np.arange(2.0 * _WIDTH, dtype=dtype).reshape(2, _WIDTH), np.zeros((1, _WIDTH), dtype)
        lowest = _use_all(block, out)
        if lowest != 1 or not np.array_equal(out[0], block[1] + 2 * block[0]):
            return False
    return True
