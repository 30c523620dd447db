"""The neighbour graph of an embedding against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import pdist, squareform
from sklearn.neighbors import kneighbors_graph

from integrated_diffusion.embedding import neighbor_graph


def test_distances_are_those_of_scikit_learn():
    Y = np.random.default_rng(0).standard_normal((200, 3))
    _, distances = neighbor_graph(Y, n_neighbors=7)
    expected = kneighbors_graph(Y, 7, mode="distance")
    np.testing.assert_allclose(distances.toarray(), expected.toarray(), rtol=1e-9)
    np.testing.assert_array_equal(np.diff(distances.indptr), 7)


def test_connectivities_are_the_kernel_written_out():
    Y = np.random.default_rng(1).standard_normal((80, 2))
    connectivities, _ = neighbor_graph(Y, n_neighbors=6)
    D = squareform(pdist(Y))
    ranked = np.sort(D, axis=1)
    directed = np.where(ranked[:, [6]] >= D, np.exp(-((D / ranked[:, [6]]) ** 2)), 0)
    expected = (directed + directed.T) / 2
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(connectivities.toarray(), expected, atol=1e-12)


def test_form_is_scanpys():
    connectivities, distances = neighbor_graph(np.random.default_rng(2).standard_normal((50, 2)).astype(np.float32))
    for graph in (connectivities, distances):
        assert isinstance(graph, sp.csr_array)
        assert graph.shape == (50, 50)
        assert (graph.diagonal() == 0).all()
        assert (graph.data > 0).all()
    assert abs(connectivities - connectivities.T).max() < 1e-15
    assert connectivities.max() <= 1


@pytest.mark.parametrize("copies", [2, 8])
def test_duplicates_stay_neighbours(copies):
    Y = np.repeat(np.random.default_rng(3).standard_normal((20, 2)), copies, axis=0)
    connectivities, distances = neighbor_graph(Y, n_neighbors=5)
    np.testing.assert_array_equal(np.diff(distances.indptr), 5)
    same = np.arange(len(Y)) // copies
    linked = distances.toarray() > 0
    for i in range(len(Y)):
        twins = np.flatnonzero((same == same[i]) & (np.arange(len(Y)) != i))
        assert linked[i, twins].sum() == min(5, copies - 1)
    twins = sp.csr_array(connectivities.multiply(same[:, None] == same)).data
    assert np.isfinite(connectivities.data).all()
    assert twins.max() == pytest.approx(1)


def test_fewer_samples_than_neighbours_are_all_neighbours():
    connectivities, distances = neighbor_graph(np.array([[0.0], [1.0], [3.0]]), n_neighbors=15)
    np.testing.assert_array_equal(distances.toarray(), [[0, 1, 3], [1, 0, 2], [3, 2, 0]])
    assert connectivities.nnz == 6


def test_threads_change_nothing():
    Y = np.random.default_rng(4).standard_normal((5_000, 2))
    one, two = neighbor_graph(Y, n_jobs=1), neighbor_graph(Y, n_jobs=2)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
        np.testing.assert_array_equal(a.indices, b.indices)
