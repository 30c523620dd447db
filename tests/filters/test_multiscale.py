"""Algorithm 1 against a dense, recursive, literal reading of the published pseudo-code."""

from __future__ import annotations

import time
import tracemalloc
import warnings
from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import SpectralClustering

from integrated_diffusion import spectrum
from integrated_diffusion.filters import ChebyshevFilter, EigenFilter, PowerFilter
from integrated_diffusion.filters import multiscale as denoising
from integrated_diffusion.filters.entropy_filter import EntropyFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.filters.spectral_clustering import spectral_clusters
from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.neighbors import ExactSearch, Neighbors
from integrated_diffusion.operators.build import diffusion_operator
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease, elbow_two_segment
from oracles import dense_eigenvalues, dense_entropy, dense_kernel_alpha_decay, dense_kernel_gaussian, dense_walk

WIDE = GaussianKernel(n_neighbors=5, eps=4.0, max_neighbors=200, threshold=0.0)
"""All samples are neighbours of all: affinities between near groups are large, between far ones small."""


def nested_groups(n_each: int = 12, n_features: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three far groups of three near groups of tight samples, in random order, and the near group of each sample."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(9), n_each))
    X = 0.1 * rng.standard_normal((len(group), n_features))
    X[:, 0] += 12.0 * (group // 3) + 1.5 * (group % 3)
    return X, group


def dense_gaussian(X: np.ndarray) -> np.ndarray:
    return dense_kernel_gaussian(X, n_neighbors=5, eps=4.0, max_neighbors=200, threshold=0.0)


def power_response(t: int):
    return lambda K: np.linalg.matrix_power(dense_walk(K), t)


def mgd(X, response, tau, c, kernel=dense_gaussian, depth=np.inf):
    """`MGD(X, t, tau, c)` as published, `response(K)` standing for `P^t`; cut off at `depth` scales."""
    if len(X) < tau or depth == 0:
        return X
    K = kernel(X)
    filtered = response(K) @ X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a graph in pieces
        labels = SpectralClustering(c, affinity="precomputed", random_state=0).fit_predict(K)
    union = np.empty_like(X)
    for k in range(c):
        union[labels == k] = mgd(filtered[labels == k], response, tau, c, kernel, depth - 1)
    return (X + union) / 2


@pytest.mark.parametrize("t", [1, 2, 5])
@pytest.mark.parametrize("tau", [20, 100, 109])
def test_equals_the_published_recursion(t, tau):
    X, _ = nested_groups()
    found = LocalDenoising(PowerFilter(t), n_clusters=3, min_size=tau, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, power_response(t), tau, 3), atol=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equals_the_published_recursion_on_separate_pieces_with_the_usual_kernel(seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((160, 3)) + 40.0 * (np.arange(160) % 4)[:, None]

    def kernel(Y):
        return dense_kernel_alpha_decay(Y, n_neighbors=6, decay=10.0)

    found = LocalDenoising(PowerFilter(3), n_clusters=4, min_size=41)(X, AlphaDecayKernel(n_neighbors=6, decay=10.0))
    np.testing.assert_allclose(found, mgd(X, power_response(3), 41, 4, kernel), atol=1e-12)


def test_equals_the_published_recursion_above_the_dense_limit():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((750, 2)) + 60.0 * (np.arange(750) % 3)[:, None]

    def kernel(Y):
        return dense_kernel_alpha_decay(Y, n_neighbors=15)

    found = LocalDenoising(PowerFilter(2), n_clusters=3, min_size=251)(X, AlphaDecayKernel(n_neighbors=15))
    np.testing.assert_allclose(found, mgd(X, power_response(2), 251, 3, kernel), atol=1e-10)


def test_fewer_samples_than_tau_are_returned_as_they_are():
    X, _ = nested_groups()
    np.testing.assert_array_equal(LocalDenoising(min_size=len(X) + 1)(X), X)
    assert not np.array_equal(LocalDenoising(min_size=len(X))(X), X)


def test_one_scale_is_the_mean_of_data_and_filtered_data():
    X, _ = nested_groups()
    once = LocalDenoising(PowerFilter(4), min_size=2, max_depth=1, kernel=WIDE)(X)
    P = dense_walk(dense_gaussian(X))
    np.testing.assert_allclose(once, X / 2 + np.linalg.matrix_power(P, 4) @ X / 2, atol=1e-12)


def test_a_group_of_tiny_values_is_denoised_like_any_other():
    """A view of such values alone is refused for their unit, a group within a view is not."""
    X = np.random.default_rng(0).standard_normal((400, 3)).astype(np.float32)
    X[:200] *= np.float32(1e-17)
    X[200:] += 50
    found = LocalDenoising(n_clusters=2, min_size=50)(X)
    assert np.isfinite(found).all()
    assert abs(found[:200]).max() <= abs(X[:200]).max()  # averages within the group
    assert not np.array_equal(found[:200], X[:200])


@pytest.mark.parametrize("max_depth", [1, 2, 3])
def test_depth_cuts_the_recursion_off(max_depth):
    X, _ = nested_groups()
    found = LocalDenoising(PowerFilter(2), n_clusters=3, min_size=20, max_depth=max_depth, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, power_response(2), 20, 3, depth=max_depth), atol=1e-12)


def test_scale_k_weighs_two_to_the_minus_k():
    @dataclass
    class PlusTenToTheDepth:
        """Adds 1 at the root, 100 at its children, ... so that the digits of the outcome give the weights."""

        calls: list[int] = field(default_factory=list)

        def __call__(self, operator, X):
            self.calls.append(len(X))
            return X + 100.0 ** {108: 0, 36: 1}[len(X)]

    X, _ = nested_groups()
    recorder = PlusTenToTheDepth()
    found = LocalDenoising(recorder, n_clusters=3, min_size=20, kernel=WIDE)(X)
    assert recorder.calls == [108, 36, 36, 36]
    # (X + ((X + 1) + (X + 1 + 100)) / 2) / 2: what the root adds weighs 1/2, what its children add 1/4.
    np.testing.assert_allclose(found - X, 1 / 2 + 100 / 4, atol=1e-12)


def test_a_filter_of_each_nodes_own_entropy():
    X, _ = nested_groups(seed=4)
    chosen = []

    def response(K):
        chosen.append(elbow_marginal_decrease(dense_entropy(dense_eigenvalues(K), np.arange(1, 51))))
        return np.linalg.matrix_power(dense_walk(K), chosen[-1])

    found = LocalDenoising(EntropyFilter(t_max=50), n_clusters=3, min_size=30, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, response, 30, 3), atol=1e-10)
    assert len(chosen) == 4
    assert len(set(chosen)) > 1


def test_the_elbow_rule_is_the_entropy_filters_own():
    X, _ = nested_groups()
    P = diffusion_operator(X, AlphaDecayKernel(n_neighbors=5))
    S = dense_entropy(dense_eigenvalues(P.kernel.toarray()), np.arange(1, 31))
    assert elbow_marginal_decrease(S) != elbow_two_segment(S)
    for rule in (elbow_marginal_decrease, elbow_two_segment):
        expected = np.linalg.matrix_power(P.toarray(), rule(S)) @ X
        np.testing.assert_allclose(EntropyFilter(t_max=30, elbow=rule)(P, X), expected, atol=1e-10)


def test_any_other_filter():
    X, _ = nested_groups()

    def heat(K):
        return scipy.linalg.expm(-3 * (np.eye(len(K)) - dense_walk(K)))

    chebyshev = ChebyshevFilter(lambda x: np.exp(-3 * (1 - x)), tolerance=1e-9)
    found = LocalDenoising(chebyshev, n_clusters=3, min_size=20, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, heat, 20, 3), atol=1e-7)
    eigen = EigenFilter(lambda x: np.exp(-3 * (1 - x)), n_eigenpairs=200)
    found = LocalDenoising(eigen, n_clusters=3, min_size=20, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, heat, 20, 3), atol=1e-9)


