"""Diffusion map of any operator, computed by products only (Coifman and Lafon 2006; paper, section 2.10)."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.embedding.signs import fix_signs
from integrated_diffusion.embedding.singular import leading_coordinates
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.operators import Operator


def diffusion_map(
    operator: Operator, n_components: int = 20, power: int | str = 1, random_state: int = 0
) -> np.ndarray:
    """Embed the samples by the leading left singular vectors of `J^p`, times their singular values.

    The Euclidean distance between two rows is the diffusion distance `|J^p_i - J^p_j|` between their transition
    probabilities, up to the components left out. The first component is dropped: it is nearly constant because the rows
    of `J` sum to one. Signs are fixed: each component's entry of largest magnitude is positive.

    Parameters
    ----------
    operator : Operator
        `J`: one view's diffusion operator or any product or weighted sum of operators.
    n_components : int, default 20
        Number of coordinates.
    power : int or "entropy", default 1
        Exponent `p`; `"entropy"` takes the elbow of the spectral entropy of the singular values.
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
    >>> ends = diffusion_map(P, n_components=2)[[0, -1], 0]
    >>> bool(ends[0] * ends[1] < 0)
    True
    """
    U, s = leading_coordinates(operator ** choose_power(operator, power, random_state), n_components, random_state)
    return fix_signs(U[:, 1:] * s[1:])
