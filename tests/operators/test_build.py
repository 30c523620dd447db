"""From a view to its diffusion operator, and the warning if its graph is disconnected."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neighbors import KNeighborsTransformer

from integrated_diffusion.kernels import AlphaDecayKernel, GaussianKernel
from integrated_diffusion.operators.build import (
    DEFAULT_KERNEL,
    DisconnectedGraphWarning,
    diffusion_operator,
    warn_if_disconnected,
)
from oracles import dense_kernel_alpha_decay, dense_kernel_gaussian, dense_walk

CLOUD = np.random.default_rng(0).standard_normal((90, 4))
KERNEL = AlphaDecayKernel(n_neighbors=6, decay=10)


@pytest.mark.parametrize(
    ("X", "found"),
    [
        (np.empty((30, 0)), "found 30 x 0"),
        (np.empty((0, 3)), "found 0 x 3"),
        (np.zeros(30), "found 1 dimension"),
        (np.full((30, 2), np.nan), "found 60 NaN"),
    ],
)
def test_what_is_no_view_is_refused(X, found):
    with pytest.raises(ValueError, match=f"^view 'rna': expected .*{found}"):
        diffusion_operator(X, KERNEL, name="rna")


def test_rows_of_a_list():
    found = diffusion_operator(CLOUD.tolist(), KERNEL)
    np.testing.assert_array_equal(found.toarray(), diffusion_operator(CLOUD, KERNEL).toarray())


@pytest.mark.parametrize("convert", [np.asarray, np.float32, sp.csr_array])
def test_operator_of_a_view(convert):
    P = diffusion_operator(convert(CLOUD), KERNEL, name="rna")
    expected = dense_walk(dense_kernel_alpha_decay(convert(CLOUD) if convert is np.float32 else CLOUD, 6, 10))
    np.testing.assert_allclose(P.toarray(), expected, rtol=1e-9, atol=1e-12)
    assert repr(P) == "rna"


def test_any_kernel_and_any_search():
    kernel = GaussianKernel(n_neighbors=6, anisotropy=0.5)
    expected = dense_walk(dense_kernel_gaussian(CLOUD, 6, anisotropy=0.5))
    for search in (None, KNeighborsTransformer()):
        P = diffusion_operator(CLOUD, kernel, search=search)
        np.testing.assert_allclose(P.toarray(), expected, rtol=1e-8, atol=1e-12)
    default = diffusion_operator(CLOUD)
    assert np.array_equal(default.toarray(), diffusion_operator(CLOUD, DEFAULT_KERNEL).toarray())


def test_same_bits_whatever_the_number_of_threads():
    one, two = (diffusion_operator(CLOUD, KERNEL, n_jobs=n_jobs).kernel for n_jobs in (1, 2))
    assert np.array_equal(one.data, two.data)
    assert np.array_equal(one.indices, two.indices)


@pytest.mark.parametrize("n_samples", [2, 3, 6, 10])
def test_fewer_samples_than_the_kernel_looks_at(n_samples):
    X = CLOUD[:n_samples]
    P = diffusion_operator(X, AlphaDecayKernel(n_neighbors=6, decay=10)).toarray()
    np.testing.assert_allclose(P, dense_walk(dense_kernel_alpha_decay(X, 6, 10)), rtol=1e-9, atol=1e-12)


def test_a_single_sample_has_no_neighbour():
    with pytest.raises(ValueError, match="expected more samples than neighbours, found 1 samples"):
        diffusion_operator(CLOUD[:1], KERNEL)


@pytest.mark.parametrize("n_components", [2, 3, 7])
def test_components_are_counted(n_components):
    X = np.concatenate([CLOUD[:20] + 1e3 * i for i in range(n_components)] + [CLOUD[20:30]])
    P = diffusion_operator(X, KERNEL, name="atac")
    share = f"{30 / len(X):.1%}"
    with pytest.warns(DisconnectedGraphWarning) as caught:
        warn_if_disconnected(P)
    (warning,) = caught
    message = str(warning.message)
    assert f"view 'atac': expected a connected graph, found {n_components} components" in message
    assert f"(the largest holds {share} of the samples)" in message
    assert "raise n_neighbors" in message
    assert "\n" not in message
    assert issubclass(DisconnectedGraphWarning, UserWarning)


def test_a_connected_graph_is_nothing_to_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_disconnected(diffusion_operator(CLOUD, KERNEL))


def test_a_kernel_of_ones_own_makes_symmetric_affinities_only():
    class Own:
        n_neighbors, n_candidates = 6, 18

        def __call__(self, neighbors):
            return KERNEL(neighbors)

    P = diffusion_operator(CLOUD, Own(), name="rna")
    np.testing.assert_array_equal(P.kernel.toarray(), diffusion_operator(CLOUD, KERNEL).kernel.toarray())
    np.testing.assert_allclose(P.affinities.kernel().toarray(), P.kernel.toarray())


def test_a_kernel_is_made_when_it_is_needed():
    """View weights and affinity addition need affinities alone, and kernels are the largest matrices of a fit."""
    P = diffusion_operator(CLOUD)
    warn_if_disconnected(P)
    assert "kernel" not in vars(P)
    np.testing.assert_array_equal(P.degrees, np.asarray(P.affinities.kernel().sum(axis=1)))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(P)).kernel.toarray(), P.kernel.toarray())
