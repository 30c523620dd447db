"""Leading eigenpairs of one view's diffusion operator."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

from integrated_diffusion.operators import DiffusionOperator, ReorderedOperator, Workspace
from integrated_diffusion.spectrum.leading import WIDTH, leading_eigenspace
from integrated_diffusion.spectrum.precision import precision_within
from integrated_diffusion.spectrum.values import SMALL
from integrated_diffusion.views.checks import check_count


def leading_eigenpairs(
    operator: DiffusionOperator,
    n_pairs: int,
    random_state: int | np.random.Generator = 0,
    tolerance: float = 1e-8,
    kind: type[Workspace] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenpairs of largest magnitude of a diffusion operator's symmetric conjugate `A`.

    Parameters
    ----------
    operator : DiffusionOperator
        The operator of one view.
    n_pairs : int
        Number of pairs.
    random_state : int or numpy.random.Generator, default 0
        Seed of the first block.
    tolerance : float, default 1e-8
        Largest residual, `|A^2 v - l^2 v| <= tolerance * l^2`; the values are far more accurate. Where eigenvalues are
        very close to each other, the best approximation after a thousand products with a block is returned.
    kind : type of Workspace or None, default None
        Kind of workspace; `NumbaWorkspace` unless given.

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
    # A graph has the eigenvalue one once per component, with eigenvectors that are known.
    known = _component_eigenvectors(operator, n_pairs)
    n_known = known.shape[1]
    if n_known == n_pairs:
        return np.ones(n_pairs), known
    once, twice = ReorderedOperator(A, WIDTH, kind), ReorderedOperator(A @ A, WIDTH, kind)
    known, workspace = twice.permute(known), twice.workspace
    vectors = leading_eigenspace(twice, n, n_pairs - n_known, rng, tolerance, known, workspace)
    workspace.project_out(known, vectors)
    images = precision_within(tolerance).of(once, workspace)(vectors)
    values, rotation = np.linalg.eigh(workspace.gram(vectors, images))
    order = np.argsort(-np.abs(values), kind="stable")
    vectors = workspace.combine(vectors, rotation[:, order])
    return np.append(np.ones(n_known), values[order]), twice.unpermute(np.hstack([known, vectors]))


def _component_eigenvectors(operator: DiffusionOperator, n_vectors: int) -> np.ndarray:
    """Orthonormal eigenvectors of eigenvalue one: one per connected component, the largest components first."""
    labels, degrees = operator.component_labels, operator.degrees
    volume = np.bincount(labels, weights=degrees)
    largest = np.argsort(-volume, kind="stable")[:n_vectors]
    return np.sqrt(degrees)[:, None] * (labels[:, None] == largest) / np.sqrt(volume[largest])
