"""Modularity is what its definition says, pair by pair."""

import numpy as np
import pytest
import scipy.sparse as sp

from experiments.single_cell.modularity import modularity

igraph = pytest.importorskip("igraph")


def oracle(A, labels):
    """`sum_ij (A_ij - d_i d_j / W) [same group] / W`."""
    degrees, total = A.sum(axis=1), A.sum()
    return sum(
        A[i, j] - degrees[i] * degrees[j] / total
        for i in range(len(A))
        for j in range(len(A))
        if labels[i] == labels[j]
    ) / total  # fmt: skip


@pytest.fixture(params=range(4))
def graph(request):
    rng = np.random.default_rng(request.param)
    A = np.triu(rng.uniform(size=(30, 30)) * (rng.uniform(size=(30, 30)) < 0.3), 1)
    return A + A.T, rng.choice(["B", "T", "NK"], size=30)


def test_pair_by_pair(graph):
    A, labels = graph
    assert modularity(sp.csr_array(A), labels) == pytest.approx(oracle(A, labels), abs=1e-12)


def test_as_igraph_has_it(graph):
    A, labels = graph
    other = igraph.Graph.Weighted_Adjacency(A.tolist(), mode="undirected")
    groups = np.unique(labels, return_inverse=True)[1].tolist()
    assert modularity(sp.csr_array(A), labels) == pytest.approx(other.modularity(groups, weights="weight"), abs=1e-12)


def test_one_group_and_no_edge(graph):
    A, _ = graph
    assert modularity(sp.csr_array(A), np.zeros(30)) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="expected an edge, found none"):
        modularity(sp.csr_array((3, 3)), np.arange(3))
