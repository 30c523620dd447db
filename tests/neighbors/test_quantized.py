"""Quantized points: the same candidates as in double precision where the step is fine enough, a notice where not."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numba import njit

from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch, find_neighbors
from integrated_diffusion.neighbors.cells import Cells
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.neighbors.quantized import LONGEST, QuantizedPoints, _quantize
from integrated_diffusion.neighbors.quantized_plain import quantized_plain
from integrated_diffusion.neighbors.tiles import first_tiles_of
from integrated_diffusion.runtime import simd

INFINITE = np.iinfo(np.int32).max


def compiled(at_once: int) -> Any:
    """The loop with registers as it is compiled where these hold the sums of so many rows."""
    from integrated_diffusion.neighbors import quantized_simd as module

    work, names = module.quantized_simd.py_func, {**vars(module), "AT_ONCE": at_once}
    return njit(nogil=True)(FunctionType(work.__code__, names, work.__name__))


def nearest(own, points, allowed, n):
    squared = ((own[:, None].astype(float) - points) ** 2).sum(axis=2)
    return np.argsort(np.where(allowed, squared, np.inf), axis=1)[:, :n]


@pytest.mark.skipif(not simd.is_available(), reason="no vector intrinsics")
@pytest.mark.parametrize("at_once", [4, 8])
@pytest.mark.parametrize("n_features", [1, 12, 13])
def test_loops_give_the_same_candidates(at_once, n_features):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((700, n_features)).astype(np.float32)
    starts = np.array([0, 250, 253, 700])
    quantized, find, probed = QuantizedPoints.of(points, starts), compiled(at_once), np.array([2, 0, 1])
    for n_rows in (1, 4, 5, 9, 33):
        mask = rng.random((3, n_rows)) < 0.7
        opposite, found = _quantize(-points[:n_rows], quantized.scale), []
        for loop in (find, quantized_plain):
            places = np.full((n_rows, 20), -1, np.int32)
            halves = np.full(places.shape, INFINITE, np.int32)
            loop(
                opposite,
                quantized.tiles,
                quantized.half_norms,
                first_tiles_of(starts),
                starts,
                probed,
                mask,
                places,
                halves,
            )
            found.append((places, halves))
        for one, other in zip(*found, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("with_mask", [False, True])
def test_candidates_are_those_of_double_precision(with_mask):
    rng = np.random.default_rng(1)
    points = (rng.standard_normal((900, 21)) * np.linspace(0.1, 3, 21)).astype(np.float32)
    starts = np.array([0, 300, 310, 600, 900])
    probed, own = np.array([1, 3, 0]), points[5:80]
    mask = rng.random((3, len(own))) < 0.6 if with_mask else None
    places, is_fine = QuantizedPoints.of(points, starts).candidates(own, probed, 12, mask)
    assert is_fine.all()
    allowed = np.zeros((len(own), len(points)), dtype=bool)
    for i, cell in enumerate(probed):
        allowed[:, starts[cell] : starts[cell + 1]] = True if mask is None else mask[i][:, None]
    true = nearest(own, points, allowed, 8)  # four more are sought than wanted, since rounding may exchange the last
    for row in np.flatnonzero(allowed.any(axis=1)):
        assert set(true[row]) <= set(places[row])
    assert (places[~allowed.any(axis=1)] == -1).all()


def test_half_a_squared_distance_fits_into_32_bits():
    corner = np.ones(40, np.float32)
    points = np.concatenate([np.tile(-corner, (5, 1)), np.tile(0.3 * corner, (20, 1))])
    quantized = QuantizedPoints.of(points, np.array([0, 5, 25]))
    assert LONGEST - 40 <= np.linalg.norm(quantized.tiles[0, :, 0].copy().view(np.int16)) <= LONGEST + 40
    a_little_longer = 1.09 * corner[None]
    places, is_fine = quantized.candidates(a_little_longer, np.array([0, 1]), 22, None)
    assert is_fine.all()
    assert set(places[0, :20]) == set(range(5, 25))
    assert set(places[0, 20:]) <= set(range(5))


def test_points_that_do_not_fit_and_points_too_near_are_told():
    rng = np.random.default_rng(2)
    near = 1e-6 * rng.standard_normal((50, 3))
    points = np.concatenate([near, rng.standard_normal((50, 3))]).astype(np.float32)
    quantized = QuantizedPoints.of(points, np.array([0, 100]))
    own = np.concatenate([points[:3], points[60:63], [[1e3, 0, 0]]]).astype(np.float32)
    _, is_fine = quantized.candidates(own, np.array([0]), 10, None)
    assert is_fine.tolist() == [False] * 3 + [True] * 3 + [False]


@pytest.mark.parametrize("points", [np.zeros((40, 3)), np.ones((1, 3))])
def test_points_without_a_distance_are_never_fine(points):
    points = points.astype(np.float32)
    _, is_fine = QuantizedPoints.of(points, np.array([0, len(points)])).candidates(points, np.array([0]), 1, None)
    assert not is_fine.any()


def far_outlier(rng):
    points = rng.standard_normal((3_000, 4))
    points[7] = 1e4
    return points


def groups_of_tiny_distances(rng):
    return np.repeat(rng.standard_normal((60, 4)) * 1e3, 50, axis=0) + 1e-3 * rng.standard_normal((3_000, 4))


def many_duplicates(rng):
    return np.repeat(rng.standard_normal((1_000, 4)), 3, axis=0)


@pytest.mark.parametrize("quantizes", [True, False])
@pytest.mark.parametrize("draw", [far_outlier, groups_of_tiny_distances, many_duplicates])
def test_approximate_search_keeps_its_recall_where_the_step_is_too_coarse(draw, quantizes, monkeypatch):
    monkeypatch.setattr(simd, "has_products_of_pairs", lambda: quantizes)
    points = draw(np.random.default_rng(3))
    exact, found = ExactSearch()(points, 10), ApproximateSearch()(points, 10)
    assert np.mean(found.distances <= exact.distances * (1 + 1e-6) + 1e-12) >= 0.97


def test_new_points_beyond_the_training_points_have_their_neighbours():
    rng = np.random.default_rng(4)
    points = rng.standard_normal((3_000, 5))
    new = np.concatenate([rng.standard_normal((50, 5)), 100 * rng.standard_normal((50, 5))])
    index = neighbor_index(points, 10, ApproximateSearch(), queries=new)
    exact = neighbor_index(points, 10, ExactSearch(), queries=new)
    assert np.mean(index.query(new).distances <= exact.query(new).distances * (1 + 1e-6)) >= 0.985


def test_rows_that_are_not_fine_are_searched_in_floating_point():
    rng = np.random.default_rng(5)
    points = np.concatenate([1e-6 * rng.standard_normal((300, 3)), rng.standard_normal((300, 3))]).astype(np.float32)
    cells = Cells.in_order(points)
    own, probed = points[200:400], np.arange(len(cells.sizes))
    mask = np.ones((len(probed), len(own)), dtype=bool)
    for probe_mask in (mask, None):
        places = cells.quantized_candidates(own, 0, probed, 14, probe_mask)
        distances = np.linalg.norm(own[:, None].astype(float) - points, axis=2)
        found = np.sort(np.take_along_axis(distances, places, 1), axis=1)[:, :10]
        np.testing.assert_allclose(found, np.sort(distances, axis=1)[:, :10], rtol=1e-4, atol=1e-12)


def test_the_same_neighbours_whatever_the_number_of_threads():
    points = np.random.default_rng(6).standard_normal((4_000, 6))
    one, two = (find_neighbors(points, 10, ApproximateSearch(), n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one.indices, two.indices)
    np.testing.assert_array_equal(one.distances, two.distances)
