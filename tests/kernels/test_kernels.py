"""Kernels against dense formulas, and against graphtools."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from integrated_diffusion.kernels import Affinities, AlphaDecayKernel, GaussianKernel, add_affinities, affinities
from integrated_diffusion.neighbors import Neighbors, find_neighbors
from integrated_diffusion.operators import DiffusionOperator
from oracles import dense_kernel_alpha_decay, dense_kernel_gaussian

RNG = np.random.default_rng(0)
# Dense, sparse and lonely places, so that the choices of the bandwidth differ.
CLOUD = np.concatenate([RNG.standard_normal((70, 5)), 0.2 * RNG.standard_normal((40, 5)) + 2, [[6.0] * 5]])
KERNELS = [
    AlphaDecayKernel(n_neighbors=5, bandwidth=b, symmetrisation=s)
    for b in ("local", "global", "capped")
    for s in ("mean", "mutual")
] + [
    GaussianKernel(n_neighbors=5, bandwidth=b, symmetrisation=s)
    for b in ("local", "global", "capped")
    for s in ("mean", "mutual")
]


def built(kernel, X):
    return kernel(find_neighbors(X, min(kernel.n_candidates, len(X) - 1)))


def assert_valid_kernel(K):
    """Finite, symmetric, not negative, and rows that sum to one once divided by their sums."""
    assert np.isfinite(K.data).all()
    assert (K.data >= 0).all()
    assert abs(K - K.T).max() == 0
    np.testing.assert_allclose(DiffusionOperator(K) @ np.ones(K.shape[0]), 1, rtol=0, atol=1e-13)


@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("bandwidth", "symmetrisation"), list(product(("local", "global", "capped"), ("mean", "mutual")))
)
@pytest.mark.parametrize(("decay", "threshold"), [(2, 1e-4), (2, 0.05), (10, 1e-4), (40, 1e-4), (40, 0)])
def test_alpha_decay(bandwidth, symmetrisation, anisotropy, decay, threshold):
    for max_neighbors in (None, 110):
        choices = {
            "n_neighbors": 7,
            "decay": decay,
            "bandwidth": bandwidth,
            "symmetrisation": symmetrisation,
            "anisotropy": anisotropy,
            "threshold": threshold,
            "max_neighbors": max_neighbors,
        }
        K = built(AlphaDecayKernel(**choices), CLOUD)
        np.testing.assert_allclose(K.toarray(), dense_kernel_alpha_decay(CLOUD, **choices), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("anisotropy", [0.0, 1.0])
@pytest.mark.parametrize("symmetrisation", ["mean", "mutual"])
@pytest.mark.parametrize(
    "scale", [{"eps": 2.5}, {"bandwidth": "local"}, {"bandwidth": "global"}, {"bandwidth": "capped"}]
)
def test_gaussian(scale, symmetrisation, anisotropy):
    for max_neighbors, threshold in ((None, 1e-4), (110, 1e-4), (110, 0)):
        choices = scale | {
            "n_neighbors": 7,
            "symmetrisation": symmetrisation,
            "anisotropy": anisotropy,
            "max_neighbors": max_neighbors,
            "threshold": threshold,
        }
        K = built(GaussianKernel(**choices), CLOUD)
        np.testing.assert_allclose(K.toarray(), dense_kernel_gaussian(CLOUD, **choices), rtol=1e-9, atol=1e-12)


def test_gaussian_is_equation_one():
    X = CLOUD[:30]
    K = built(GaussianKernel(n_neighbors=2, eps=3.0, max_neighbors=29, threshold=0), X)
    np.testing.assert_allclose(K.toarray(), np.exp(-(cdist(X, X) ** 2) / 3.0), rtol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_on_the_diagonal(kernel):
    K = built(kernel, CLOUD)
    assert (K.diagonal() == 1).all()
    assert_valid_kernel(K)


@pytest.mark.parametrize(("knn", "decay"), [(5, 40), (8, 10), (15, 2)])
@pytest.mark.parametrize("anisotropy", [0, 0.5, 1])
def test_graphtools_agrees(knn, decay, anisotropy):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import graphtools

        graph = graphtools.Graph(
            CLOUD, knn=knn, decay=decay, n_pca=None, thresh=1e-4, anisotropy=anisotropy, use_pygsp=False, verbose=0
        )
        expected = graph.K.toarray()
    kernel = AlphaDecayKernel(n_neighbors=knn, decay=decay, max_neighbors=len(CLOUD) - 1, anisotropy=anisotropy)
    K = built(kernel, CLOUD).toarray()
    assert np.array_equal(K > 0, expected > 0)
    np.testing.assert_allclose(K, expected, rtol=1e-5, atol=1e-7)  # graphtools computes in float32


def test_single_precision_measures_the_same():
    X = CLOUD.astype(np.float32)
    K = built(AlphaDecayKernel(n_neighbors=7, decay=5), X)
    assert K.dtype == np.float64
    np.testing.assert_allclose(K.toarray(), dense_kernel_alpha_decay(X, 7, 5), rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(KERNELS),
    st.integers(-30, 30),
    st.integers(0, 10_000),
    st.sampled_from(["cloud", "pairs", "few places", "mostly one place"]),
)
def test_units_do_not_matter(kernel, exponent, seed, kind):
    """Lengths by a power of two are exact, so the kernel must have the same bits, duplicates or not."""
    rng = np.random.default_rng(seed)
    X = {
        "cloud": lambda: rng.standard_normal((40, 3)),
        "pairs": lambda: np.repeat(rng.standard_normal((20, 3)), 2, axis=0),
        "few places": lambda: rng.standard_normal((5, 3))[np.arange(40) % 5],
        "mostly one place": lambda: np.concatenate([np.ones((30, 3)), rng.standard_normal((10, 3))]),
    }[kind]()
    K, scaled = built(kernel, X), built(kernel, X * 2.0**exponent)
    assert_valid_kernel(K)
    assert np.array_equal(K.toarray(), scaled.toarray())


@pytest.mark.parametrize("kernel", KERNELS)
def test_copies_are_near_only_to_each_other(kernel):
    """Eight copies at each of five places: every bandwidth is zero, no other sample is near."""
    place = np.arange(40) % 5
    K = built(kernel, (RNG.standard_normal((5, 3)) * 1e-3)[place])
    assert_valid_kernel(K)
    assert not K.toarray()[place[:, None] != place].any()
    assert connected_components(K)[0] == 5
    # Eight copies are seven neighbours each, which all are among the fifteen looked at.
    assert (K.toarray()[place[:, None] == place] == 1).all()


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
@pytest.mark.parametrize("distance", [2.0, 50.0])
def test_components_are_those_of_the_kernel_which_need_not_be_made(kernel, distance):
    X = np.concatenate([CLOUD, CLOUD[:30] + distance, CLOUD[:9] - 3 * distance])
    affinities = kernel.affinities(find_neighbors(X, kernel.n_candidates))
    np.testing.assert_array_equal(
        affinities.component_labels(), connected_components(affinities.kernel(), directed=False)[1]
    )


def test_an_affinity_of_zero_connects_nothing():
    directed = sp.csr_array(([1.0, 0.0], ([0, 1], [1, 2])), shape=(3, 3))
    assert directed.nnz == 2
    assert Affinities(directed).component_labels().tolist() == [0, 0, 1]


@pytest.mark.parametrize("kernel", KERNELS)
def test_constant_features(kernel):
    K = built(kernel, np.full((30, 4), 3.7))
    assert_valid_kernel(K)
    assert set(K.data) <= {0.5, 1.0}


@pytest.mark.parametrize("kernel", KERNELS)
def test_samples_far_from_all(kernel):
    X = np.concatenate([CLOUD, [[1e8] * 5], [[-1e12] * 5]])
    K = built(kernel, X)
    assert_valid_kernel(K)
    if kernel.bandwidth != "local" or kernel.symmetrisation == "mutual":
        assert (K.toarray()[-2:, :-2] == 0).all()
    else:
        assert (K.toarray()[-2:].sum(axis=1) > 1).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_clusters_apart(kernel):
    X = np.concatenate([CLOUD[:50], CLOUD[:50] + 1e6])
    K = built(kernel, X)
    assert_valid_kernel(K)
    assert not K[:50, 50:].nnz
    np.testing.assert_allclose(K[:50, :50].toarray(), K[50:, 50:].toarray(), rtol=1e-6, atol=1e-12)


def test_missing_neighbours_have_no_affinity():
    neighbors = Neighbors(
        np.array([[1, 0], [0, 2], [1, 2], [3, 3]], np.int32),
        np.array([[1.0, np.inf], [1.0, 2.0], [2.0, np.inf], [np.inf, np.inf]]),
    )
    for kernel in (AlphaDecayKernel(2, decay=2), AlphaDecayKernel(2, decay=2, threshold=0), GaussianKernel(2, eps=4.0)):
        K = kernel(neighbors)
        assert_valid_kernel(K)
        assert K.toarray()[3].tolist() == [0, 0, 0, 1]
        assert K.toarray()[0, 2] == 0
    # Where the k-th neighbour is missing, the last there is sets the bandwidth.
    K = AlphaDecayKernel(2, decay=2)(neighbors).toarray()
    assert K[0, 1] == pytest.approx((np.exp(-1) + np.exp(-1 / 4)) / 2)
    assert K[1, 2] == pytest.approx(np.exp(-1))


def test_mutual_needs_both():
    """The cloud is within the bandwidth of an isolated sample, which is outside the cloud's bandwidths."""
    X = np.concatenate([RNG.standard_normal((50, 2)), [[30.0, 0.0]]])
    mean, mutual = (built(AlphaDecayKernel(5, symmetrisation=s), X).toarray() for s in ("mean", "mutual"))
    distances = np.sort(cdist(X[50:], X[:50])[0])
    assert mean[50, :50].max() == pytest.approx(np.exp(-((distances[0] / distances[4]) ** 40)) / 2)
    assert not mutual[50, :50].any()


