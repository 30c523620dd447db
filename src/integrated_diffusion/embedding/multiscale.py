"""Multi-scale map: diffusion maps of a walk repeated once, twice, and so on for ever, in one set of coordinates."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.embedding.signs import fix_signs
from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import Operator

LONGEST = 10_000
"""Rounds after which a walk no longer counts, so that pieces nobody walks between lie far apart, not infinitely far."""


def multiscale_map(
    operator: Operator, n_components: int = 20, power: int | str = 1, random_state: int = 0
) -> np.ndarray:
    """Embed the samples by the leading singular vectors of `J^p`, weighed by all rounds of the walk together.

    A component of singular value `s` gets the weight `sqrt(s^2 + s^4 + s^6 + ...) = s / sqrt(1 - s^2)`, with the
    largest value scaled to one. For a symmetric walk the squared distance of two rows is then the sum of the squared
    diffusion distances at `p, 2p, 3p, ...`: near samples are told apart by the short walks, far ones by the long ones,
    and no number of rounds has to be chosen (compare Haghverdi et al. 2016 and Setty et al. 2019, who sum the walks
    rather than the squared distances).

    Parameters
    ----------
    operator
        The walk `J`: one view's operator or any product or sum.
    n_components
        Number of coordinates.
    power
        How often the walk is repeated in its shortest round, `p`, or `"entropy"`.
    random_state
        Seed of the solver's start vector.

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
    walk = operator ** choose_power(operator, power, random_state)
    U, s = leading_coordinates(walk, n_components, random_state)
    return fix_signs(U[:, 1:] * _over_all_rounds(s[1:] / s[0]))


def _over_all_rounds(s: np.ndarray) -> np.ndarray:
    """Root of the sum of `s^2q` over `q = 1, ..., LONGEST`."""
    squared = s**2
    with np.errstate(divide="ignore", invalid="ignore"):
        total = squared * (1 - squared**LONGEST) / (1 - squared)
    return np.sqrt(np.where(squared < 1, total, LONGEST))
