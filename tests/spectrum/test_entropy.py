"""Spectral entropy against its formula, elbows against plain loops, reduced steps against all tuples."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import svdvals

from integrated_diffusion.datasets import noisy_digits, tree
from integrated_diffusion.integration.ratios import ceil_steps, reduce_steps
from integrated_diffusion.kernels import AlphaDecayKernel
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.spectrum import LanczosQuadrature, Spectrum, eigenvalues, singular_values
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease, elbow_two_segment
from integrated_diffusion.spectrum.entropy import EntropyCurve, entropy_curve
from measured import measured
from oracles import brute_reduce_steps, dense_eigenvalues, dense_entropy

KERNEL = AlphaDecayKernel(n_neighbors=5)
RNG = np.random.default_rng(0)
N = 1_200
VIEWS = {
    "digits": lambda: noisy_digits((1.0,), n_samples=N).views["view1"],
    "clean digits": lambda: noisy_digits((0.1,), n_samples=N).views["view1"],
    "tree": lambda: tree(n_samples=N).views["view1"],
    "noise": lambda: RNG.standard_normal((N, 20)),
    "chain": lambda: np.sort(RNG.uniform(size=(N, 1)), axis=0),
    "pieces": lambda: RNG.standard_normal((N, 3)) + 50 * RNG.standard_normal((40, 3))[np.arange(N) % 40],
}

spectra = st.lists(st.floats(0, 1), min_size=1, max_size=60).map(lambda rest: np.array([1.0, *rest]))


def decaying(seed, size=300, rate=3.0):
    """A spectrum like a graph's: many small values, few near one, some below zero."""
    rng = np.random.default_rng(seed)
    return np.append(1.0, rng.beta(0.5, rate, size) * rng.choice([-1, 1], size, p=[0.3, 0.7]))


graph_spectra = st.builds(lambda seed, rate: decaying(seed, rate=rate), st.integers(0, 10_000), st.floats(0.5, 40))


@settings(deadline=None, max_examples=80)
@given(spectra, st.integers(2, 60))
def test_is_equation_six(values, t_max):
    curve = entropy_curve(Spectrum.of(values), t_max)
    assert curve.t.tolist() == list(range(1, t_max + 1))
    np.testing.assert_allclose(curve.value, dense_entropy(values, curve.t), rtol=1e-9, atol=1e-12)
    assert (curve.stderr == 0).all()
    assert (curve.value >= 0).all()
    assert (curve.value <= np.log(len(values)) + 1e-12).all()
    assert (np.diff(curve.value) <= 1e-12).all()


def test_of_a_few_spectra_by_hand():
    assert np.allclose(entropy_curve(Spectrum.of(np.ones(8))).value, np.log(8))
    assert np.allclose(entropy_curve(Spectrum.of(np.array([1.0, 0, 0]))).value, 0)
    two = entropy_curve(Spectrum.of(np.array([1.0, -0.5])), t_max=3).value
    p = np.array([1 / 3, 1 / 5, 1 / 9])  # of the smaller: 2^-t / (1 + 2^-t)
    np.testing.assert_allclose(two, -p * np.log(p) - (1 - p) * np.log(1 - p), rtol=1e-12)


def test_a_common_factor_does_not_matter():
    """Singular values of a product may lie above one, or all far below."""
    values = decaying(0)
    for factor in (1e-8, 0.3, 2.5):
        np.testing.assert_allclose(
            entropy_curve(Spectrum.of(values * factor)).value, dense_entropy(values, np.arange(1, 101)), rtol=1e-9
        )


@pytest.mark.parametrize("n", [50, 400])
def test_of_a_small_operator(n):
    P = diffusion_operator(RNG.standard_normal((n, 4)), KERNEL)
    other = diffusion_operator(RNG.standard_normal((n, 4)), KERNEL)
    curve = entropy_curve(eigenvalues(P))
    np.testing.assert_allclose(curve.value, dense_entropy(dense_eigenvalues(P.kernel.toarray()), curve.t), atol=1e-10)
    J = P**2 @ other
    curve = entropy_curve(singular_values(J))
    np.testing.assert_allclose(curve.value, dense_entropy(svdvals(J.toarray()), curve.t), atol=1e-10)


@pytest.mark.parametrize("view", VIEWS)
def test_of_a_large_operator(view):
    P = diffusion_operator(VIEWS[view](), KERNEL)
    exact = dense_entropy(dense_eigenvalues(P.kernel.toarray()), np.arange(1, 101))
    for seed in (0, 1):
        curve = entropy_curve(eigenvalues(P, random_state=seed))
        error = np.abs(curve.value - exact)
        assert (error <= 4 * curve.stderr + 1e-6).all()
        assert (error <= 0.03 * exact)[exact > 0.05].all()
        assert (curve.value >= 0).all()
        assert (curve.value <= np.log(N)).all()
        assert (np.diff(curve.value) <= 1e-9).all()
        assert curve.stderr[0] > 0
        assert abs(curve.elbow - elbow_marginal_decrease(exact)) <= 1


