"""Similarity network fusion, against its formulas written out sample by sample."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods.snf import affinities, fuse, half_lazy, nearest, snf
from integrated_diffusion import datasets, metrics
from integrated_diffusion.embedding import multiscale_map

DIGITS = datasets.noisy_digits((0.05, 0.05), n_samples=300)


def drawn(n_samples=12, n_features=3, seed=0):
    return np.random.default_rng(seed).standard_normal((n_samples, n_features))


def test_affinities_are_those_of_equation_1():
    X, K, mu = drawn(), 4, 0.5
    X /= X.std(axis=0).max()
    found = affinities(X, K, mu)
    distance = lambda i, j: np.sqrt(((X[i] - X[j]) ** 2).sum())  # noqa: E731
    near = [np.mean(sorted(distance(i, j) for j in range(12) if j != i)[:K]) for i in range(12)]
    for i in range(12):
        for j in range(12):
            scale = (near[i] + near[j] + distance(i, j)) / 3
            assert found[i, j] == pytest.approx(np.exp(-(distance(i, j) ** 2) / (mu * scale)))


def test_units_do_not_matter():
    np.testing.assert_allclose(affinities(1000 * drawn()), affinities(drawn()))


def test_fusion_is_equations_2_to_6():
    networks, K, rounds = [affinities(drawn(seed=seed), 4) for seed in range(3)], 4, 3
    n = len(networks[0])

    def full(W):
        P = np.zeros((n, n))
        for i in range(n):
            for j in range(n):
                P[i, j] = 0.5 if i == j else W[i, j] / (2 * sum(W[i, k] for k in range(n) if k != i))
        return P

    def local(W):
        S = np.zeros((n, n))
        for i in range(n):
            chosen = sorted((j for j in range(n) if j != i), key=lambda j: -W[i, j])[:K]
            for j in chosen:
                S[i, j] = W[i, j] / sum(W[i, k] for k in chosen)
        return S

    P, S = [full(W) for W in networks], [local(W) for W in networks]
    for _ in range(rounds):
        mixed = [S[v] @ (sum(P[k] for k in range(3) if k != v) / 2) @ S[v].T for v in range(3)]
        P = [full((W + W.T) / 2) for W in mixed]
    expected = sum(P) / 3
    found = fuse(networks, K, rounds)
    np.testing.assert_allclose(found, (expected + expected.T) / 2, rtol=1e-10)
    np.testing.assert_allclose(half_lazy(networks[0]), full(networks[0]), rtol=1e-12)
    np.testing.assert_allclose(nearest(networks[0], K).toarray(), local(networks[0]), rtol=1e-12)


def test_one_view_stays_alone():
    W = affinities(drawn(), 4)
    P = half_lazy(W)
    np.testing.assert_allclose(fuse([W], 4), (P + P.T) / 2)


def test_clean_digits_are_told_apart():
    operator = snf(DIGITS.views)
    assert str(operator) == "SNF(view1, view2)"
    assert metrics.knn_accuracy(multiscale_map(operator, 20), DIGITS.labels) > 0.85
