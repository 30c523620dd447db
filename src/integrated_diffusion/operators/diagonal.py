"""One weight a sample: the term that lets a walk treat its samples differently."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.rows import Block, Rows


class Diagonal(Operator):
    """Weigh every sample, `(D x)_i = w_i x_i`.

    With weights that sum to one at every sample, `D_1 @ P_1 + D_2 @ P_2` is a walk that draws its view at each sample
    anew; with weights `w` of at most one, `D(w) @ P + D(1 - w)` is the walk `P` that stays put where `w` is small.

    Parameters
    ----------
    weights
        One weight for each sample, `(n_samples,)`, not negative.
    name
        How the weights are written in formulas.

    Raises
    ------
    ValueError
        If the weights are not one row of finite numbers of at least zero.

    Examples
    --------
    >>> Diagonal([0.0, 0.5], name="w") @ np.array([3.0, 4.0])
    array([0., 2.])
    """

    def __init__(self, weights: np.ndarray | list[float], name: str = "w") -> None:
        self.weights = np.array(weights, dtype=np.float64)
        self.name = name
        if self.weights.ndim != 1:
            raise ValueError(f"weights: expected one number a sample, found shape {self.weights.shape}; flatten them")
        n_bad = int((~(np.isfinite(self.weights) & (self.weights >= 0))).sum())
        if n_bad:
            raise ValueError(f"weights: expected finite numbers of at least 0, found {n_bad} others; a walk cannot owe")

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return len(self.weights)

    @property
    def T(self) -> Operator:
        """The weights again: a diagonal is its own transpose."""
        return self

    def _rows(self, block: Block) -> None:
        return None

    def _apply(self, block: Block, rows: Rows) -> Block:
        return rows.weighed(self.weights, block)

    _apply_transposed = _apply

    def _formula(self) -> str:
        return self.name
