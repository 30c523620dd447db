"""The field's scores against scib-metrics, whose numbers are written down here, and against their definitions.

The numbers are those of scib-metrics 0.5.10 (`pip install scib-metrics` in an environment of its own, jax on the
processor), on the data below, neighbours by a sort of all distances: `ilisi_knn` and `clisi_knn` of 45 neighbours (the
sample itself at distance zero among them there, as always in scib-metrics) at perplexity 15, `graph_connectivity` of 5
neighbours, `kbet` of 30 without the sample itself, the silhouettes and `isolated_labels` as they are.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.stats import chisquare
from sklearn.metrics import f1_score

from integrated_diffusion import metrics
from integrated_diffusion.metrics.isolated_labels import isolated_labels
from integrated_diffusion.metrics.lisi import weights_of

RNG = np.random.default_rng(0)
TYPES = RNG.integers(0, 4, 240)
BATCHES = np.where(TYPES == 3, 0, RNG.integers(0, 3, 240))
X = RNG.standard_normal((240, 5)) + 2 * np.eye(4, 5)[TYPES] + 0.7 * np.eye(3, 5)[BATCHES]
SCIB = {"ilisi": 0.5199779, "clisi": 0.7795603, "silhouette_label": 0.5667593, "silhouette_batch": 0.90016216}


def in_order(points):
    D = cdist(points, points)
    np.fill_diagonal(D, np.inf)
    order = np.argsort(D, axis=1, kind="stable")
    return order, np.take_along_axis(D, order, axis=1)


def test_lisi_is_that_of_scib_metrics():
    assert metrics.ilisi(X, BATCHES, 45, 15) == pytest.approx(SCIB["ilisi"], abs=1e-4)
    assert metrics.clisi(X, TYPES, 45, 15) == pytest.approx(SCIB["clisi"], abs=1e-4)
    expected = [1.4169877, 2.0445309, 2.2711718, 2.2532482]
    np.testing.assert_allclose(metrics.lisi(X, BATCHES, 45, 15)[:4], expected, rtol=1e-4)


def test_silhouettes_and_isolated_labels_are_those_of_scib_metrics():
    assert metrics.silhouette_label(X, TYPES) == pytest.approx(SCIB["silhouette_label"], abs=1e-5)
    assert metrics.silhouette_batch(X, TYPES, BATCHES) == pytest.approx(SCIB["silhouette_batch"], abs=1e-5)
    assert metrics.isolated_label_silhouette(X, TYPES, BATCHES) == pytest.approx(0.5812915, abs=1e-5)


def test_connectivity_and_kbet_are_those_of_scib_metrics():
    assert metrics.graph_connectivity(X, TYPES, 5) == pytest.approx(0.6877429643823086, abs=1e-9)
    assert metrics.kbet(X, BATCHES, n_neighbors=30) == pytest.approx(0.5, abs=1e-9)


def entropy(weights):
    weights = weights[weights > 0]
    return -(weights * np.log(weights)).sum()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 500), scale=st.sampled_from([1e-6, 1.0, 1e6]), perplexity=st.floats(1.5, 9))
def test_lisi_by_its_definition(seed, scale, perplexity):
    rng = np.random.default_rng(seed)
    points, labels = scale * rng.standard_normal((40, 3)), rng.integers(0, 3, 40)
    order, D = in_order(points)
    found = metrics.lisi(points, labels, 12, perplexity)
    for i in range(40):
        d = D[i, :12] / scale

        def weights(beta, d=d):
            w = np.exp(-beta * (d - d[0]))
            return w / w.sum()

        beta = np.exp(brentq(lambda log: entropy(weights(np.exp(log))) - np.log(perplexity), -12, 12))
        shares = np.bincount(labels[order[i, :12]], weights(beta))
        assert found[i] == pytest.approx(1 / (shares**2).sum(), rel=1e-6)


def test_equally_near_neighbours_weigh_the_same():
    np.testing.assert_allclose(weights_of(np.ones((2, 6)), 2.0), 1 / 6)


def test_batches_apart_and_batches_that_are_shuffled():
    rng = np.random.default_rng(0)
    batches = np.repeat([0, 1], 200)
    points, types = rng.standard_normal((400, 3)), np.tile([0, 1], 200)
    apart = points + 20 * batches[:, None]
    assert metrics.ilisi(apart, batches) < 0.01 < 0.85 < metrics.ilisi(points, batches)
    assert (
        metrics.silhouette_batch(apart, types, batches) < 0.3 < 0.9 < metrics.silhouette_batch(points, types, batches)
    )
    assert metrics.kbet(apart, batches) < 0.01 < 0.9 < metrics.kbet(points, batches)


def test_kbet_by_the_test_of_each_sample():
    order, _ = in_order(X)
    shares, accepted = np.bincount(BATCHES) / len(X), []
    for i in range(len(X)):
        observed = np.bincount(BATCHES[order[i, :20]], minlength=3)
        accepted.append(chisquare(observed, 20 * shares).pvalue >= 0.1)
    assert metrics.kbet(X, BATCHES, n_neighbors=20, alpha=0.1) == pytest.approx(np.mean(accepted))


def test_kbet_within_labels_allows_for_different_shares_of_the_labels():
    rng = np.random.default_rng(0)
    types = np.repeat([0, 1, 2], [200, 200, 30])
    batches = np.concatenate([rng.random(200) < 0.8, rng.random(200) < 0.2, np.zeros(30)]).astype(int)
    points = rng.standard_normal((430, 3)) + 20 * types[:, None]
    assert metrics.kbet(points, batches) < 0.2
    assert metrics.kbet(points, batches, types) > 0.85


def test_connectivity_by_reachability():
    order, _ = in_order(X)
    expected = []
    for label in range(4):
        members = np.flatnonzero(np.equal(TYPES, label))
        reach = np.array([[j == i or j in order[i, :3] for j in members] for i in members])
        for _ in range(10):
            reach = reach @ reach
        expected.append((reach & reach.T).sum(axis=1).max() / len(members))
    assert metrics.graph_connectivity(X, TYPES, 3) == pytest.approx(np.mean(expected))


def test_isolated_labels_are_those_in_the_fewest_batches():
    assert isolated_labels(TYPES, BATCHES).tolist() == [3]
    assert isolated_labels(TYPES, BATCHES, 3).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="expected a label in at most 1 batches, found none; the fewest are 2"):
        isolated_labels([0, 0], [0, 1], 1)


def test_isolated_f1_is_that_of_the_best_cluster():
    clusterings = [RNG.integers(0, 5, 240), np.where(RNG.random(240) < 0.1, 0, TYPES)]
    truth = TYPES == 3
    expected = max(f1_score(truth, clusters == c) for clusters in clusterings for c in np.unique(clusters))
    assert metrics.isolated_label_f1(clusterings, TYPES, BATCHES) == pytest.approx(expected)
    with pytest.raises(ValueError, match="clusterings: expected at least one, found none"):
        metrics.isolated_label_f1([], TYPES, BATCHES)


def test_the_best_resolution_is_taken():
    clusters = {0.5: np.zeros(240), 1.0: TYPES, 2.0: np.arange(240)}
    assert metrics.cluster_agreement(clusters.__getitem__, TYPES, [0.5, 1.0, 2.0]) == (1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="resolutions: expected at least one"):
        metrics.cluster_agreement(clusters.__getitem__, TYPES, [])


def test_leiden_of_a_graph_of_neighbours_finds_separate_types():
    igraph = pytest.importorskip("igraph")
    leidenalg = pytest.importorskip("leidenalg")
    points = X + 20 * np.eye(4, 5)[TYPES]
    order, _ = in_order(points)
    edges = [(i, int(j)) for i in range(240) for j in order[i, :10]]
    graph = igraph.Graph(240, edges)

    def leiden(resolution):
        return leidenalg.find_partition(
            graph, leidenalg.RBConfigurationVertexPartition, resolution_parameter=resolution, seed=0
        ).membership

    found = metrics.cluster_agreement(leiden, TYPES)
    assert found.nmi > 0.95
    assert found.ari > 0.95


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.ilisi(X, BATCHES[:-1]), "batches: expected one for each of 240 samples"),
        (lambda: metrics.ilisi(X, np.zeros(240)), "batches: expected at least 2 different ones, found 1"),
        (lambda: metrics.lisi(X, TYPES, 10, 10), "perplexity: expected at least 1 and less than the 10 neighbours"),
        (lambda: metrics.silhouette_label(X, np.arange(240)), "labels: expected fewer different ones than samples"),
        (lambda: metrics.silhouette_batch(X, BATCHES, BATCHES), "a label that several have in common, found none"),
        (lambda: metrics.kbet(X, BATCHES, BATCHES), "a label that several have in common, found none"),
        (lambda: metrics.kbet(X, BATCHES, alpha=1.0), "alpha: expected a level between 0 and 1"),
        (lambda: metrics.graph_connectivity(X, TYPES, 240), "expected more samples than neighbours"),
    ],
)
def test_one_error_for_each_mistake(call, message):
    with pytest.raises(ValueError, match=message):
        call()
