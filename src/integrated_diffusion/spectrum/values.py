"""Eigenvalues and singular values of operators: all of them for small `N`, a quadrature for large `N`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import eigh, svdvals

from integrated_diffusion.operators import DiffusionOperator, Operator, ReorderedOperator, Workspace
from integrated_diffusion.spectrum.quadrature import LanczosQuadrature
from integrated_diffusion.spectrum.rules import GAUSS_AND_RADAU
from integrated_diffusion.spectrum.spectrum import Spectrum

SMALL = 500
"""Largest number of samples for which a dense decomposition is computed."""

_COLUMNS = 16  # about as many as the quadrature's blocks have


def eigenvalues(
    operator: Operator,
    quadrature: LanczosQuadrature | None = None,
    random_state: int | np.random.Generator = 0,
    kind: type[Workspace] | None = None,
) -> Spectrum:
    """Return the absolute eigenvalues of one view's diffusion operator, through its symmetric conjugate.

    Parameters
    ----------
    operator : DiffusionOperator
        The operator of one view; products have no symmetric conjugate, use `singular_values`.
    quadrature : LanczosQuadrature or None, default None
        Accuracy of the quadrature above 500 samples; `LanczosQuadrature()` unless given.
    random_state : int or numpy.random.Generator, default 0
        Seed of the probes.
    kind : type of Workspace or None, default None
        Kind of workspace; `NumbaWorkspace` unless given.

    Raises
    ------
    TypeError
        If the operator is not a `DiffusionOperator`.
    """
    if not isinstance(operator, DiffusionOperator):
        raise TypeError(f"eigenvalues: expected one view's DiffusionOperator, found {operator!r}; use singular_values")
    A = operator.conjugate
    if operator.n_samples <= SMALL:
        return Spectrum.of(eigh(A.toarray(), eigvals_only=True))
    # The eigenvector of eigenvalue one is known exactly. Found numerically, its rounding error would exceed what little
    # entropy is left at large diffusion times.
    trivial = np.sqrt(operator.degrees / operator.degrees.sum())[:, None]
    apply = ReorderedOperator(A, _COLUMNS, kind)
    quadrature, rng = quadrature or LanczosQuadrature(), np.random.default_rng(random_state)
    rest = quadrature(apply, apply.permute(trivial), rng, workspace=apply.workspace)
    return replace(rest, nodes=np.append(1.0, rest.nodes), weights=np.append(1.0, rest.weights))


def singular_values(
    operator: Operator,
    quadrature: LanczosQuadrature | None = None,
    random_state: int | np.random.Generator = 0,
    kind: type[Workspace] | None = None,
) -> Spectrum:
    """Return the singular values of any operator, through `J^T J`.

    Parameters
    ----------
    operator : Operator
        Any operator: of one view, or a product.
    quadrature : LanczosQuadrature or None, default None
        Accuracy of the quadrature above 500 samples; `LanczosQuadrature()` unless given.
    random_state : int or numpy.random.Generator, default 0
        Seed of the probes.
    kind : type of Workspace or None, default None
        Kind of workspace; `NumbaWorkspace` unless given.
    """
    if operator.n_samples <= SMALL:
        return Spectrum.of(svdvals(operator.toarray()))
    apply = ReorderedOperator(operator.T @ operator, _COLUMNS, kind)
    quadrature, rng = quadrature or LanczosQuadrature(), np.random.default_rng(random_state)
    squares = quadrature(apply, np.empty((operator.n_samples, 0)), rng, GAUSS_AND_RADAU, apply.workspace)
    return Spectrum(np.sqrt(squares.nodes), squares.weights, np.sqrt(squares.probe_nodes), squares.probe_weights)
