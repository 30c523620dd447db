"""Values at samples that were not measured, as the integrated operator averages those that were."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators import Diagonal, Operator, WeightedSum
from integrated_diffusion.operators.algebra import Identity
from integrated_diffusion.operators.mean import MeanOperator

LONGEST = 64
"""How many times longer than asked the operator is repeated for samples that reach no measured one sooner."""


def imputing(J: Operator, measured: np.ndarray, power: int = 1) -> Operator:
    """Return the operator that averages measured values alone, `X -> J^p (w X) / J^p w`, `w` one where measured.

    A sample that reaches no measured one in `J^p` is averaged by `J^2p`, `J^4p`, ... up to `J^64p`; one that reaches
    none in these either gets the mean of the measured samples. Rows sum to one.

    Parameters
    ----------
    J : Operator
        The integrated operator.
    measured : numpy.ndarray of bool, shape (n_samples,)
        Which samples were measured; the values of others do not matter.
    power : int, default 1
        The exponent `p`; with 0, measured values stay and others get their mean.
    """
    keep, terms = Diagonal(measured, "w"), []
    left, p = np.ones(len(measured), dtype=bool), power
    while left.any() and p <= LONGEST * power:
        powered = J**p
        mass = np.asarray(powered @ measured.astype(np.float64))
        here = left & (mass > 0)
        scale = np.divide(1.0, mass, out=np.zeros(len(mass)), where=here)
        terms.append(Diagonal(scale, "1/w" if p == power else f"1/w_{p}") @ powered @ keep)
        left, p = left & ~here, 2 * p
        if isinstance(powered, Identity):
            break
    if left.any():
        terms.append(Diagonal(left, "1/w_mean") @ MeanOperator(measured))
    return terms[0] if len(terms) == 1 else WeightedSum.of(*((1.0, term) for term in terms))
