"""Quadrature rules: nodes and weights from the coefficients of Lanczos recurrences and Krylov spaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def gauss(diagonal: np.ndarray, off_diagonal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss quadrature from the coefficients of the Lanczos recurrence (Golub and Welsch 1969).

    Parameters
    ----------
    diagonal, off_diagonal : numpy.ndarray of shape (n_probes, n_steps)
        Coefficients of each probe; the last of `off_diagonal` is not used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (n_probes, n_steps)
        Weights of a probe sum to one.
    """
    n_steps = diagonal.shape[1]
    T = np.zeros((len(diagonal), n_steps, n_steps))
    at = np.arange(n_steps)
    T[:, at, at] = diagonal
    T[:, at[1:], at[:-1]] = T[:, at[:-1], at[1:]] = off_diagonal[:, :-1]
    nodes, vectors = np.linalg.eigh(T)
    return nodes, vectors[:, 0, :] ** 2


def gauss_and_radau(diagonal: np.ndarray, off_diagonal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of Gauss quadrature and of Gauss-Radau quadrature with a node at zero (Golub 1973).

    For maps without negative eigenvalues. Odd powers of the square root are not smooth at zero: there one rule
    overestimates and the other underestimates.

    Parameters
    ----------
    diagonal, off_diagonal : numpy.ndarray of shape (n_probes, n_steps)
        As in `gauss`; all of them are used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (n_probes, 2 * n_steps + 1)
    """
    nodes, weights = gauss(diagonal, off_diagonal)
    # The entry that makes zero an eigenvalue of the matrix with one more row, by elimination from the first row on.
    pivot = diagonal[:, 0]
    for step in range(1, diagonal.shape[1]):
        pivot = diagonal[:, step] - _ratio(off_diagonal[:, step - 1] ** 2, pivot)
    last = _ratio(off_diagonal[:, -1] ** 2, pivot)
    wider, heavier = gauss(np.column_stack([diagonal, last]), np.column_stack([off_diagonal, last]))
    return np.hstack([nodes, np.maximum(wider, 0)]), np.hstack([weights, heavier]) / 2


def gauss_within(matrix: np.ndarray, n_first: int, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss quadrature for the trace over the first vectors of a Krylov space that was grown from them.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (size, size)
        The map projected onto the space.
    n_first : int
        Number of vectors the trace is over.
    rest : numpy.ndarray of shape (width, width)
        Inner products of the residual block of the space; not used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (size,)
        Weights sum to `n_first`.
    """
    nodes, vectors = np.linalg.eigh(matrix)
    return nodes, (vectors[:n_first] ** 2).sum(axis=0)


def gauss_and_radau_within(matrix: np.ndarray, n_first: int, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of `gauss_within` and of the same with one more block that makes zero an eigenvalue.

    Parameters
    ----------
    matrix : numpy.ndarray of shape (size, size)
        As in `gauss_within`.
    n_first : int
        As in `gauss_within`.
    rest : numpy.ndarray of shape (width, width)
        As in `gauss_within`, where it is not used.

    Returns
    -------
    nodes, weights : numpy.ndarray of shape (2 * size + width,)
    """
    nodes, weights = gauss_within(matrix, n_first, rest)
    size, width = len(matrix), len(rest)
    values, vectors = np.linalg.eigh(rest)
    coupling = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    wider = np.zeros((size + width, size + width))
    wider[:size, :size] = matrix
    wider[size:, size - width : size] = coupling
    wider[size - width : size, size:] = coupling
    inverse = np.linalg.pinv(matrix, rcond=1e-12, hermitian=True)[-width:, -width:]
    wider[size:, size:] = coupling @ inverse @ coupling
    more, heavier = gauss_within(wider, n_first, rest)
    return np.append(nodes, np.maximum(more, 0)), np.append(weights, heavier) / 2


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A quotient, zero where a recurrence has ended."""
    return np.divide(part, whole, out=np.zeros_like(part), where=part > 0)


@dataclass(frozen=True)
class Rule:
    """A quadrature rule, for probes and for the subspace that was taken out of them.

    Parameters
    ----------
    of_probes : callable
        From the coefficients of each probe's recurrence to nodes and weights.
    of_subspace : callable
        From a Krylov space to nodes and weights for its first vectors.
    """

    of_probes: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    of_subspace: Callable[[np.ndarray, int, np.ndarray], tuple[np.ndarray, np.ndarray]]


GAUSS = Rule(gauss, gauss_within)
GAUSS_AND_RADAU = Rule(gauss_and_radau, gauss_and_radau_within)
