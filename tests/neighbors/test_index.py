"""Indices of training points, against all distances."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist
from sklearn.neighbors import KNeighborsTransformer

from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch
from integrated_diffusion.neighbors.index import neighbor_index


def brute(T, Q, k):
    D = cdist(Q.astype(float), T.astype(float))
    order = np.argsort(D, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(D, order, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [(7, 3), (900, 4), (600, 60)])
def test_exact_neighbours(dtype, size):
    rng = np.random.default_rng(0)
    T, Q = rng.standard_normal(size).astype(dtype), rng.standard_normal((300, size[1])).astype(dtype)
    T[3] = T[1]
    Q[0], Q[1] = T[1], T[0] + 1000
    k = min(12, len(T))
    found = neighbor_index(T, k).query(Q, n_jobs=1)
    indices, distances = brute(T, Q, k)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12, atol=1e-12)


def test_far_from_the_origin_single_precision_is_not_enough():
    rng = np.random.default_rng(1)
    T = np.vstack([rng.standard_normal((400, 2)) * 1e-7, [[1e3, 1e3]]])
    Q = rng.standard_normal((50, 2)) * 1e-7
    found = neighbor_index(T, 6).query(Q)
    np.testing.assert_array_equal(found.indices, brute(T, Q, 6)[0])


def test_cells_find_almost_all_and_threads_change_nothing():
    rng = np.random.default_rng(2)
    T, Q = rng.standard_normal((8000, 5)), rng.standard_normal((1000, 5))
    index = neighbor_index(T, 10, ApproximateSearch(recall=0.95), n_jobs=1)
    one, two = index.query(Q, n_jobs=1), index.query(Q, n_jobs=2)
    np.testing.assert_array_equal(one.indices, two.indices)
    expected = brute(T, Q, 10)[0]
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(one.indices, expected, strict=True)]) > 0.94
    assert np.all(np.diff(one.distances, axis=1) >= 0)


def test_sparse_points_and_a_transformer_find_the_same():
    rng = np.random.default_rng(3)
    T, Q = rng.poisson(0.3, (200, 30)).astype(float) + 1e-3 * rng.random((200, 30)), rng.poisson(0.3, (20, 30)) * 1.0
    exact = neighbor_index(T, 5, ExactSearch()).query(Q)
    sparse = neighbor_index(sp.csr_array(T), 5).query(sp.csr_array(Q))
    other = neighbor_index(T, 5, KNeighborsTransformer(mode="distance", n_neighbors=3)).query(Q)
    for found in (sparse, other):
        np.testing.assert_array_equal(found.indices, exact.indices)
        np.testing.assert_allclose(found.distances, exact.distances)


def test_an_index_is_pickled_without_its_cells():
    T = np.random.default_rng(4).standard_normal((500, 10))
    index = neighbor_index(T, 3)
    index.query(T)
    assert len(pickle.dumps(index)) < 1.1 * T.nbytes + 1000


def test_bad_input():
    with pytest.raises(ValueError, match="between 1 and 3 neighbours"):
        neighbor_index(np.eye(3), 4)
    with pytest.raises(ValueError, match="expected 3 coordinates"):
        neighbor_index(np.eye(3), 2).query(np.eye(2))
