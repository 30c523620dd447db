"""The values of a walk's spectrum: all of them for small `N`, a quadrature for large `N`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import eigh, svdvals

from integrated_diffusion.operators import DiffusionOperator, Operator, ReorderedOperator
from integrated_diffusion.spectrum.quadrature import LanczosQuadrature
from integrated_diffusion.spectrum.rules import GAUSS_AND_RADAU
from integrated_diffusion.spectrum.spectrum import Spectrum

SMALL = 500
"""Up to this many samples a dense decomposition is made."""

_COLUMNS = 16  # about as many as the quadrature's blocks have


def eigenvalues(
    operator: Operator, quadrature: LanczosQuadrature | None = None, random_state: int | np.random.Generator = 0
) -> Spectrum:
    """Return the absolute eigenvalues of one view's walk, through its symmetric conjugate.

    Parameters
    ----------
    operator
        A `DiffusionOperator`; products have no symmetric conjugate, use `singular_values`.
    quadrature
        How closely to look above 500 samples.
    random_state
        Seed of the probes.

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
    # The eigenvector of value one is known to all digits; without it, its rounding would drown what little entropy
    # is left at many steps.
    trivial = np.sqrt(operator.degrees / operator.degrees.sum())[:, None]
    apply = ReorderedOperator(A, _COLUMNS)
    look, rng = quadrature or LanczosQuadrature(), np.random.default_rng(random_state)
    rest = look(apply, apply.bring(trivial), rng, n_jobs=apply.n_jobs)
    return replace(rest, nodes=np.append(1.0, rest.nodes), weights=np.append(1.0, rest.weights))


def singular_values(
    operator: Operator, quadrature: LanczosQuadrature | None = None, random_state: int | np.random.Generator = 0
) -> Spectrum:
    """Return the singular values of any walk, through `J^T J`.

    Parameters
    ----------
    operator
        Any operator: one view's, or a product.
    quadrature
        How closely to look above 500 samples.
    random_state
        Seed of the probes.
    """
    if operator.n_samples <= SMALL:
        return Spectrum.of(svdvals(operator.toarray()))
    apply = ReorderedOperator(operator.T @ operator, _COLUMNS)
    look, rng = quadrature or LanczosQuadrature(), np.random.default_rng(random_state)
    squares = look(apply, np.empty((operator.n_samples, 0)), rng, GAUSS_AND_RADAU, apply.n_jobs)
    return Spectrum(np.sqrt(squares.nodes), squares.weights, np.sqrt(squares.probe_nodes), squares.probe_weights)