def test_its_own_kernel_goes_before_the_views():
    X, _ = nested_groups()
    own = LocalDenoising(PowerFilter(2), n_clusters=3, kernel=WIDE)
    np.testing.assert_array_equal(own(X, AlphaDecayKernel(n_neighbors=4)), own(X))
    views = LocalDenoising(PowerFilter(2), n_clusters=3)
    np.testing.assert_array_equal(views(X, WIDE), own(X))
    assert not np.allclose(views(X, AlphaDecayKernel(n_neighbors=4)), own(X))


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6))
def test_permuting_samples_permutes_the_outcome(seed):
    X, _ = nested_groups()
    order = np.random.default_rng(seed).permutation(len(X))
    denoise = LocalDenoising(PowerFilter(2), n_clusters=3, min_size=20, kernel=WIDE)
    np.testing.assert_allclose(denoise(X[order]), denoise(X)[order], atol=1e-12)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6), st.floats(-3, 3), st.floats(0.01, 100))
def test_moving_and_scaling_a_view_moves_and_scales_the_outcome(seed, shift, scale):
    X = np.random.default_rng(seed).standard_normal((150, 2)) + 30 * (np.arange(150) % 3)[:, None]
    denoise = LocalDenoising(n_clusters=3, min_size=60)
    np.testing.assert_allclose(denoise(scale * (X + shift)), scale * (denoise(X) + shift), rtol=1e-7, atol=1e-7 * scale)