@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 1.0])
def test_anisotropy_takes_the_density_out(anisotropy):
    """On a line with density `q = (1 - x)^2` the diffusion drifts by `(eps / 2) (1 - anisotropy) q' / q`."""
    x = 1 - (1 - (np.arange(800) + 0.5) / 800) ** (1 / 3)
    eps = 0.002
    K = built(GaussianKernel(n_neighbors=60, eps=eps, max_neighbors=799, anisotropy=anisotropy), x[:, None])
    drift = DiffusionOperator(K) @ x - x
    inner = (x > 0.15) & (x < 0.5)
    expected = -eps / (1 - x[inner])
    np.testing.assert_allclose(drift[inner] / expected, 1 - anisotropy, atol=0.05)


def test_number_of_candidates():
    assert AlphaDecayKernel(n_neighbors=7).n_candidates == GaussianKernel(n_neighbors=7).n_candidates == 21
    assert AlphaDecayKernel(n_neighbors=7, max_neighbors=9).n_candidates == 9


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(KERNELS), st.permutations(range(len(CLOUD))))
def test_permuted_samples_permute_the_kernel(kernel, order):
    K, permuted = built(kernel, CLOUD), built(kernel, CLOUD[order])
    np.testing.assert_allclose(permuted.toarray(), K.toarray()[np.ix_(order, order)], rtol=1e-14)


