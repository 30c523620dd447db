"""Filters `h(P) X`: what a walk does to measured features, by any function `h` of its eigenvalues (paper, eq. 3).

A filter is a small frozen value that is called with an operator and a block of features. None of them decomposes the
whole spectrum: powers are products, other functions are polynomials or act on the leading eigenvectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.polynomial import chebyshev

from integrated_diffusion.operators import Block, DiffusionOperator, Operator
from integrated_diffusion.spectrum import leading_eigenpairs
from integrated_diffusion.validation import check_count, check_positive

Response = Callable[[np.ndarray], np.ndarray]
"""A function of the eigenvalues, defined on [-1, 1]."""

_GRID = 20_001


class Filter(Protocol):
    """What filters features along a walk."""

    def __call__(self, operator: DiffusionOperator, X: Block) -> Block:
        """Return the filtered features, of the shape of `X`."""
        ...


@dataclass(frozen=True)
class PowerFilter:
    """`P^t X`: the average over walks of `t` steps (paper, eq. 4).

    Parameters
    ----------
    t
        Number of steps.
    """

    t: int = 1

    def __post_init__(self) -> None:
        check_count(self.t, "t", least=0)

    def __call__(self, operator: Operator, X: Block) -> Block:
        """Return `P^t X`."""
        filtered: Block = operator**self.t @ X
        return filtered


@dataclass(frozen=True)
class ChebyshevFilter:
    """`h(P) X` by the Chebyshev polynomial of `h` on [-1, 1], where the eigenvalues of a walk lie.

    Parameters
    ----------
    response
        The function `h`, called with arrays.
    tolerance
        Largest error of the polynomial; the degree doubles until it is met.
    max_degree
        Largest degree, which is the number of products with `P`.

    Attributes
    ----------
    coefficients
        Of the Chebyshev polynomials, shape `(degree + 1,)`.
    error
        `max |h - p|` over [-1, 1], on a fine grid. In the norm weighted by the degrees `D` the filtered features are
        off by at most `error` times the norm of the features.

    Raises
    ------
    ValueError
        On first use, if `h` is not finite on [-1, 1] or `max_degree` does not meet the tolerance.

    Examples
    --------
    >>> heat = ChebyshevFilter(lambda l: np.exp(-3 * (1 - l)), tolerance=1e-6)
    >>> heat.error < 1e-6, len(heat.coefficients)
    (True, 17)
    """

    response: Response
    tolerance: float = 1e-6
    max_degree: int = 1024

    def __post_init__(self) -> None:
        check_positive(self.tolerance, "tolerance")
        check_count(self.max_degree, "max_degree")

    @cached_property
    def _fit(self) -> tuple[np.ndarray, float]:
        grid = np.cos(np.linspace(0, np.pi, _GRID))  # dense towards the ends, where polynomials err most
        wanted = _values_of(self.response, grid)
        degree = min(8, self.max_degree)
        while True:
            coefficients = chebyshev.Chebyshev.interpolate(self.response, degree).coef
            error = float(np.abs(chebyshev.chebval(grid, coefficients) - wanted).max())
            if error <= self.tolerance:
                return coefficients, error
            if degree == self.max_degree:
                raise ValueError(
                    f"response: expected an error of at most {self.tolerance:g} with {degree} products, found "
                    f"{error:.2g}; smooth the function, raise max_degree or tolerance, or use EigenFilter"
                )
            degree = min(2 * degree, self.max_degree)

    @property
    def coefficients(self) -> np.ndarray:
        """Coefficients of the Chebyshev polynomials."""
        return self._fit[0]

    @property
    def error(self) -> float:
        """Largest error of the polynomial on [-1, 1]."""
        return self._fit[1]

    def __call__(self, operator: DiffusionOperator, X: Block) -> Block:
        """Return `h(P) X` within the stated error, by the recurrence `T_k = 2 P T_(k-1) - T_(k-2)`."""
        _check_walk(operator)
        X = X.astype(X.dtype if X.dtype == np.float32 else np.float64)
        c = self.coefficients.astype(X.dtype)
        before, current = X, operator @ X
        filtered = c[0] * before + c[1] * current
        for coefficient in c[2:]:
            before, current = current, X.dtype.type(2) * (operator @ current) - before
            filtered = filtered + coefficient * current
        return filtered


@dataclass(frozen=True)
class EigenFilter:
    """`h(P) X` on the leading eigenvectors; what lies outside them is removed.

    Exact where `h` is zero on the other eigenvalues, as a low-pass filter is.

    Parameters
    ----------
    response
        The function `h`, called with arrays.
    n_eigenpairs
        Number of eigenvectors kept, those of largest magnitude.
    random_state
        Seed of the eigensolver's start vector.
    """

    response: Response
    n_eigenpairs: int = 50
    random_state: int = 0

    def __post_init__(self) -> None:
        check_count(self.n_eigenpairs, "n_eigenpairs")

    def __call__(self, operator: DiffusionOperator, X: Block) -> np.ndarray:
        """Return `D^-1/2 V h(L) V^T D^1/2 X`, dense."""
        _check_walk(operator)
        values, V = leading_eigenpairs(operator, self.n_eigenpairs, self.random_state)
        root = np.sqrt(operator.degrees)
        # The scaling goes onto the eigenvectors, which are dense and few, and never onto the features.
        left, right = V / root[:, None], (V * root[:, None]).T
        coordinates = right @ X if not sp.issparse(X) else (X.T @ right.T).T
        response = _values_of(self.response, values)
        scaled = response[:, None] * coordinates if coordinates.ndim == 2 else response * coordinates
        return np.asarray(left @ scaled, dtype=X.dtype if X.dtype == np.float32 else np.float64)


def _values_of(response: Response, eigenvalues: np.ndarray) -> np.ndarray:
    values = np.asarray(response(eigenvalues), dtype=np.float64)
    if values.shape != eigenvalues.shape or not np.isfinite(values).all():
        raise ValueError(
            "response: expected a finite value for every eigenvalue in [-1, 1], found others; "
            "define the function on all of [-1, 1]"
        )
    return values


def _check_walk(operator: Operator) -> None:
    if not isinstance(operator, DiffusionOperator):
        raise TypeError(
            f"filter: expected one view's DiffusionOperator, whose eigenvalues are real, found {operator!r}; "
            "use PowerFilter for products"
        )