def test_what_is_the_same_everywhere_stays():
    X = np.random.default_rng(0).standard_normal((300, 3))
    X[:, 1] = 7.25
    np.testing.assert_allclose(LocalDenoising()(X)[:, 1], 7.25, rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 3.5])
def test_a_view_of_identical_samples_stays(value):
    X = np.full((150, 2), value)
    np.testing.assert_array_equal(LocalDenoising()(X), X)


@pytest.mark.parametrize("n_spread", [160, 700])
def test_a_cluster_that_collapses_to_one_point(n_spread):
    rng = np.random.default_rng(1)
    X = np.vstack([rng.standard_normal((n_spread, 2)), np.full((130, 2), 50.0)])
    found = LocalDenoising(n_clusters=2)(X)
    np.testing.assert_allclose(found[n_spread:], 50.0, rtol=1e-12)
    assert np.isfinite(found).all()
    assert found[:n_spread].std() < X[:n_spread].std()


def test_only_duplicates_of_a_few_samples():
    X = np.repeat(np.random.default_rng(2).standard_normal((3, 2)), 60, axis=0)
    np.testing.assert_allclose(LocalDenoising(n_clusters=5)(X), X, atol=1e-12)


@pytest.mark.parametrize("tau", [20, 100])
def test_a_single_feature(tau):
    X, _ = nested_groups(n_features=1)
    found = LocalDenoising(PowerFilter(2), n_clusters=3, min_size=tau, kernel=WIDE)(X)
    np.testing.assert_allclose(found, mgd(X, power_response(2), tau, 3), atol=1e-12)


@pytest.mark.parametrize("n_clusters", [2, 5, 40])
def test_noise_of_a_single_feature_falls(n_clusters):
    rng = np.random.default_rng(3)
    clean = np.repeat([0.0, 5.0, 10.0], 100)[:, None]
    noisy = clean + 0.5 * rng.standard_normal(clean.shape)
    kernel = AlphaDecayKernel(n_neighbors=60, decay=2.0)
    found = LocalDenoising(PowerFilter(3), n_clusters=n_clusters, kernel=kernel)(noisy)
    assert found.shape == noisy.shape
    assert np.abs(found - clean).mean() < 0.7 * np.abs(noisy - clean).mean()


def test_two_values_of_a_single_feature():
    X = np.repeat([0.0, 1.0], 100)[:, None]
    np.testing.assert_allclose(LocalDenoising()(X), X, atol=1e-12)


def test_duplicated_samples_stay_together():
    X, _ = nested_groups()
    found = LocalDenoising(PowerFilter(2), n_clusters=3, min_size=40, kernel=WIDE)(np.vstack([X, X]))
    np.testing.assert_allclose(found[: len(X)], found[len(X) :], atol=1e-12)