@pytest.mark.parametrize("Kernel", [AlphaDecayKernel, GaussianKernel])
@pytest.mark.parametrize(
    ("choice", "error", "message"),
    [
        ({"n_neighbors": 0}, ValueError, "n_neighbors: expected at least 1, found 0"),
        ({"n_neighbors": 2.0}, TypeError, "n_neighbors: expected a whole number, found 2.0"),
        ({"n_neighbors": True}, TypeError, "n_neighbors: expected a whole number, found True"),
        ({"bandwidth": "adaptive"}, ValueError, "expected one of 'local', 'global', 'capped', found 'adaptive'"),
        ({"symmetrisation": "+"}, ValueError, r"expected one of 'mean', 'mutual', found '\+'"),
        ({"anisotropy": -1}, ValueError, "anisotropy: expected a number from 0 to 1, found -1; 0 turns it"),
        ({"anisotropy": np.nan}, ValueError, "anisotropy: expected a number from 0 to 1, found nan"),
        ({"max_neighbors": 4}, ValueError, "max_neighbors: expected at least 5, found 4"),
        ({"max_neighbors": 9.5}, TypeError, "max_neighbors: expected a whole number, found 9.5"),
        ({"threshold": -0.1}, ValueError, r"threshold: expected at least 0 and below exp\(-1\), .* found -0.1"),
        ({"threshold": 0.4}, ValueError, r"threshold: expected at least 0 and below exp\(-1\), .* found 0.4"),
    ],
)
def test_mistakes(Kernel, choice, error, message):
    with pytest.raises(error, match=message) as caught:
        Kernel(**({"n_neighbors": 5} | choice))
    assert "\n" not in str(caught.value)


