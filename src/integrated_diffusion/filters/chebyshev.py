"""Any filter `h(P) X` by a Chebyshev polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import chebyshev

from integrated_diffusion.filters.filter import Response, check_is_diffusion_operator, values_of
from integrated_diffusion.operators import Block, DiffusionOperator, Workspace
from integrated_diffusion.operators.application import as_block
from integrated_diffusion.views.checks import check_count, check_positive

_GRID = 20_001


@dataclass(frozen=True)
class ChebyshevFilter:
    """`h(P) X` by the Chebyshev polynomial of `h` on [-1, 1], where the eigenvalues of a diffusion operator lie.

    Parameters
    ----------
    response : callable
        The function `h`, called with arrays.
    tolerance : float, default 1e-6
        Largest error of the polynomial; the degree doubles until it is met.
    max_degree : int, default 1024
        Largest degree, which is the number of products with `P`.

    Attributes
    ----------
    coefficients : numpy.ndarray of shape (degree + 1,)
        Coefficients of the Chebyshev polynomials.
    error : float
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
        exact = values_of(self.response, grid)
        degree = min(8, self.max_degree)
        while True:
            coefficients = chebyshev.Chebyshev.interpolate(self.response, degree).coef
            error = float(np.abs(chebyshev.chebval(grid, coefficients) - exact).max())
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

    def __call__(self, operator: DiffusionOperator, X: Block, workspace: Workspace | None = None) -> Block:
        """Return `h(P) X` within the stated error, by the recurrence `T_k = 2 P T_(k-1) - T_(k-2)`.

        Parameters
        ----------
        operator : DiffusionOperator
            The operator of one view.
        X : array of shape (n_samples,) or (n_samples, n_features)
            Features, dense or sparse; float32 stays float32.
        workspace : Workspace or None, default None
            Buffers to use, from `operator.workspace_for`; new ones unless given.
        """
        check_is_diffusion_operator(operator)
        X = as_block(X, operator.n_samples)
        workspace = workspace or operator.workspace_for(X)
        first = previous = workspace.permute(X)
        current = operator.image(first, workspace)
        total = workspace.scale(self.coefficients[0], workspace.copy(first))
        total = workspace.add_scaled(total, self.coefficients[1], current)
        for coefficient in self.coefficients[2:]:
            following = workspace.chebyshev_first(operator.image(current, workspace), previous, 2.0)
            if previous is not first:
                workspace.give_back(previous)
            previous, current = current, following
            total = workspace.add_scaled(total, coefficient, current)
        return workspace.unpermute(total)