def test_of_a_large_product():
    P, Q = (diffusion_operator(VIEWS[view](), KERNEL) for view in ("digits", "tree"))
    J = P @ Q**2
    exact = dense_entropy(svdvals(J.toarray()), np.arange(1, 101))
    curve = entropy_curve(singular_values(J))
    error = np.abs(curve.value - exact)
    assert (error <= 4 * curve.stderr + 1e-6).all()
    assert (error <= 0.03 * exact)[exact > 0.05].all()


def test_standard_error_is_honest():
    P = diffusion_operator(RNG.standard_normal((700, 5)), KERNEL)
    exact = dense_entropy(dense_eigenvalues(P.kernel.toarray()), np.arange(1, 11))
    curves = [entropy_curve(eigenvalues(P, LanczosQuadrature(n_probes=12), seed), 10) for seed in range(40)]
    deviation = np.sqrt(np.mean([(curve.value - exact) ** 2 for curve in curves], axis=0))
    stated = np.sqrt(np.mean([curve.stderr**2 for curve in curves], axis=0))
    assert (deviation / stated > 0.6).all()
    assert (deviation / stated < 1.5).all()


def test_graph_that_never_mixes():
    """No sample has a neighbour: the entropy stays at log N, and diffusion removes nothing."""
    for n in (100, 900):
        curve = entropy_curve(eigenvalues(DiffusionOperator(sp.eye_array(n, format="csr"))))
        np.testing.assert_allclose(curve.value, np.log(n), rtol=1e-9)
        assert curve.elbow == 1
    rounded = 5 - 1e-15 * np.arange(20) * np.random.default_rng(0).uniform(-1, 1, 20)
    assert elbow_marginal_decrease(rounded) == 1


def first_small_fall(value):
    """`elbow_marginal_decrease`, its definition as a plain loop."""
    for t in range(1, len(value)):
        falls = [value[s - 1] - value[s] for s in range(1, t + 1)]
        if falls[-1] <= np.mean(falls) / 3:
            return t
    return len(value)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.5, 40))
def test_marginal_decrease_is_its_definition(seed, rate):
    value = dense_entropy(decaying(seed, rate=rate), np.arange(1, 81))
    falls = -np.diff(value)
    relative = falls / (np.cumsum(falls) / np.arange(1, len(value)))
    assume((np.abs(relative - 1 / 3) > 1e-9).all())
    assert elbow_marginal_decrease(value) == first_small_fall(value)


def test_marginal_decrease_by_hand():
    assert elbow_marginal_decrease(np.array([10.0, 6.0, 3.0, 2.0, 1.9])) == 4  # falls 4, 3, 1: mean 8/3; then 0.1
    assert elbow_marginal_decrease(np.array([10.0, 6.0, 5.9, 5.8])) == 2
    assert elbow_marginal_decrease(np.array([10.0, 8.0, 6.0, 4.0])) == 4  # never flat: its end
    assert elbow_marginal_decrease(np.array([10.0, 8.0, 6.0, 5.0]), fraction=0.9) == 3


@settings(deadline=None, max_examples=100)
@given(st.one_of(spectra, graph_spectra), st.integers(2, 100))
def test_elbow_stays_when_the_curve_is_twice_as_long(values, t_max):
    one, twice = (entropy_curve(Spectrum.of(values), t_max=t) for t in (t_max, 2 * t_max))
    if one.elbow < 5_000:  # longer curves are not computed
        assert twice.elbow == one.elbow
    else:
        assert twice.elbow >= 5_000


def test_elbow_beyond_the_curve():
    """A cloud in three dimensions mixes so slowly that a curve of 100 steps does not reach its elbow."""
    X = np.random.default_rng(0).standard_normal((1000, 3))
    spectrum = eigenvalues(diffusion_operator(X, AlphaDecayKernel(5)))
    curves = [entropy_curve(spectrum, t_max=t_max) for t_max in (50, 100, 200, 400)]
    assert [len(curve.value) for curve in curves] == [50, 100, 200, 400]
    assert len({curve.elbow for curve in curves}) == 1
    assert curves[0].elbow > 100


def line_error(t, value):
    return np.sum((value - np.polyval(np.polyfit(t, value, 1), t)) ** 2)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(["spectrum", "any curve"]), st.integers(3, 40))
def test_two_segment_fit_is_least_squares(seed, kind, length):
    t = np.arange(1.0, length + 1)
    if kind == "spectrum":
        value = dense_entropy(decaying(seed), t)
    else:
        value = np.random.default_rng(seed).standard_normal(length)
    errors = {b: line_error(t[:b], value[:b]) + line_error(t[b - 1 :], value[b - 1 :]) for b in range(2, length)}
    assert errors[elbow_two_segment(value)] <= min(errors.values()) + 1e-9


def test_two_segment_fit_finds_the_corner():
    t = np.arange(1, 101)
    for corner in (2, 17, 60, 99):
        assert elbow_two_segment(10 - np.minimum(t, corner) - 0.01 * np.maximum(t - corner, 0)) == corner


