"""Leading eigenpairs of one view's walk."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from integrated_diffusion.operators import DiffusionOperator, ReorderedOperator
from integrated_diffusion.spectrum.chunks import combined, overlaps, without
from integrated_diffusion.spectrum.leading import WIDTH, leading_eigenspace
from integrated_diffusion.spectrum.precision import precision_within
from integrated_diffusion.spectrum.values import SMALL
from integrated_diffusion.views.checks import check_count


def leading_eigenpairs(
    operator: DiffusionOperator, n_pairs: int, random_state: int | np.random.Generator = 0, tolerance: float = 1e-8
) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenpairs of largest magnitude of a walk's symmetric conjugate `A`.

    Parameters
    ----------
    operator
        One view's walk.
    n_pairs
        Number of pairs.
    random_state
        Seed of the first block.
    tolerance
        How far a vector may miss being one, `|A^2 v - l^2 v| <= tolerance * l^2`; the values are far closer. Where they
        crowd very much the best that is found in a thousand products with a block has to do.

    Returns
    -------
    values : numpy.ndarray of shape (n_pairs,), largest magnitude first
    vectors : numpy.ndarray of shape (n_samples, n_pairs), orthonormal; the eigenvectors of `P` are `D^-1/2` times these
    """
    rng, A = np.random.default_rng(random_state), operator.conjugate
    n = operator.n_samples
    check_count(n_pairs, "n_pairs")
    n_pairs = min(n_pairs, n)
    if n <= SMALL or n_pairs >= n - 1:
        values, vectors = eigh(A.toarray())
        order = np.argsort(-np.abs(values), kind="stable")[:n_pairs]
        return values[order], vectors[:, order]
    # A graph in pieces has the value one once a piece, with vectors that need not be sought.
    known = _vectors_of_pieces(operator, n_pairs)
    n_known = known.shape[1]
    if n_known == n_pairs:
        return np.ones(n_pairs), known
    once, twice = ReorderedOperator(A, WIDTH), ReorderedOperator(A @ A, WIDTH)
    known, n_jobs = twice.bring(known), twice.n_jobs
    vectors = leading_eigenspace(twice, n, n_pairs - n_known, rng, tolerance, known, n_jobs)
    without(known, vectors, n_jobs)
    values, turned = np.linalg.eigh(overlaps(vectors, precision_within(tolerance).of(once, n_jobs)(vectors), n_jobs))
    order = np.argsort(-np.abs(values), kind="stable")
    vectors = combined(vectors, turned[:, order], n_jobs)
    return np.append(np.ones(n_known), values[order]), twice.release(np.hstack([known, vectors]))


def _vectors_of_pieces(operator: DiffusionOperator, most: int) -> np.ndarray:
    """Orthonormal eigenvectors of value one: one for each connected piece of the graph, the largest pieces first."""
    piece, degrees = operator.component_labels, operator.degrees
    volume = np.bincount(piece, weights=degrees)
    largest = np.argsort(-volume, kind="stable")[:most]
    return np.sqrt(degrees)[:, None] * (piece[:, None] == largest) / np.sqrt(volume[largest])
