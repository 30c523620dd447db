"""Multiscale map: the diffusion maps of all powers of an operator in one set of coordinates."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.embedding.signs import fix_signs
from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import Operator

LONGEST = 10_000
"""Number of powers that are summed: finite, so that connected components lie far apart and not infinitely far."""


def multiscale_map(
    operator: Operator, n_components: int = 20, power: int | str = 1, random_state: int = 0
) -> np.ndarray:
    """Embed the samples by the leading left singular vectors of `J^p`, weighted by all its powers together.

    A component of singular value `s` gets the weight `sqrt(s^2 + s^4 + s^6 + ...) = s / sqrt(1 - s^2)`, with the
    largest value scaled to one. For a symmetric operator the squared distance between two rows is then the sum of the
    squared diffusion distances at times `p, 2p, 3p, ...`: small times separate near samples, large times separate far
    ones, and no time has to be chosen (compare Haghverdi et al. 2016 and Setty et al. 2019, who sum the operators
    rather than the squared distances).

    Parameters
    ----------
    operator : Operator
        `J`: one view's diffusion operator or any product or weighted sum of operators.
    n_components : int, default 20
        Number of coordinates.
    power : int or "entropy", default 1
        Exponent `p` of the smallest time; `"entropy"` takes the elbow of the spectral entropy of the singular values.
    random_state : int, default 0
        Seed of the solver's start block.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_components), float64

    Raises
    ------
    ValueError
        If there are not more than `n_components + 1` samples.

    Examples
    --------
    >>> from integrated_diffusion.operators.build import diffusion_operator
    >>> P = diffusion_operator(np.linspace(0, 1, 100)[:, None])
    >>> lengths = np.linalg.norm(multiscale_map(P, n_components=2), axis=0)
    >>> bool(lengths[0] > lengths[1] > 1)
    True
    """
    powered = operator ** choose_power(operator, power, random_state)
    U, s = leading_coordinates(powered, n_components, random_state)
    return fix_signs(U[:, 1:] * _over_all_powers(s[1:] / s[0]))


def _over_all_powers(s: np.ndarray) -> np.ndarray:
    """Root of the sum of `s^2q` over `q = 1, ..., LONGEST`."""
    squared = s**2
    with np.errstate(divide="ignore", invalid="ignore"):
        total = squared * (1 - squared**LONGEST) / (1 - squared)
    return np.sqrt(np.where(squared < 1, total, LONGEST))
