"""Any filter `h(P) X` on the leading eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.filters.filter import Response, check_is_diffusion_operator, values_of
from integrated_diffusion.operators import Block, DiffusionOperator
from integrated_diffusion.spectrum import leading_eigenpairs
from integrated_diffusion.views.checks import check_count


@dataclass(frozen=True)
class EigenFilter:
    """`h(P) X` on the leading eigenvectors; what lies outside them is removed.

    Exact where `h` is zero on the other eigenvalues, as a low-pass filter is.

    Parameters
    ----------
    response : callable
        The function `h`, called with arrays.
    n_eigenpairs : int, default 50
        Number of eigenvectors kept, those of largest magnitude.
    random_state : int, default 0
        Seed of the eigensolver's first block.
    """

    response: Response
    n_eigenpairs: int = 50
    random_state: int = 0

    def __post_init__(self) -> None:
        check_count(self.n_eigenpairs, "n_eigenpairs")

    def __call__(self, operator: DiffusionOperator, X: Block) -> np.ndarray:
        """Return `D^-1/2 V h(L) V^T D^1/2 X`, dense."""
        check_is_diffusion_operator(operator)
        values, V = leading_eigenpairs(operator, self.n_eigenpairs, self.random_state)
        root = np.sqrt(operator.degrees)
        # The scaling goes onto the eigenvectors, which are dense and few, and never onto the features.
        left, right = V / root[:, None], (V * root[:, None]).T
        coordinates = right @ X if not sp.issparse(X) else (X.T @ right.T).T
        response = values_of(self.response, values)
        scaled = response[:, None] * coordinates if coordinates.ndim == 2 else response * coordinates
        return np.asarray(left @ scaled, dtype=X.dtype if X.dtype == np.float32 else np.float64)
