"""The loops that find candidates give the same bits: with four rows at a time, with eight, and without intrinsics."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numba import njit

from integrated_diffusion.neighbors.candidates_plain import candidates_plain
from integrated_diffusion.neighbors.cells import Cells
from integrated_diffusion.neighbors.tiles import first_tiles_of
from integrated_diffusion.runtime import simd


def compiled(at_once: int) -> Any:
    """The loop as it is compiled for a processor whose registers hold the sums of so many rows."""
    from integrated_diffusion.neighbors import candidates_simd as module

    work, names = module.candidates_simd.py_func, {**vars(module), "AT_ONCE": at_once}
    return njit(nogil=True)(FunctionType(work.__code__, names, work.__name__))


@pytest.mark.skipif(not simd.is_available(), reason="no vector intrinsics")
@pytest.mark.parametrize("at_once", [4, 8])
def test_same_bits_however_many_rows_are_compared_at_once(at_once: int) -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((700, 11)).astype(np.float32)
    cells = Cells.in_order(points)
    tiles, first_tiles = cells._tiles, first_tiles_of(cells.starts)
    find, probed_cells = compiled(at_once), np.array([2, 0, 1])
    for n_rows in (1, 4, 5, 7, 8, 9, 33):
        own = points[:n_rows]
        mask = rng.random((3, n_rows)) < 0.7
        found = []
        for loop in (find, candidates_plain):
            places = np.full((n_rows, 20), -1, np.int32)
            squared = np.full(places.shape, np.inf, np.float32)
            loop(own, tiles, first_tiles, cells.starts, cells.centres[0], probed_cells, mask, places, squared)
            found.append((places, squared))
        for one, other in zip(*found, strict=True):
            np.testing.assert_array_equal(one, other)
        squares = ((own[:, None].astype(float) - points) ** 2).sum(axis=2)
        allowed = np.repeat(mask[np.argsort(probed_cells)].T, cells.sizes, axis=1)
        nearest = np.argsort(np.where(allowed, squares, np.inf), axis=1)[:, :20]
        for row in np.flatnonzero(allowed.any(axis=1)):
            assert set(found[0][0][row]) == set(nearest[row])
