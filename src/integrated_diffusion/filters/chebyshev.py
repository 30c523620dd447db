"""Any filter `h(P) X` by a Chebyshev polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import chebyshev

from integrated_diffusion.filters.filter import Response, check_is_diffusion_operator, values_of
from integrated_diffusion.operators import Block, DiffusionOperator
from integrated_diffusion.views.checks import check_count, check_positive

_GRID = 20_001


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
        wanted = values_of(self.response, grid)
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
        check_is_diffusion_operator(operator)
        X = X.astype(X.dtype if X.dtype == np.float32 else np.float64)
        c = self.coefficients.astype(X.dtype)
        before, current = X, operator @ X
        filtered = c[0] * before + c[1] * current
        for coefficient in c[2:]:
            before, current = current, X.dtype.type(2) * (operator @ current) - before
            filtered = filtered + coefficient * current
        return filtered
