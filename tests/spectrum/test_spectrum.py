"""Spectra against dense decompositions: all values when small, every sum of powers when large."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.linalg import svdvals

from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.spectrum import (
    SMALL,
    LanczosQuadrature,
    Spectrum,
    eigenvalues,
    gauss,
    gauss_and_radau,
    leading_eigenpairs,
    leading_subspace,
    singular_values,
)
from oracles import dense_eigenvalues, dense_walk

STEPS = np.array([1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200])
RNG = np.random.default_rng(0)


def well_connected(n):
    return diffusion_operator(RNG.standard_normal((n, 6)), GaussianKernel(n_neighbors=30), name="well connected")


def disconnected(n):
    centres = 100 * RNG.standard_normal((40, 3))
    X = centres[np.arange(n) % 40] + RNG.standard_normal((n, 3))
    return diffusion_operator(X, AlphaDecayKernel(n_neighbors=5, symmetrisation="mutual"), name="disconnected")


def slow_chain(n):
    return diffusion_operator(np.arange(n)[:, None] + 0.0, GaussianKernel(n_neighbors=3), name="slow chain")


def negative_half(n):
    """A ring that hardly stays where it is: as many eigenvalues below zero as above."""
    ring = sp.coo_array((RNG.uniform(1, 2, n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    far = sp.coo_array((np.full(n, 0.3), (np.arange(n), (np.arange(n) * 7 + 3) % n)), shape=(n, n))
    K = ring + ring.T + far + far.T + 0.01 * sp.eye_array(n)
    return DiffusionOperator(sp.csr_array(K), "negative half")


def of_low_rank(n):
    """Cliques of copies: a few eigenvalues one, all others zero."""
    cliques = sp.block_diag([sp.coo_array(np.ones((size, size))) for size in (n // 2, n // 4, n - n // 2 - n // 4)])
    return DiffusionOperator(sp.csr_array(cliques), "low rank")


def without_edges(n):
    return DiffusionOperator(sp.eye_array(n, format="csr"), "without edges")


GRAPHS = [well_connected, disconnected, slow_chain, negative_half, of_low_rank, without_edges]
LARGE = {make.__name__: make(900) for make in GRAPHS}
DENSE = {name: dense_eigenvalues(P.kernel.toarray()) for name, P in LARGE.items()}


def power_sum(spectrum, t):
    """Mean and standard error over the probes."""
    sums = spectrum.sums(lambda s: s**t)
    return sums.mean(), sums.std(ddof=1) / np.sqrt(len(sums)) if len(sums) > 1 else 0.0


def gap(large):
    """The graphs are what their names say."""
    return {name: 1 - np.sort(np.abs(values))[-2] for name, values in large.items()}


def test_the_graphs_are_what_their_names_say():
    assert gap(DENSE)["well_connected"] > 0.05
    assert gap(DENSE)["slow_chain"] < 1e-3
    assert np.sum(DENSE["disconnected"] > 1 - 1e-9) >= 40
    assert np.mean(DENSE["negative_half"] < 0) > 0.4
    assert np.sum(DENSE["of_low_rank"] > 1e-9) == 3
    assert all(P.n_samples > SMALL for P in LARGE.values())


@pytest.mark.parametrize("make", GRAPHS)
@pytest.mark.parametrize("n", [7, 60, 150])
def test_small_spectra_are_exact(make, n):
    P = make(n)
    spectrum = eigenvalues(P)
    np.testing.assert_allclose(
        spectrum.nodes, np.sort(np.abs(dense_eigenvalues(P.kernel.toarray())))[::-1], rtol=0, atol=1e-12
    )
    assert spectrum.n_values == n
    assert spectrum.largest == pytest.approx(1, abs=1e-12)
    assert len(spectrum.probe_nodes) == 0
    J = P**2 @ make(n)
    expected = svdvals(J.toarray())
    np.testing.assert_allclose(singular_values(J).nodes, expected, rtol=0, atol=1e-12)
    t = 3
    np.testing.assert_allclose(singular_values(J).sums(lambda s: s**t), [(expected**t).sum()], rtol=1e-10)


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("seed", [0, 1])
def test_quadrature_gives_every_sum_of_powers(name, seed):
    spectrum = eigenvalues(LARGE[name], random_state=seed)
    assert spectrum.n_values == 900
    assert spectrum.largest == pytest.approx(1, abs=1e-10)
    for t in STEPS:
        expected = (np.abs(DENSE[name]) ** t).sum()
        found, stderr = power_sum(spectrum, t)
        assert abs(found - expected) <= 4 * stderr + 1e-9 * expected, t
        assert abs(found - expected) <= 0.05 * expected, t


def test_standard_error_is_honest():
    """Over many seeds the sums scatter about the truth as much as they say."""
    P, truth = LARGE["well_connected"], np.abs(DENSE["well_connected"])
    quadrature = LanczosQuadrature(n_probes=10, n_steps=30, n_deflated=8)
    spectra = [eigenvalues(P, quadrature, seed) for seed in range(40)]
    for t in (2, 5, 10):
        found, stderr = np.array([power_sum(spectrum, t) for spectrum in spectra]).T
        deviation = np.sqrt(np.mean((found - (truth**t).sum()) ** 2))
        assert 0.6 < deviation / np.sqrt(np.mean(stderr**2)) < 1.5


def test_five_hundred_samples_are_decomposed():
    assert SMALL == 500
    assert len(eigenvalues(without_edges(500)).probe_nodes) == 0
    assert len(eigenvalues(without_edges(501)).probe_nodes) == LanczosQuadrature().n_probes


def test_other_functions_of_the_spectrum():
    spectrum = eigenvalues(LARGE["well_connected"])
    values = np.abs(DENSE["well_connected"])
    sums = spectrum.sums(lambda s: np.exp(-3 * (1 - s)))
    assert sums.mean() == pytest.approx(np.exp(-3 * (1 - values)).sum(), rel=0.01)
    np.testing.assert_allclose(spectrum.sums(np.ones_like), 900, rtol=1e-12)


def test_more_probes_look_closer():
    P = LARGE["disconnected"]
    few, many = (power_sum(eigenvalues(P, LanczosQuadrature(n_probes=n)), 10)[1] for n in (10, 160))
    assert 0.12 < many / few < 0.5  # a quarter, as the root of the number


@pytest.mark.parametrize(
    "names", [("well_connected", "disconnected"), ("slow_chain", "negative_half"), ("disconnected",) * 2]
)
def test_singular_values_of_products(names):
    first, second = (LARGE[name] for name in names)
    J = first**2 @ second
    values = svdvals(np.linalg.matrix_power(dense_walk(first.kernel.toarray()), 2) @ second.toarray())
    spectra = [singular_values(J, random_state=seed) for seed in range(4)]
    assert spectra[0].n_values == 900
    assert spectra[0].largest == pytest.approx(values[0], rel=1e-8)
    for t in STEPS:
        expected = (values**t).sum()
        sums = np.array([power_sum(spectrum, t) for spectrum in spectra])
        assert (np.abs(sums[:, 0] - expected) <= 4 * sums[:, 1] + 5e-4 * expected).all(), t
        assert abs(sums[:, 0].mean() - expected) <= 0.03 * expected, t


@pytest.mark.parametrize("name", ["well_connected", "disconnected", "negative_half"])
def test_same_seed_same_bits(name):
    P = LARGE[name]
    for spectrum in (eigenvalues, singular_values):
        one, again, other = (spectrum(P, random_state=seed) for seed in (3, 3, 4))
        assert np.array_equal(one.nodes, again.nodes)
        assert np.array_equal(one.probe_nodes, again.probe_nodes)
        assert np.array_equal(one.probe_weights, again.probe_weights)
        assert not np.array_equal(one.probe_weights, other.probe_weights)
    pairs, again = leading_eigenpairs(P, 5, 3), leading_eigenpairs(P, 5, np.random.default_rng(3))
    assert np.array_equal(pairs[0], again[0])
    assert np.array_equal(pairs[1], again[1])


def test_permuted_samples_have_the_same_spectrum():
    order = RNG.permutation(400)
    P = well_connected(400)
    permuted = DiffusionOperator(sp.csr_array(P.kernel[order][:, order]))
    np.testing.assert_allclose(eigenvalues(permuted).nodes, eigenvalues(P).nodes, atol=1e-12)


@pytest.mark.parametrize("n", [60, 900])
@pytest.mark.parametrize("make", [well_connected, slow_chain, negative_half])
def test_leading_eigenpairs(make, n):
    P = make(n)
    A = P.conjugate.toarray()
    expected = np.linalg.eigvalsh(A)
    expected = expected[np.argsort(-np.abs(expected))]
    values, vectors = leading_eigenpairs(P, 6)
    np.testing.assert_allclose(np.abs(values), np.abs(expected[:6]), rtol=0, atol=1e-7)
    np.testing.assert_allclose(A @ vectors, vectors * values, rtol=0, atol=1e-5)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(6), atol=1e-9)
    assert values.shape == (6,)
    assert vectors.shape == (n, 6)


@pytest.mark.parametrize("n_pairs", [3, 8, 12])
def test_leading_eigenpairs_of_a_disconnected_graph(n_pairs):
    """Eight eigenvalues of one, which a Krylov space from one vector would take for fewer."""
    sizes = [60, 60, 70, 75, 80, 85, 90, 200]
    X = np.concatenate([RNG.standard_normal((size, 4)) + 100 * i for i, size in enumerate(sizes)])
    P = diffusion_operator(X, AlphaDecayKernel(n_neighbors=10, decay=10))
    A = P.conjugate.toarray()
    expected = np.linalg.eigvalsh(A)
    expected = expected[np.argsort(-np.abs(expected))][:n_pairs]
    values, vectors = leading_eigenpairs(P, n_pairs)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-7)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(n_pairs), atol=1e-9)
    np.testing.assert_allclose(A @ vectors, vectors * values, rtol=0, atol=1e-5)
    if n_pairs == 3:  # the largest pieces
        assert sorted(np.count_nonzero(np.abs(vectors) > 1e-9, axis=0)) == [85, 90, 200]


def test_as_many_eigenpairs_as_there_are():
    P = well_connected(30)
    values, vectors = leading_eigenpairs(P, 99)
    assert len(values) == 30
    np.testing.assert_allclose((vectors * values) @ vectors.T, P.conjugate.toarray(), atol=1e-12)
    with pytest.raises(ValueError, match="n_pairs: expected at least 1, found 0"):
        leading_eigenpairs(P, 0)


def test_leading_subspace_holds_the_leading_eigenvectors():
    A = LARGE["well_connected"].conjugate
    values, vectors = np.linalg.eigh(A.toarray())
    leading = vectors[:, np.argsort(-np.abs(values))[:3]]
    Q = leading_subspace(lambda block: A @ block, 900, 12, 20, np.random.default_rng(0)).basis
    np.testing.assert_allclose(Q.T @ Q, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(Q.T @ leading, axis=0), 1, atol=1e-3)


def test_products_have_no_eigenvalues_here():
    P = LARGE["well_connected"]
    for operator in (P**2, P @ LARGE["disconnected"], P.T):
        with pytest.raises(TypeError, match=r"eigenvalues: expected one view's DiffusionOperator, .* singular_values"):
            eigenvalues(operator)


def test_prints_its_size():
    assert repr(Spectrum.of(np.array([1.0, -0.5]))) == "Spectrum(2 values, 0 probes)"
    assert repr(eigenvalues(LARGE["slow_chain"], LanczosQuadrature(n_probes=3))) == "Spectrum(900 values, 3 probes)"
    assert Spectrum.of(np.array([0.1, -0.5, 0.2])).nodes.tolist() == [0.5, 0.2, 0.1]


@pytest.mark.parametrize("field", ["n_probes", "n_steps", "n_deflated", "n_blocks"])
def test_a_quadrature_needs_something_of_everything(field):
    with pytest.raises(ValueError, match=f"{field}: expected at least 1, found 0"):
        LanczosQuadrature(**{field: 0})


def test_the_two_rules_enclose_the_sum_of_roots():
    """Gauss quadrature of a root is too large, Gauss-Radau with a node at zero too small, their mean nearly right."""
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, size=400) ** 6
    vector = np.ones(400) / 20
    diagonal, off_diagonal = np.zeros((2, 1, 12))
    before, current, norm = np.zeros(400), vector, 0.0
    for step in range(12):  # the recurrence written out for a diagonal matrix
        following = values * current - norm * before
        diagonal[0, step] = current @ following
        following -= diagonal[0, step] * current
        norm = off_diagonal[0, step] = np.linalg.norm(following)
        before, current = current, following / norm
    nodes, weights = gauss(diagonal, off_diagonal)
    both_nodes, both_weights = gauss_and_radau(diagonal, off_diagonal)
    exact, too_much, mean = (
        np.sqrt(values).mean(),
        float((weights * np.sqrt(nodes)).sum()),
        float((both_weights * np.sqrt(both_nodes)).sum()),
    )
    too_little = 2 * mean - too_much
    assert too_little < exact < too_much
    assert abs(mean - exact) < 0.2 * (too_much - exact)
    assert both_nodes.min() == pytest.approx(0, abs=1e-12)
    assert both_weights.sum() == pytest.approx(1)
    for power in (1, 2, 5):  # polynomials are exact by both
        assert float((both_weights * both_nodes**power).sum()) == pytest.approx((values**power).mean(), rel=1e-10)