def elbows(P):
    spectrum = eigenvalues(P)
    return [entropy_curve(spectrum, t_max).elbow for t_max in (100, 200)]


@pytest.mark.parametrize("view", ["digits", "clean digits", "tree", "noise"])
def test_elbow_of_simulated_views_stays(view):
    one, twice = elbows(diffusion_operator(VIEWS[view](), KERNEL))
    assert abs(one - twice) <= 1
    assert 2 <= one < 60


def test_elbow_of_real_cells_stays():
    import h5py
    from sklearn.decomposition import PCA

    with h5py.File(measured("snareseq_mouse_cortex.h5mu")) as file:
        stored = file["mod/rna/X"]
        counts = sp.csr_array(
            (stored["data"][:], stored["indices"][:], stored["indptr"][:]), shape=stored.attrs["shape"]
        )
    chosen = np.random.default_rng(0).choice(counts.shape[0], 2_000, replace=False)
    cells = counts[np.sort(chosen)].toarray().astype(np.float64)
    cells = np.log1p(cells / cells.sum(axis=1, keepdims=True) * 1e4)
    P = diffusion_operator(PCA(50, random_state=0).fit_transform(cells), KERNEL)
    one, twice = elbows(P)
    assert abs(one - twice) <= 1
    assert 2 <= one < 60


times = st.lists(st.integers(1, 30), min_size=1, max_size=3)
tolerances = st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0])


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(1, 14), min_size=1, max_size=3), tolerances)
def test_reduced_steps_are_the_smallest(times, tolerance):
    assert reduce_steps(times, tolerance) in brute_reduce_steps(times, tolerance)


@settings(deadline=None, max_examples=100)
@given(times)
def test_without_tolerance_the_greatest_common_divisor(times):
    assert reduce_steps(times) == tuple(t // int(np.gcd.reduce(times)) for t in times)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=5), tolerances, st.randoms(use_true_random=False))
def test_reduced_steps_do_not_depend_on_the_order_of_views(times, tolerance, random):
    order = list(range(len(times)))
    random.shuffle(order)
    steps = reduce_steps(times, tolerance)
    assert reduce_steps([times[i] for i in order], tolerance) == tuple(steps[i] for i in order)
    assert all(1 <= a <= b for a, b in zip(steps, times, strict=True))


@pytest.mark.parametrize(
    ("times", "tolerance", "steps"),
    [
        ((16, 20), 0, (4, 5)),
        ((27, 18), 0, (3, 2)),
        ((27, 19), 0.1, (3, 2)),
        ((27, 19), 0, (27, 19)),
        ((7,), 0, (1,)),
        ((5, 5, 5), 0, (1, 1, 1)),
        ((1, 100), 0.25, (1, 80)),
        ((12, 18, 24, 6, 30, 36), 0, (2, 3, 4, 1, 5, 6)),
        ((np.int64(16), np.int32(20)), 0, (4, 5)),
        ((16, 20), 0.25, (1, 1)),
        ((16, 20), 0.24, (2, 3)),  # off by 1.2; (1, 1) is off by 1.25
    ],
)
def test_reduced_steps_by_hand(times, tolerance, steps):
    assert reduce_steps(times, tolerance) == steps
    assert all(type(step) is int for step in reduce_steps(times, tolerance))


@pytest.mark.parametrize(
    ("times", "steps"),
    [((27, 19), (2, 1)), ((16, 20), (1, 2)), ((5, 5), (1, 1)), ((3, 9, 10), (1, 3, 4))],
)
def test_the_authors_ratio(times, steps):
    assert ceil_steps(times) == steps


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: reduce_steps(()), ValueError, "times: expected the steps of at least one view, found none"),
        (lambda: ceil_steps([]), ValueError, "times: expected the steps of at least one view, found none"),
        (lambda: reduce_steps((3, 0)), ValueError, "times: expected at least 1, found 0"),
        (lambda: ceil_steps((3, -1)), ValueError, "times: expected at least 1, found -1"),
        (lambda: reduce_steps((3, 1.5)), TypeError, "times: expected a whole number, found 1.5"),
        (lambda: reduce_steps((3, 2), -0.1), ValueError, "tolerance: expected a finite number of at least 0, found -0"),
        (
            lambda: reduce_steps((3, 2), np.nan),
            ValueError,
            "tolerance: expected a finite number of at least 0, found",
        ),
        (lambda: entropy_curve(Spectrum.of(np.ones(3)), 1), ValueError, "t_max: expected at least 2, found 1"),
        (lambda: entropy_curve(Spectrum.of(np.ones(3)), 9.0), TypeError, "t_max: expected a whole number, found 9.0"),
    ],
)
def test_mistakes(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


def test_any_rule_finds_the_elbow():
    curve = entropy_curve(Spectrum.of(decaying(0)), t_max=30, elbow=lambda value: len(value) // 2)
    assert curve.elbow == 15
    assert repr(curve).startswith("EntropyCurve(elbow=15, from 5.")
    assert isinstance(curve, EntropyCurve)
