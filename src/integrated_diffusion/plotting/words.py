"""Candidate models and operators in words."""

from __future__ import annotations

import re

from integrated_diffusion.plotting.style import short
from integrated_diffusion.selection import Candidate

_LONG_NUMBER = re.compile(r"(?<![\w.])\d+\.\d{3,}(?![\w.])")


def candidate_words(candidate: Candidate, limit: int = 10) -> str:
    """Diffusion times of a candidate model, its number of repeats and its weight exponent.

    Parameters
    ----------
    candidate : Candidate
        A candidate model.
    limit : int, default 10
        Longer names of views are cut off.

    Returns
    -------
    str
        For instance `rna 2, prot 1 (×3, exponent 4)`. Views with diffusion time 0 are left out, and so
        are one repeat and exponent 0.
    """
    times = ", ".join(f"{short(name, limit)} {t}" for name, t in candidate.steps.items() if t)
    repeats = [f"×{candidate.n_repeats}"] if candidate.n_repeats > 1 else []
    exponent = [f"exponent {candidate.weight_exponent:g}"] if candidate.weight_exponent else []
    settings = ", ".join(repeats + exponent)
    return f"{times} ({settings})" if settings else times


def two_decimals(formula: str) -> str:
    """A formula of operators with its weights to two decimals.

    Parameters
    ----------
    formula : str
        `repr` of an operator, such as `0.333333 rna + 0.666667 prot`.

    Returns
    -------
    str
        The same as `0.33 rna + 0.67 prot`.
    """
    return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", formula)
