"""The mean over some samples, the same for every sample."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.workspace import Workspace


class MeanOperator(Operator):
    """Replace every row by the mean of some rows, `x_i -> sum_j w_j x_j / sum_j w_j`.

    Parameters
    ----------
    measured : numpy.ndarray of bool, shape (n_samples,)
        Over which rows; at least one.

    Examples
    --------
    >>> MeanOperator(np.array([True, False, True])) @ np.array([1.0, 7.0, 2.0])
    array([1.5, 1.5, 1.5])
    """

    def __init__(self, measured: np.ndarray) -> None:
        self.weights: np.ndarray = measured / measured.sum()

    @property
    def n_samples(self) -> int:
        """Number of samples `N`."""
        return len(self.weights)

    def _layout(self, block: Block, kind: type[Workspace]) -> None:
        return None

    def _apply(self, block: Block, workspace: Workspace) -> Block:
        return self._rank_one(np.ones(self.n_samples), workspace.permuted(self.weights), block)

    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block:
        return self._rank_one(workspace.permuted(self.weights), np.ones(self.n_samples), block)

    @staticmethod
    def _rank_one(left: np.ndarray, right: np.ndarray, block: Block) -> np.ndarray:
        """`left right^T` times a block, dense even of a sparse one: every row has all the mean's entries."""
        found = np.asarray(right @ block)
        image = np.multiply.outer(left, found) if found.ndim else left * found
        return image.astype(block.dtype)

    def _formula(self) -> str:
        return "mean"
