"""The diffusion map against a dense singular value decomposition of the dense matrix power."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist, pdist, squareform

from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.spectrum import precision


def operator_on(points: np.ndarray, width: float) -> tuple[DiffusionOperator, np.ndarray]:
    """A diffusion operator on points, and the same as a dense matrix."""
    K = np.exp(-((cdist(points, points) / width) ** 2))
    K[K < 1e-3] = 0
    return DiffusionOperator(sp.csr_array(K)), K / K.sum(axis=1, keepdims=True)


def products(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    plane = rng.uniform(0, [3.0, 1.0], size=(n, 2))
    (P, p), (Q, q) = operator_on(plane, 0.5), operator_on(plane + 0.1 * rng.standard_normal(plane.shape), 0.4)
    return P**2 @ Q, p @ p @ q


def dense_map(J: np.ndarray, n_components: int, power: int) -> np.ndarray:
    U, s, _ = np.linalg.svd(np.linalg.matrix_power(J, power))
    coordinates = (U * s)[:, 1 : n_components + 1]
    largest = coordinates[np.abs(coordinates).argmax(axis=0), np.arange(n_components)]
    return coordinates * np.sign(largest)


@pytest.mark.parametrize("power", [1, 3])
@pytest.mark.parametrize("n", [80, 620])
def test_equals_the_dense_decomposition(n, power):
    J, dense = products(n)
    expected = dense_map(dense, 5, power)
    found = diffusion_map(J, n_components=5, power=power)
    assert found.shape == (n, 5)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("power", [1, 3])
def test_single_precision_moves_next_to_nothing(monkeypatch, power):
    """As above 20,000 samples."""
    J, dense = products(620)
    expected, double = dense_map(dense, 5, power), diffusion_map(J, n_components=5, power=power)
    monkeypatch.setattr(precision, "_FEW", 0)
    found = diffusion_map(J, n_components=5, power=power)
    assert (np.abs(found - expected).max(axis=0) <= 1e-4 * np.abs(expected).max(axis=0)).all()
    assert not np.array_equal(found, double)


@pytest.mark.parametrize("n", [80, 620])
def test_signs_make_the_largest_entry_positive(n):
    coordinates = diffusion_map(products(n)[0], n_components=6)
    assert (coordinates.max(axis=0) >= -coordinates.min(axis=0)).all()


def test_distances_are_those_of_the_rows_of_the_power():
    J, dense = products(60)
    twice = dense @ dense
    U, s, _ = np.linalg.svd(twice)
    dropped = U[:, :1] * s[0]
    found = pdist(diffusion_map(J, n_components=58, power=2)) ** 2 + pdist(dropped) ** 2
    np.testing.assert_allclose(found, pdist(twice) ** 2, atol=1e-10)


def test_columns_fall_in_order_of_their_singular_values():
    lengths = np.linalg.norm(diffusion_map(products(620)[0], n_components=8), axis=0)
    assert (np.diff(lengths) <= 0).all()


def test_power_by_entropy_is_that_of_the_operator():
    J, _ = products(80)
    power = choose_power(J, "entropy")
    assert power > 1
    np.testing.assert_array_equal(
        diffusion_map(J, n_components=3, power="entropy"), diffusion_map(J, n_components=3, power=power)
    )


def test_permuting_samples_permutes_the_map():
    points = np.random.default_rng(3).uniform(0, [3.0, 1.0], size=(90, 2))
    order = np.random.default_rng(4).permutation(90)
    original = diffusion_map(operator_on(points, 0.5)[0], n_components=4)
    permuted = diffusion_map(operator_on(points[order], 0.5)[0], n_components=4)
    np.testing.assert_allclose(permuted, original[order], atol=1e-9)


def test_duplicates_meet():
    points = np.random.default_rng(5).uniform(0, [3.0, 1.0], size=(60, 2))
    coordinates = diffusion_map(operator_on(np.vstack([points, points[:10]]), 0.5)[0], n_components=4)
    np.testing.assert_allclose(coordinates[60:], coordinates[:10], atol=1e-12)


def test_components_of_a_disconnected_graph_lie_apart():
    points = np.random.default_rng(6).uniform(0, 1, size=(60, 2))
    points[30:] += 100
    coordinates = diffusion_map(operator_on(points, 0.5)[0], n_components=3, power=20)
    apart = squareform(pdist(coordinates))
    assert apart[:30, 30:].min() > 100 * max(apart[:30, :30].max(), apart[30:, 30:].max())


def test_same_seed_same_bits():
    J, _ = products(620)
    np.testing.assert_array_equal(diffusion_map(J, 5, random_state=1), diffusion_map(J, 5, random_state=1))


def test_seed_does_not_matter_beyond_rounding():
    J, _ = products(620)
    np.testing.assert_allclose(diffusion_map(J, 5, random_state=1), diffusion_map(J, 5, random_state=2), atol=1e-7)


def test_as_many_components_as_there_can_be():
    J, _ = products(20)
    assert diffusion_map(J, n_components=18).shape == (20, 18)
    with pytest.raises(ValueError, match=r"n_components: expected at most 18 for 20 samples, found 19; ask for fewer"):
        diffusion_map(J, n_components=19)


@pytest.mark.parametrize(("power", "error"), [(0, ValueError), (1.5, TypeError), ("often", ValueError)])
def test_bad_powers(power, error):
    with pytest.raises(error, match="power: expected"):
        diffusion_map(products(20)[0], n_components=2, power=power)


def test_no_component_of_a_disconnected_graph_is_missed():
    rng = np.random.default_rng(7)
    points = rng.uniform(0, 1, size=(600, 2)) + 50 * (np.arange(600) % 4)[:, None]
    (P, p), (Q, q) = operator_on(points, 0.3), operator_on(points + 0.05 * rng.standard_normal(points.shape), 0.3)
    expected = dense_map(p @ q, 4, 2)
    np.testing.assert_allclose(diffusion_map(P @ Q, 4, power=2), expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("power", [1, 30])
def test_a_graph_of_many_equal_components(power):
    """A hundred and fifty cliques: one is a singular value as often, on which a solver from one vector breaks down."""
    n_pieces, size = 150, 6
    P = DiffusionOperator(sp.csr_array(sp.kron(sp.eye_array(n_pieces), np.ones((size, size)))))
    coordinates = diffusion_map(P, 20, power=power)
    np.testing.assert_allclose(np.linalg.norm(coordinates, axis=0), 1, atol=1e-8)
    np.testing.assert_allclose(coordinates.T @ coordinates, np.eye(20), atol=1e-8)
    np.testing.assert_allclose(P @ coordinates, coordinates, atol=1e-8)


@pytest.mark.parametrize("power", [1, 3, 12])
def test_singular_vectors_are_those_of_the_dense_decomposition(power):
    J, dense = products(900)
    expected_U, expected, _ = np.linalg.svd(np.linalg.matrix_power(dense, power))
    U, s = leading_coordinates(J**power, 8)
    np.testing.assert_allclose(s, expected[:9], rtol=1e-9, atol=1e-9)  # squares of smaller ones drown in rounding
    np.testing.assert_allclose(U.T @ U, np.eye(9), atol=1e-12)
    apart = (expected[:9] - expected[1:10]) / expected[:9] > 0.01
    apart &= expected[:9] > 1e-4 * expected[0]
    assert apart.sum() >= 2
    missed = np.abs(np.abs((U * expected_U[:, :9]).sum(axis=0)) - 1)
    assert missed[apart].max() < 1e-10


def test_an_elongated_graph_has_values_that_crowd_at_one():
    """A noisy curve: twenty values within a few thousandths."""
    rng = np.random.default_rng(5)
    line = np.sort(rng.uniform(0, 200, 1000))
    (P, p), (Q, q) = (operator_on(np.column_stack([line, 0.1 * rng.standard_normal(1000)]), 2.0) for _ in range(2))
    expected = np.linalg.svd(p @ q, compute_uv=False)[:13]
    assert expected[0] / expected[12] < 1.2
    np.testing.assert_allclose(leading_coordinates(P @ Q, 12)[1], expected, rtol=1e-9)


@pytest.mark.parametrize("n_components", [140, 160, 400, 598])
def test_nearly_as_many_components_as_samples(n_components, monkeypatch):
    J, dense = products(600)

    def refuse(*_):
        raise AssertionError("the operator was formed as a matrix")

    monkeypatch.setattr(Operator, "toarray", refuse)
    coordinates = diffusion_map(J, n_components)
    values = np.linalg.svd(dense, compute_uv=False)[1 : n_components + 1]
    np.testing.assert_allclose(np.linalg.norm(coordinates, axis=0), values, atol=1e-8)
