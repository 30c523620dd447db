"""The multi-scale map against a dense decomposition and against the sum over powers of the operator."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist, pdist, squareform

from integrated_diffusion import embedding
from integrated_diffusion.embedding import multiscale_map
from integrated_diffusion.embedding.multiscale import LONGEST
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import DiffusionOperator


def affinities(points: np.ndarray, width: float) -> np.ndarray:
    K = np.exp(-((cdist(points, points) / width) ** 2))
    K[K < 1e-3] = 0
    return K


def operator_on(points: np.ndarray, width: float) -> tuple[DiffusionOperator, np.ndarray]:
    """A diffusion operator on points, and the same as a dense matrix."""
    K = affinities(points, width)
    return DiffusionOperator(sp.csr_array(K)), K / K.sum(axis=1, keepdims=True)


def products(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    plane = rng.uniform(0, [3.0, 1.0], size=(n, 2))
    (P, p), (Q, q) = operator_on(plane, 0.5), operator_on(plane + 0.1 * rng.standard_normal(plane.shape), 0.4)
    return P**2 @ Q, p @ p @ q


def symmetric_walk(points: np.ndarray, width: float) -> tuple[DiffusionOperator, np.ndarray]:
    """A symmetric operator: affinities scaled until every row and column sums to one."""
    K = affinities(points, width)
    scale = np.ones(len(K))
    for _ in range(2000):
        scale = np.sqrt(scale / (K @ scale))
    P = scale[:, None] * K * scale
    assert np.abs(P.sum(axis=1) - 1).max() < 1e-13
    return DiffusionOperator(sp.csr_array(P)), P


def dense_map(J: np.ndarray, n_components: int, power: int) -> np.ndarray:
    """The weights of all powers added up one by one, until the remainder is negligible."""
    U, s, _ = np.linalg.svd(np.linalg.matrix_power(J, power))
    s = s / s[0]
    squares = sum(s[1:] ** (2 * q) for q in range(1, 3000))
    coordinates = U[:, 1 : n_components + 1] * np.sqrt(squares[:n_components])
    largest = coordinates[np.abs(coordinates).argmax(axis=0), np.arange(n_components)]
    return coordinates * np.sign(largest)


@pytest.mark.parametrize("power", [1, 3])
@pytest.mark.parametrize("n", [80, 560])
def test_equals_the_dense_decomposition(n, power):
    J, dense = products(n)
    expected = dense_map(dense, 5, power)
    found = multiscale_map(J, n_components=5, power=power)
    assert found.shape == (n, 5)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("power", [1, 2])
def test_distances_are_those_of_all_powers_together(power):
    points = np.random.default_rng(1).uniform(0, [1.5, 1.0], size=(29, 2))
    points = np.vstack([points, points[0]])  # whose value of zero is the one component that is not computed
    P, dense = symmetric_walk(points, 0.6)
    expected, repeated = np.zeros(30 * 29 // 2), np.eye(30)
    for _ in range(600):
        repeated = repeated @ np.linalg.matrix_power(dense, power)
        expected += pdist(repeated) ** 2  # the constant part of every row is the same and cancels
    assert np.ptp(repeated) < 1e-12
    found = pdist(multiscale_map(P, n_components=28, power=power)) ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


def test_columns_fall_in_order_of_their_weights():
    lengths = np.linalg.norm(multiscale_map(products(560)[0], n_components=8), axis=0)
    assert (np.diff(lengths) <= 0).all()


def in_two_pieces(n: int) -> np.ndarray:
    points = np.random.default_rng(2).uniform(0, 1, size=(2 * n, 2))
    points[n:] += 100
    return points


@pytest.mark.parametrize("n", [30, 300])
def test_components_lie_far_apart_but_not_infinitely_far(n):
    coordinates = multiscale_map(operator_on(in_two_pieces(n), 0.5)[0], n_components=3)
    assert np.isfinite(coordinates).all()
    apart = squareform(pdist(coordinates))
    assert apart[:n, n:].min() > 5 * max(apart[:n, :n].max(), apart[n:, n:].max())


def test_a_value_of_one_has_the_weight_of_the_counted_powers():
    coordinates = multiscale_map(symmetric_walk(in_two_pieces(30), 0.5)[0], n_components=3)
    assert np.linalg.norm(coordinates[:, 0]) == pytest.approx(np.sqrt(LONGEST), rel=1e-6)
    assert np.linalg.norm(coordinates[:, 1]) < 5


def test_a_value_a_rounding_above_one_counts_as_one():
    values = np.array([1 + 1e-15, 1.0, 1 - 1e-15, 0.6, 0.0])
    expected = [LONGEST, LONGEST, LONGEST, 0.36 / (1 - 0.36), 0.0]
    weights = embedding.multiscale._over_all_powers(values)
    np.testing.assert_allclose(weights**2, expected, rtol=1e-3)


@pytest.mark.parametrize("n", [80, 560])
def test_power_is_the_map_of_the_powered_operator(n):
    J, _ = products(n)
    np.testing.assert_array_equal(multiscale_map(J, 5, power=3), multiscale_map(J**3, 5))


def test_power_by_entropy_is_that_of_the_operator():
    J, _ = products(80)
    power = choose_power(J, "entropy")
    assert power > 1
    np.testing.assert_array_equal(multiscale_map(J, 3, power="entropy"), multiscale_map(J, 3, power=power))


@pytest.mark.parametrize("n", [80, 560])
def test_signs_make_the_largest_entry_positive(n):
    coordinates = multiscale_map(products(n)[0], n_components=6)
    assert (coordinates.max(axis=0) >= -coordinates.min(axis=0)).all()


def test_same_seed_same_bits():
    J, _ = products(560)
    np.testing.assert_array_equal(multiscale_map(J, 5, random_state=1), multiscale_map(J, 5, random_state=1))


def test_seed_does_not_matter_beyond_rounding():
    J, _ = products(560)
    np.testing.assert_allclose(multiscale_map(J, 5, random_state=1), multiscale_map(J, 5, random_state=2), atol=1e-6)


def test_permuting_samples_permutes_the_map():
    points = np.random.default_rng(3).uniform(0, [3.0, 1.0], size=(90, 2))
    order = np.random.default_rng(4).permutation(90)
    original = multiscale_map(operator_on(points, 0.5)[0], n_components=4)
    permuted = multiscale_map(operator_on(points[order], 0.5)[0], n_components=4)
    np.testing.assert_allclose(permuted, original[order], atol=1e-8)


def test_as_many_components_as_there_can_be():
    J, _ = products(20)
    assert multiscale_map(J, n_components=18).shape == (20, 18)
    with pytest.raises(ValueError, match=r"n_components: expected at most 18 for 20 samples, found 19; ask for fewer"):
        multiscale_map(J, n_components=19)


@pytest.mark.parametrize(("n_components", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError)])
def test_bad_numbers_of_components(n_components, error):
    with pytest.raises(error, match="n_components: expected"):
        multiscale_map(products(20)[0], n_components=n_components)


@pytest.mark.parametrize(("power", "error"), [(0, ValueError), (1.5, TypeError), ("often", ValueError)])
def test_bad_powers(power, error):
    with pytest.raises(error, match="power: expected"):
        multiscale_map(products(20)[0], n_components=2, power=power)


def test_is_offered_beside_the_other_maps():
    assert "multiscale_map" in embedding.__all__
    assert embedding.multiscale_map is multiscale_map
