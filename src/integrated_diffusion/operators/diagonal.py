"""One weight per sample: the factor that lets an operator treat its samples differently."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.workspace import Workspace


class Diagonal(Operator):
    """Multiply each row by a weight, `(D x)_i = w_i x_i`.

    With weights that sum to one at every sample, `D_1 @ P_1 + D_2 @ P_2` is the random walk that samples its view at
    each step with the weights of the sample it is at. With weights `w` of at most one, `D(w) @ P + D(1 - w)` is a lazy
    random walk: it stays where it is with probability `1 - w`.

    Parameters
    ----------
    weights : array-like of shape (n_samples,)
        One weight per sample, not negative.
    name : str, default "w"
        Name of the weights in formulas.

    Raises
    ------
    ValueError
        If the weights are not one-dimensional, finite and at least zero.

    Examples
    --------
    >>> Diagonal([0.0, 0.5], name="w") @ np.array([3.0, 4.0])
    array([0., 2.])
    """

    def __init__(self, weights: np.ndarray | list[float], name: str = "w") -> None:
        self.weights = np.array(weights, dtype=np.float64)
        self.name = name
        if self.weights.ndim != 1:
            raise ValueError(f"weights: expected one number per sample, found shape {self.weights.shape}; flatten them")
        n_bad = int((~(np.isfinite(self.weights) & (self.weights >= 0))).sum())
        if n_bad:
            raise ValueError(f"weights: expected finite numbers of at least 0, found {n_bad} others; clip them at 0")

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return len(self.weights)

    @property
    def T(self) -> Operator:
        """The operator itself: a diagonal matrix is its own transpose."""
        return self

    def _layout(self, block: Block, kind: type[Workspace]) -> None:
        return None

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return workspace.scale_rows(self.weights, block)

    _apply_transposed = _apply

    def _formula(self) -> str:
        return self.name
