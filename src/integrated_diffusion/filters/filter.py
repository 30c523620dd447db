"""What a filter is: features smoothed by a function of a diffusion operator's eigenvalues (paper, eq. 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from integrated_diffusion.operators import Block, DiffusionOperator, Operator

Response = Callable[[np.ndarray], np.ndarray]
"""A function of the eigenvalues, defined on [-1, 1]."""


class Filter(Protocol):
    """A map from features to filtered features, given a diffusion operator."""

    def __call__(self, operator: DiffusionOperator, X: Block) -> Block:
        """Return the filtered features, of the shape of `X`."""
        ...


def values_of(response: Response, eigenvalues: np.ndarray) -> np.ndarray:
    """Return a filter's response at the eigenvalues, `(n,)`; raise `ValueError` where it is not finite."""
    values = np.asarray(response(eigenvalues), dtype=np.float64)
    if values.shape != eigenvalues.shape or not np.isfinite(values).all():
        raise ValueError(
            "response: expected a finite value for every eigenvalue in [-1, 1], found others; "
            "define the function on all of [-1, 1]"
        )
    return values


def check_is_diffusion_operator(operator: Operator) -> None:
    """Raise `TypeError` unless the operator is one view's, whose eigenvalues are real."""
    if not isinstance(operator, DiffusionOperator):
        raise TypeError(
            f"filter: expected one view's DiffusionOperator, whose eigenvalues are real, found {operator!r}; "
            "use PowerFilter for products"
        )
