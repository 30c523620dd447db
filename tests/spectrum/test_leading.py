"""Leading eigenspaces against dense decompositions, where values are apart, crowd, repeat, or end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from integrated_diffusion.spectrum import leading, precision
from integrated_diffusion.spectrum.krylov import KrylovSpace
from integrated_diffusion.spectrum.leading import WIDTH, leading_eigenspace, leading_subspace, max_size_for, width_for
from integrated_diffusion.spectrum.precision import SINGLE

N = 700


def rotated(values, seed=0):
    """A dense symmetric matrix with these eigenvalues, and its vectors."""
    vectors = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))[0]
    return (vectors * values) @ vectors.T, vectors


def counted(A):
    """The map of a matrix, and the number of columns it was applied to."""
    columns = []

    def apply(block):
        columns.append(block.shape[1])
        return A @ block

    return apply, columns


SPECTRA = {
    "apart": 0.8 ** np.arange(N),
    "far apart": 0.3 ** np.arange(N),
    "crowded": np.append(1 - 1e-4 * np.arange(30), np.linspace(0.9, 0, N - 30)),
    "cosines": (1 + np.cos(np.pi * np.arange(N) / N)) / 2,
    "above one": 1.4 * 0.9 ** np.arange(N),
    "tiny": 1e-7 * 0.8 ** np.arange(N),
    "of low rank": np.append(np.array([1.0, 0.7, 0.3]), np.zeros(N - 3)),
    "all the same": np.ones(N),
    "one far above the others": np.append(40.0, np.linspace(1.3, 1, N - 1)),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("n_vectors", [1, 6, 21])
def test_are_eigenvectors_of_the_leading_values(name, n_vectors):
    values = SPECTRA[name]
    A, _ = rotated(values)
    U = leading_eigenspace(lambda block: A @ block, N, n_vectors, np.random.default_rng(1))
    assert U.shape == (N, n_vectors)
    np.testing.assert_allclose(U.T @ U, np.eye(n_vectors), atol=1e-12)
    found = (U * (A @ U)).sum(axis=0)
    np.testing.assert_allclose(found, values[:n_vectors], rtol=1e-9, atol=1e-13 * values[0])
    missed = np.linalg.norm(A @ U - U * found, axis=0)
    assert (missed <= 1.1e-8 * found + 1e-13 * values[0]).all()


@pytest.mark.parametrize("largest", [40.0, 1e3, 1e5])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_basis_stays_orthonormal_through_restarts(largest, seed, monkeypatch):
    """What is lost of orthogonality is multiplied by the largest value with every block, and must not add up."""
    A, _ = rotated(np.append(largest, np.linspace(1.3, 1, N - 1)), seed)
    losses, restart = [], KrylovSpace.thick_restart

    def watched(space, values, vectors):
        losses.append(abs(space.basis.T @ space.basis - np.eye(space.size)).max())
        restart(space, values, vectors)

    monkeypatch.setattr(KrylovSpace, "thick_restart", watched)
    U = leading_eigenspace(lambda block: A @ block, N, 6, np.random.default_rng(seed), tolerance=1e-6)
    assert len(losses) > 5
    assert max(losses) < 1e-9
    np.testing.assert_allclose(U.T @ U, np.eye(6), atol=1e-12)


@pytest.mark.parametrize("times", [WIDTH - 1, WIDTH, WIDTH + 1, 30])
def test_a_value_is_found_as_often_as_it_is_there(times):
    values = np.append(np.ones(times), 0.9 * 0.8 ** np.arange(N - times))
    A, vectors = rotated(values)
    U = leading_eigenspace(lambda block: A @ block, N, times + 3, np.random.default_rng(2))
    leading = vectors[:, : times + 3]
    np.testing.assert_allclose(np.linalg.norm(leading.T @ U, axis=0), 1, atol=1e-10)


@pytest.mark.parametrize("times", [WIDTH - 1, WIDTH, WIDTH + 1, 30])
def test_also_where_rounding_separates_copies(times):
    values = np.append(np.ones(times), 0.9 * 0.8 ** np.arange(N - times))
    root, vectors = rotated(values ** (1 / 64))
    columns = []

    def apply(block):
        columns.append(block.shape[1])
        for _ in range(64):
            block = root.astype(block.dtype) @ block
        return block

    U = leading_eigenspace(apply, N, times + 3, np.random.default_rng(2), tolerance=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, : times + 3].T @ U, axis=0), 1, atol=1e-6)
    assert sum(columns) < 30 * WIDTH


@pytest.mark.parametrize("n", [5, 13, 30, 47])
def test_as_many_as_there_are(n):
    values = np.random.default_rng(3).uniform(size=n)
    A, _ = rotated(np.sort(values)[::-1])
    U = leading_eigenspace(lambda block: A @ block, n, n, np.random.default_rng(4))
    np.testing.assert_allclose((U * (A @ U)).sum(axis=0), np.sort(values)[::-1], atol=1e-12)
    np.testing.assert_allclose(U.T @ U, np.eye(n), atol=1e-12)


def test_costs_what_the_tolerance_requires():
    A, _ = rotated(SPECTRA["cosines"])
    spent = []
    for tolerance in (1e-2, 1e-5, 1e-8):
        apply, columns = counted(A)
        leading_eigenspace(apply, N, 10, np.random.default_rng(0), tolerance)
        spent.append(sum(columns))
    assert spent[0] < spent[1] < spent[2] < 600 * WIDTH


STEEP = {"flat": (0.95, 1e-5, np.float32), "steep": (0.4, 1e-5, np.float64), "asked": (0.95, 1e-6, np.float64)}


@pytest.mark.parametrize("case", STEEP)
def test_single_precision_only_where_it_has_the_digits(case):
    ratio, tolerance, expected = STEEP[case]
    A, vectors = rotated(ratio ** np.arange(N))
    asked = []

    def apply(block):
        asked.append(block.dtype)
        return A.astype(block.dtype) @ block

    U = leading_eigenspace(apply, N, 6, np.random.default_rng(0), tolerance)
    assert set(asked[1:]) == {np.dtype(expected)}
    assert U.dtype == np.float64
    np.testing.assert_allclose(np.abs((U * vectors[:, :6]).sum(axis=0)), 1, atol=1e-8)
    np.testing.assert_allclose(U.T @ U, np.eye(6), atol=1e-12)


@pytest.mark.parametrize("name", ["apart", "crowded", "cosines"])
@pytest.mark.parametrize("n_known", [1, 5, 20])
@pytest.mark.parametrize("tolerance", [1e-8, 1e-5])
def test_known_vectors_are_left_out(name, n_known, tolerance):
    values = SPECTRA[name]
    A, vectors = rotated(values)
    known = vectors[:, :n_known]

    def apply(block):
        return A.astype(block.dtype) @ block

    U = leading_eigenspace(apply, N, 4, np.random.default_rng(0), tolerance, known)
    np.testing.assert_allclose(known.T @ U, 0, atol=tolerance)
    found = (U * (A @ U)).sum(axis=0)
    np.testing.assert_allclose(found, values[n_known : n_known + 4], rtol=1e-9 if tolerance == 1e-8 else 1e-6)


def diagonal(values):
    """A map that multiplies every row, and the number of columns it was applied to."""
    columns = []

    def apply(block):
        columns.append(block.shape[1])
        return values.astype(block.dtype)[:, None] * block

    return apply, columns


def test_single_precision_takes_no_longer_to_be_satisfied(monkeypatch):
    n = 200_000
    values, spent = np.append(1 - 1e-3 * np.arange(30), np.linspace(0.96, 0, n - 30)), []
    for tolerance in (SINGLE.tolerance, 1.0):
        monkeypatch.setattr(precision, "SINGLE", replace(SINGLE, tolerance=tolerance))
        apply, columns = diagonal(values)
        U = leading_eigenspace(apply, n, 10, np.random.default_rng(0), tolerance=1e-4)
        np.testing.assert_allclose((U**2).T @ values, values[:10], rtol=1e-4)
        spent.append(sum(columns))
    assert spent[0] <= 1.3 * spent[1] < 200 * WIDTH


@pytest.mark.parametrize("tolerance", [1e-8, 1e-4])
def test_known_values_far_above_crowded_ones(tolerance):
    """A polynomial that damps what is below the crowd makes what is above it larger than any number."""
    n = 5_000
    values = np.concatenate([[1.0, 0.99], 0.9 - 1e-5 * np.arange(300), np.linspace(0.89, 0, n - 302)])
    apply, _ = diagonal(values)
    U = leading_eigenspace(apply, n, 4, np.random.default_rng(0), tolerance, np.eye(n)[:, :2])
    assert np.isfinite(U).all()
    np.testing.assert_allclose(U[:2], 0, atol=tolerance)
    np.testing.assert_allclose((U**2).T @ values, 0.9, rtol=1e-3)


def test_gives_up_with_the_best_there_is():
    values, columns = 1 - 1e-9 * np.arange(5000.0), []

    def apply(block):
        columns.append(block.shape[1])
        return values[:, None] * block

    U = leading_eigenspace(apply, 5000, 3, np.random.default_rng(0), tolerance=1e-13)
    assert sum(columns) < 1_500 * WIDTH
    np.testing.assert_allclose(U.T @ U, np.eye(3), atol=1e-11)


def test_same_seed_same_bits():
    A, _ = rotated(SPECTRA["cosines"])
    one, again, other = (
        leading_eigenspace(lambda block: A @ block, N, 5, np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_subspace_is_by_absolute_value_and_can_be_grown():
    values = np.append(-(0.7 ** np.arange(8)), 0.01 * np.random.default_rng(0).uniform(-1, 1, N - 8))
    A, vectors = rotated(values)
    space = leading_subspace(lambda block: A @ block, N, 8, 4, np.random.default_rng(0), n_further=3)
    Q = space.basis
    assert Q.shape == (N, 8 + 3 * 4)
    np.testing.assert_allclose(Q.T @ Q, np.eye(20), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, :6].T @ Q[:, :8], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(space.matrix, Q.T @ A @ Q, atol=1e-10)


@pytest.mark.parametrize(
    ("n", "n_kept", "expected"), [(300_000, 64, 192), (1_000_000, 64, 128), (3_000_000, 16, 48), (10**8, 32, 96)]
)
def test_a_large_space_is_restarted_earlier_unless_it_has_few_blocks(n, n_kept, expected):
    assert max_size_for(n, n_kept) == expected


@pytest.mark.parametrize(("n_vectors", "expected"), [(1, 16), (11, 16), (51, 16), (95, 16), (96, 32), (150, 48)])
def test_a_block_has_a_multiple_of_sixteen_columns(n_vectors, expected):
    assert width_for(n_vectors) == expected


@pytest.mark.parametrize("n_vectors", [11, 51])
def test_a_space_that_is_restarted_earlier_gives_the_same_vectors(n_vectors, monkeypatch):
    A, vectors = rotated(np.exp(-np.arange(N) / 60))
    monkeypatch.setattr(leading, "SPACE_BYTES", 1)
    found = leading_eigenspace(lambda block: A @ block, N, n_vectors, np.random.default_rng(1))
    np.testing.assert_allclose(np.abs((vectors[:, :n_vectors] * found).sum(axis=0)), 1, atol=1e-6)
