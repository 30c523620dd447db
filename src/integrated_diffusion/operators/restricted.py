"""An operator between some of the samples, by way of all of them."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.workspace import Workspace
from integrated_diffusion.views.samples import spread


class RestrictedOperator(Operator):
    """An operator on all samples that is given values of some of them, and asked for theirs.

    Values of the others are zero: rows sum to one if the operator averages measured samples alone, see
    `integration.imputation.imputing`.

    Parameters
    ----------
    operator : Operator
        On all samples.
    kept : numpy.ndarray of bool, shape (n_samples,)
        Which samples.

    Examples
    --------
    >>> from integrated_diffusion.operators.mean import MeanOperator
    >>> kept = np.array([True, False, True])
    >>> RestrictedOperator(MeanOperator(kept), kept) @ np.array([1.0, 2.0])
    array([1.5, 1.5])
    """

    def __init__(self, operator: Operator, kept: np.ndarray) -> None:
        self.operator = operator
        self.kept: np.ndarray = np.asarray(kept, dtype=bool)

    @property
    def n_samples(self) -> int:
        """Number of samples that are kept."""
        return int(self.kept.sum())

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return self.operator.apply(spread(block, self.kept))[self.kept]

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return self.operator.apply_transposed(spread(block, self.kept))[self.kept]

    def _formula(self) -> str:
        return repr(self.operator)
