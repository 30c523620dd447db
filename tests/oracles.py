"""Dense float64 oracles: the formulas of the design, written out plainly and independently of the package."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from scipy.spatial.distance import cdist


def dense_kernel_alpha_decay(
    X,
    n_neighbors=15,
    decay=40.0,
    bandwidth="local",
    symmetrisation="mean",
    anisotropy=0.0,
    threshold=1e-4,
    max_neighbors=None,
):
    """`exp(-(d_ij / s_i)^decay)`; only the nearest `max_neighbors` (three times `n_neighbors`) have an affinity."""
    X = np.asarray(X, dtype=np.float64)
    D = cdist(X, X)
    s = _bandwidths(D, n_neighbors, bandwidth)
    directed = np.exp(-((D / s[:, None]) ** decay))
    return _undirected(directed, D, max_neighbors or 3 * n_neighbors, threshold, symmetrisation, anisotropy)


def dense_kernel_gaussian(
    X,
    n_neighbors=15,
    eps=None,
    bandwidth="global",
    symmetrisation="mean",
    anisotropy=0.0,
    threshold=1e-4,
    max_neighbors=None,
):
    """`exp(-d_ij^2 / eps)` (paper, eq. 1), `eps` the squared bandwidth where it is not given."""
    X = np.asarray(X, dtype=np.float64)
    D = cdist(X, X)
    variance = np.full(len(X), eps) if eps is not None else _bandwidths(D, n_neighbors, bandwidth) ** 2
    directed = np.exp(-(D**2) / variance[:, None])
    return _undirected(directed, D, max_neighbors or 3 * n_neighbors, threshold, symmetrisation, anisotropy)


def dense_walk(K):
    """`P = D^-1 K` (eq. 2)."""
    K = np.asarray(K, dtype=np.float64)
    return K / K.sum(axis=1, keepdims=True)


def dense_eigenvalues(K):
    """All eigenvalues of `P`, from its symmetric conjugate, largest first."""
    K = np.asarray(K, dtype=np.float64)
    d = K.sum(axis=1)
    return np.linalg.eigvalsh(K / np.sqrt(np.outer(d, d)))[::-1]


def dense_entropy(values, t):
    """Spectral entropy (eq. 6) of these eigenvalues or singular values, at one `t` or several."""
    log_size = np.log(np.maximum(np.abs(np.asarray(values, dtype=np.float64)), 1e-300))
    entropies = []
    for steps in np.atleast_1d(t):
        log_p = steps * log_size
        log_p = log_p - log_p.max()
        log_p = log_p - np.log(np.exp(log_p).sum())
        entropies.append(-(np.exp(log_p) * log_p).sum())
    return np.array(entropies) if np.ndim(t) else entropies[0]


def brute_reduce_steps(times, tolerance=0):
    """Every solution of the smallest largest entry, closest ratio and fewest steps, found by trying all tuples."""
    allowed = 1 + Fraction(str(tolerance))
    for largest in range(1, max(times) + 1):
        scored = []
        for steps in product(range(1, largest + 1), repeat=len(times)):
            scales = [Fraction(step, time) for step, time in zip(steps, times, strict=True)]
            pairs = [a / b for a in scales for b in scales]
            if max(steps) == largest and max(pairs) <= allowed:
                scored.append(((max(pairs), sum(steps)), steps))
        if scored:
            return {steps for score, steps in scored if score == min(scored)[0]}
    raise AssertionError("the times themselves are always a solution")


def _bandwidths(D, n_neighbors, kind):
    """Distance to the k-th other sample, or its median, or the smaller of both."""
    others = np.sort(D + np.diag(np.full(len(D), np.inf)), axis=1)
    s = others[:, min(n_neighbors, len(D) - 1) - 1]
    return {"local": s, "global": np.full(len(s), np.median(s)), "capped": np.minimum(s, np.median(s))}[kind]


def _undirected(directed, D, max_neighbors, threshold, symmetrisation, anisotropy):
    others = D + np.diag(np.full(len(D), np.inf))
    rank = np.argsort(np.argsort(others, axis=1, kind="stable"), axis=1)
    A = np.where((rank < max_neighbors) & (directed >= threshold), directed, 0.0)
    np.fill_diagonal(A, 0.0)
    K = {"mean": (A + A.T) / 2, "mutual": np.sqrt(A * A.T)}[symmetrisation]
    np.fill_diagonal(K, 1.0)
    q = K.sum(axis=1)
    return K / np.outer(q, q) ** anisotropy