def test_mistakes_of_one_kernel():
    for decay in (0, -1, np.inf, np.nan, "fast"):
        with pytest.raises(ValueError, match="decay: expected a finite number above 0, found"):
            AlphaDecayKernel(decay=decay)
    for eps in (0, -1.0, np.nan):
        with pytest.raises(ValueError, match="eps: expected a finite number above 0, found"):
            GaussianKernel(eps=eps)


@pytest.mark.parametrize("bandwidth", ["global", "capped"])
def test_many_copies_do_not_isolate_the_others(bandwidth):
    rng = np.random.default_rng(0)
    X = np.vstack([np.repeat(rng.normal(size=(30, 4)), 11, axis=0), rng.normal(size=(270, 4))])
    K = AlphaDecayKernel(5, bandwidth=bandwidth)(find_neighbors(X, 15))
    neighbors_of_the_others = np.diff(K.indptr)[330:] - 1
    assert np.mean(neighbors_of_the_others > 0) > 0.5


@pytest.mark.parametrize("choice", [{"symmetrisation": "mutual"}, {"anisotropy": 1.0}])
def test_affinities_that_are_added_are_of_one_kind(choice):
    first, second = (AlphaDecayKernel(5, **chosen).affinities(find_neighbors(CLOUD, 15)) for chosen in ({}, choice))
    half = np.full(len(CLOUD), 0.5)
    with pytest.raises(ValueError, match=r"expected one symmetrisation and anisotropy.*found 'mean' with 0 and '"):
        add_affinities([first, second], [half, half])
    same = add_affinities([second, second], [half, half])
    assert (same.symmetrisation, same.anisotropy) == (second.symmetrisation, second.anisotropy)
    np.testing.assert_allclose(same.kernel().toarray(), second.kernel().toarray(), rtol=1e-14)


@pytest.mark.parametrize("symmetrisation", ["mean", "mutual"])
@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("own", [1.0, np.linspace(0.2, 3.0, 40)], ids=["one", "each its own"])
@pytest.mark.parametrize("rows", [7, 2**16])
def test_a_kernel_is_that_of_the_dense_formula(symmetrisation, anisotropy, own, rows, monkeypatch):
    monkeypatch.setattr(affinities, "_ROWS", rows)
    A = sp.random_array((40, 40), density=0.2, rng=np.random.default_rng(3), format="csr")
    A.setdiag(0)
    A.eliminate_zeros()
    dense = A.toarray()
    K = (dense + dense.T) / 2 if symmetrisation == "mean" else np.sqrt(dense * dense.T)
    K = K + np.diag(np.broadcast_to(own, 40))
    density = K.sum(axis=1) ** -anisotropy
    before = A.copy()
    found = Affinities(A, symmetrisation, anisotropy, own).kernel()
    np.testing.assert_allclose(found.toarray(), density[:, None] * K * density, rtol=1e-14)
    np.testing.assert_array_equal(A.toarray(), before.toarray())
