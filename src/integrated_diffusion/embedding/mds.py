"""Metric multidimensional scaling: points in the plane whose distances are the given ones, scale included.

A classic start (Torgerson 1952), then stochastic gradient descent over pairs (Zheng, Pawar and Goodman 2018).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh

from integrated_diffusion.embedding.signs import fix_signs
from integrated_diffusion.spectrum import SMALL
from integrated_diffusion.views.checks import check_count

N_EPOCHS = 40


def metric_mds(
    distances: np.ndarray, n_components: int = 2, random_state: int = 0, n_epochs: int = N_EPOCHS
) -> np.ndarray:
    """Place points so that their Euclidean distances approximate the given ones (metric MDS, least squares).

    Parameters
    ----------
    distances : numpy.ndarray of shape (n_points, n_points)
        Symmetric distances.
    n_components : int, default 2
        Number of coordinates.
    random_state : int, default 0
        Seed of the order in which pairs are visited.
    n_epochs : int, default 40
        Number of visits of every pair.

    Returns
    -------
    numpy.ndarray of shape (n_points, n_components), float64, centred

    Examples
    --------
    >>> corners = np.array([[0.0, 3.0, 5.0], [3.0, 0.0, 4.0], [5.0, 4.0, 0.0]])
    >>> round(float(stress(corners, metric_mds(corners))), 4)
    0.0
    """
    check_count(n_components, "n_components")
    rng = np.random.default_rng(random_state)
    n = len(distances)
    start = classic_mds(distances, n_components, random_state)
    # Coincident points have no direction in which to separate.
    nudged = start + 1e-6 * (distances.mean() + 1e-300) * rng.standard_normal(start.shape)
    order = rng.permutation(n)
    shifts = np.stack([1 + rng.permutation(n // 2) for _ in range(n_epochs)])
    Y = np.empty_like(start)
    Y[order] = _descend(_by_shift(distances, order), nudged[order], shifts, np.geomspace(0.5, 0.005, n_epochs))
    Y = Y if stress(distances, Y) <= stress(distances, start) else start
    return fix_signs(Y - Y.mean(axis=0))


def classic_mds(distances: np.ndarray, n_components: int = 2, random_state: int = 0) -> np.ndarray:
    """Place points by the leading eigenvectors of the doubly centred squared distances (Torgerson 1952).

    Parameters
    ----------
    distances : numpy.ndarray of shape (n_points, n_points)
        Symmetric distances.
    n_components : int, default 2
        Number of coordinates; those beyond the positive eigenvalues are zero.
    random_state : int, default 0
        Seed of the eigensolver's start vector.

    Returns
    -------
    numpy.ndarray of shape (n_points, n_components)
    """
    squared = distances**2
    row = squared.mean(axis=0)
    B = (row[:, None] + row[None, :] - squared - row.mean()) / 2
    n = len(B)
    if n <= SMALL or not B.any():
        values, vectors = eigh(B, subset_by_index=[max(0, n - n_components), n - 1])
    else:
        values, vectors = eigsh(B, n_components, which="LA", v0=np.random.default_rng(random_state).standard_normal(n))
    order = np.argsort(-values, kind="stable")
    coordinates = vectors[:, order] * np.sqrt(np.maximum(values[order], 0))
    return fix_signs(np.pad(coordinates, ((0, 0), (0, n_components - coordinates.shape[1]))))


def stress(distances: np.ndarray, Y: np.ndarray) -> float:
    """Return the normalised stress `sum (d - |y_i - y_j|)^2 / sum d^2`.

    Parameters
    ----------
    distances : numpy.ndarray of shape (n_points, n_points)
        Symmetric distances.
    Y : numpy.ndarray of shape (n_points, n_components)
        Points.

    Returns
    -------
    float
    """
    missed = sum(
        float(((row - np.sqrt(((Y - y) ** 2).sum(axis=1))) ** 2).sum()) for row, y in zip(distances, Y, strict=True)
    )
    total = float((distances**2).sum())
    return missed / total if total > 0 else 0.0


@njit(cache=True)
def _by_shift(distances: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Distances from each point to the one `s` places further on a circle, a row for each `s` from 0 to `n / 2`.

    In this layout the descent reads memory sequentially.
    """
    n = len(order)
    shifted = np.empty((n // 2 + 1, n), dtype=np.float32)
    for s in range(n // 2 + 1):
        for i in range(n):
            j = i + s - n if i + s >= n else i + s
            shifted[s, i] = distances[order[i], order[j]]
    return shifted


@njit(cache=True)
def _descend(shifted: np.ndarray, Y: np.ndarray, shifts: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Move the points of every pair towards the given distance, once an epoch, shift by shift."""
    n, n_components = Y.shape
    for epoch in range(len(rates)):
        rate = rates[epoch]
        for s in shifts[epoch]:
            n_pairs = s if 2 * s == n else n  # half way round the circle every pair would be visited twice
            for i in range(n_pairs):
                j = i + s - n if i + s >= n else i + s
                squared = 0.0
                for c in range(n_components):
                    squared += (Y[i, c] - Y[j, c]) ** 2
                if squared == 0.0:
                    continue
                norm = np.sqrt(squared)
                move = rate * (norm - shifted[s, i]) / norm / 2
                for c in range(n_components):
                    step = move * (Y[i, c] - Y[j, c])
                    Y[i, c] -= step
                    Y[j, c] += step
    return Y
