"""PHATE of any operator: metric MDS of the distances between log-transformed transition rows (Moon et al. 2019)."""

from __future__ import annotations

import faiss
import numpy as np
from sklearn.metrics import euclidean_distances

from integrated_diffusion.embedding.diffusion_map import diffusion_map
from integrated_diffusion.embedding.mds import metric_mds
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.threads import one_thread
from integrated_diffusion.views.checks import check_count

N_LANDMARKS = 2_000
_BLOCK = 64
_TINY = 1e-7


def phate(
    operator: Operator,
    n_components: int = 2,
    power: int | str = "entropy",
    *,
    gamma: float = 1.0,
    n_landmarks: int = N_LANDMARKS,
    random_state: int = 0,
) -> np.ndarray:
    """Embed the samples so that Euclidean distances approximate the potential distances of `J^power`.

    Parameters
    ----------
    operator : Operator
        `J`: one view's diffusion operator or any product or weighted sum of operators.
    n_components : int, default 2
        Number of coordinates, 2 or 3 for pictures.
    power : int or "entropy", default "entropy"
        Exponent of `J`; `"entropy"` takes the elbow of the spectral entropy of the singular values.
    gamma : float, default 1.0
        Potential: 1 is `-log p`, 0 the square root, -1 the probabilities themselves; see `potential`.
    n_landmarks : int, default 2000
        Of more samples than this, so many landmarks (groups of samples) are embedded, and every sample is placed at
        the average of the landmarks, weighted by one step of `J`.
    random_state : int, default 0
        Seed of landmarks, start vectors and metric MDS.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_components), float64, in units of the potential

    Raises
    ------
    ValueError
        If `gamma` is outside [-1, 1].
    """
    check_count(n_components, "n_components")
    check_count(n_landmarks, "n_landmarks", least=n_components + 1)
    power = choose_power(operator, power, random_state)
    if operator.n_samples <= n_landmarks:
        transitions = np.linalg.matrix_power(operator.toarray(operator.n_samples), power)
        return metric_mds(potential_distances(transitions, gamma), n_components, random_state)
    groups = landmarks(operator, n_landmarks, random_state)
    transitions = np.linalg.matrix_power(landmark_transitions(operator, groups), power)
    # A potential has one coordinate a landmark instead of one a sample.
    scale = np.sqrt(operator.n_samples / len(transitions))
    placed = metric_mds(scale * potential_distances(transitions, gamma), n_components, random_state)
    embedded: np.ndarray = operator @ placed[groups]
    return embedded


def potential(transitions: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    """Transform transition probabilities into potentials (Moon et al. 2019).

    Parameters
    ----------
    transitions : numpy.ndarray
        Probabilities, of any shape.
    gamma : float, default 1.0
        1: `-log(p)`, with a floor of 1e-7; below 1: `2 / (1 - gamma) p^((1 - gamma) / 2)`.

    Raises
    ------
    ValueError
        If `gamma` is outside [-1, 1].
    """
    if not -1 <= gamma <= 1:
        raise ValueError(f"gamma: expected a number from -1 to 1, found {gamma}; 1 is the logarithm, 0 the square root")
    if gamma == 1:
        return np.asarray(-np.log(transitions + _TINY))
    exponent = (1 - gamma) / 2
    return np.asarray(transitions**exponent / exponent)


def potential_distances(transitions: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    """Return the Euclidean distances between the potentials of the rows.

    Parameters
    ----------
    transitions : numpy.ndarray of shape (n, n_targets)
        Row-stochastic.
    gamma : float, default 1.0
        Which potential, see `potential`.

    Returns
    -------
    numpy.ndarray of shape (n, n)
    """
    return np.asarray(euclidean_distances(potential(transitions, gamma)))


def landmarks(operator: Operator, n_landmarks: int, random_state: int = 0) -> np.ndarray:
    """Group the samples by k-means on the diffusion map.

    Parameters
    ----------
    operator : Operator
        `J`.
    n_landmarks : int
        Number of groups; empty ones are left out.
    random_state : int, default 0
        Seed of the diffusion map and of k-means.

    Returns
    -------
    numpy.ndarray of shape (n_samples,)
        Group of each sample, from 0.
    """
    points = np.ascontiguousarray(diffusion_map(operator, random_state=random_state), dtype=np.float32)
    points /= np.abs(points).max()
    with one_thread():
        k_means = faiss.Kmeans(
            points.shape[1],
            min(n_landmarks, len(points)),
            niter=10,
            seed=random_state + 1,
            min_points_per_centroid=1,
            max_points_per_centroid=64,
        )
        k_means.train(points)
        nearest = k_means.index.search(points, 1)[1].ravel()
    return np.asarray(np.unique(nearest, return_inverse=True)[1])


def landmark_transitions(operator: Operator, groups: np.ndarray) -> np.ndarray:
    """Return the transition probabilities between groups: from an average member of one into all members of another.

    Parameters
    ----------
    operator : Operator
        `J`.
    groups : numpy.ndarray of shape (n_samples,)
        Group of each sample, from 0.

    Returns
    -------
    numpy.ndarray of shape (n_groups, n_groups), row-stochastic
    """
    sizes = np.bincount(groups)
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    transitions = np.empty((len(sizes), len(sizes)))
    for first in range(0, len(sizes), _BLOCK):
        columns = np.arange(first, min(first + _BLOCK, len(sizes)))
        reached = operator @ (groups[:, None] == columns).astype(np.float32)
        transitions[:, columns] = np.add.reduceat(reached[order], starts, axis=0) / sizes[:, None]
    return transitions / transitions.sum(axis=1, keepdims=True)