def test_an_outlier_keeps_its_place():
    X = np.random.default_rng(4).standard_normal((200, 2))
    X[17] = 1e6
    found = LocalDenoising(PowerFilter(3), kernel=AlphaDecayKernel(symmetrisation="mutual"))(X)
    np.testing.assert_allclose(found[17], 1e6, rtol=1e-9)
    assert np.abs(np.delete(found, 17, axis=0)).max() < 10


def test_same_seed_same_bits():
    X = np.random.default_rng(5).standard_normal((900, 4))
    first, again, other = (LocalDenoising(PowerFilter(2))(X, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("min_size", [800, 40])
@pytest.mark.parametrize("n_jobs", [2, 3])
@pytest.mark.parametrize("python_bound", [0, 200, 10_000])
def test_threads_change_nothing(monkeypatch, min_size, n_jobs, python_bound):
    monkeypatch.setattr(denoising, "_PYTHON_BOUND", python_bound)
    X = np.random.default_rng(6).standard_normal((4_400, 2)).astype(np.float32)
    denoise = LocalDenoising(PowerFilter(3), n_clusters=7, min_size=min_size)
    np.testing.assert_array_equal(denoise(X, n_jobs=1), denoise(X, n_jobs=n_jobs))


def recursive(X, denoise, kernel, seed, depth):
    """Algorithm 1 node by node, each seeded by its place in the tree alone."""
    if len(X) < denoise.min_size or depth == 0:
        return X
    P = diffusion_operator(X, kernel)
    smooth, union = denoise.filter(P, X), np.empty_like(X)
    labels = spectral_clusters(P, denoise.n_clusters, np.random.default_rng(seed))
    for cluster, child in enumerate(seed.spawn(denoise.n_clusters)):
        union[labels == cluster] = recursive(smooth[labels == cluster], denoise, kernel, child, depth - 1)
    return (X + union) / 2


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("min_size", [15, 60, 400])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_level_by_level_equals_node_by_node(n_jobs, min_size, dtype):
    X = np.random.default_rng(9).standard_normal((1_200, 3)).astype(dtype)
    denoise, kernel = LocalDenoising(PowerFilter(2), min_size=min_size, max_depth=4), AlphaDecayKernel(n_neighbors=6)
    expected = recursive(X, denoise, kernel, np.random.SeedSequence(11), 4)
    found = denoise(X, kernel, random_state=11, n_jobs=n_jobs)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, atol=1e-6 if dtype == np.float32 else 1e-13)


def test_a_node_has_one_thread_or_all_of_them():
    asked = []

    def search(X, n_neighbors, n_jobs=None):
        asked.append((len(X), n_jobs))
        return ExactSearch()(X, n_neighbors, n_jobs)

    rng = np.random.default_rng(10)
    sizes = np.array([600, 90, 80, 70])
    X = rng.standard_normal((sizes.sum(), 2)) + 100.0 * np.repeat(np.arange(4), sizes)[:, None]
    LocalDenoising(PowerFilter(1), n_clusters=4, min_size=40, max_depth=2)(X, n_jobs=2, search=search)
    # A thread would be left alone with 600 of 840; what remains, 90 and 80 and 70, is shared out.
    assert asked[:2] == [(840, 2), (600, 2)]
    assert sorted(asked[2:]) == [(70, 1), (80, 1), (90, 1)]


def test_progress_names_each_scale():
    reported = []
    X, _ = nested_groups()
    denoise = LocalDenoising(PowerFilter(1), n_clusters=3, min_size=20, kernel=WIDE)
    denoise(X, progress=lambda stage, done, total: reported.append((stage, done, total)))
    assert reported == [("scale 1", 0, 6), ("scale 2", 1, 6)]


def test_memory_is_a_few_times_the_view():
    X = np.random.default_rng(12).standard_normal((9_000, 300))

    def search(points, n_neighbors, n_jobs=None):
        beside = (np.arange(len(points))[:, None] + np.arange(1, n_neighbors + 1)) % len(points)
        return Neighbors(beside.astype(np.int32), np.ones(beside.shape))

    kernel = GaussianKernel(n_neighbors=2, eps=1.0, max_neighbors=2)
    denoise = LocalDenoising(PowerFilter(1), n_clusters=3, min_size=4_000, kernel=kernel)
    denoise(X[:5_000], search=search)
    tracemalloc.start()
    denoise(X, n_jobs=1, search=search)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * X.nbytes


@pytest.mark.slow
def test_ten_thousand_leaves(monkeypatch):
    rng = np.random.default_rng(13)
    X = (50 * rng.uniform(size=(300, 2)))[rng.integers(300, size=30_000)] + rng.standard_normal((30_000, 2))
    seconds, built, clustered = [], [], []

    def watched(function, sizes, size):
        def call(*arguments, **options):
            start = time.thread_time()
            outcome = function(*arguments, **options)
            seconds.append(time.thread_time() - start)
            sizes.append(size(arguments[0], outcome))
            return outcome

        return call

    monkeypatch.setattr(denoising, "diffusion_operator", watched(diffusion_operator, built, lambda X, _: len(X)))
    monkeypatch.setattr(
        denoising, "spectral_clusters", watched(spectral_clusters, clustered, lambda _, labels: np.bincount(labels))
    )
    start = time.thread_time()
    LocalDenoising(PowerFilter(1), n_clusters=20, min_size=10)(X, AlphaDecayKernel(n_neighbors=5), n_jobs=1)
    total = time.thread_time() - start
    sizes = np.concatenate(clustered)
    assert (sizes[sizes > 0] < 10).sum() > 10_000
    assert len(built) <= 1 + (sizes >= 10).sum()  # a graph a node, none for a leaf
    assert min(built) >= 10
    assert sum(seconds) > 0.9 * total  # what is left is the filter and all that is done to keep the tree


def test_the_data_are_left_as_they_were_and_keep_their_precision():
    for dtype in (np.float32, np.float64):
        X = nested_groups()[0].astype(dtype)
        before = X.copy()
        assert LocalDenoising(min_size=20)(X).dtype == dtype
        np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("noise", [0.05, 0.1])
def test_noise_on_a_ring_falls(noise):
    rng = np.random.default_rng(7)
    angle = rng.uniform(0, 2 * np.pi, 600)
    clean = np.column_stack([np.cos(angle), np.sin(angle)])
    clean = np.hstack([clean, np.zeros((600, 8))])
    noisy = clean + noise * rng.standard_normal(clean.shape)
    error = np.linalg.norm(LocalDenoising()(noisy) - clean) / np.linalg.norm(noisy - clean)
    assert 0.5 < error < 0.7  # the data as they came weigh one half


def test_nothing_large_is_decomposed_densely(monkeypatch):
    sizes = []

    def recording(A, *args, **options):
        sizes.append(len(A))
        return scipy.linalg.eigh(A, *args, **options)

    for name in ("values.eigh", "values.svdvals", "pairs.eigh"):
        monkeypatch.setattr(f"integrated_diffusion.spectrum.{name}", recording)
    X = np.random.default_rng(8).standard_normal((1_500, 3))
    assert np.isfinite(LocalDenoising(n_clusters=3, min_size=400)(X)).all()
    assert sizes
    assert max(sizes) <= spectrum.SMALL == 500


def test_a_sparse_view_is_refused():
    with pytest.raises(TypeError, match=r"LocalDenoising: expected a dense view, found a sparse one; reduce it first"):
        LocalDenoising()(sp.csr_array(np.eye(200)))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"n_clusters": 1}, ValueError),
        ({"min_size": 1}, ValueError),
        ({"max_depth": 0}, ValueError),
        ({"n_clusters": 2.5}, TypeError),
        ({"min_size": True}, TypeError),
    ],
)
def test_bad_parameters(options, error):
    with pytest.raises(error, match=f"{next(iter(options))}: expected"):
        LocalDenoising(**options)


def test_every_node_searches_as_asked():
    sizes = []

    def search(X, n_neighbors, n_jobs=None):
        sizes.append(len(X))
        return ExactSearch()(X, n_neighbors, n_jobs)

    X = np.random.default_rng(0).normal(size=(250, 3))
    denoised = LocalDenoising(min_size=40)(X, search=search)
    np.testing.assert_array_equal(denoised, LocalDenoising(min_size=40)(X))
    assert sizes[0] == 250
    assert len(sizes) > 3
