"""An operator as iterative solvers use it: applied many times with the buffers of one workspace."""

from __future__ import annotations

from typing import cast

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.workspace import Workspace


class ReorderedOperator:
    """A map on dense blocks whose rows stay in the order of a workspace from one application to the next.

    Parameters
    ----------
    operator : Operator
        The map.
    n_columns : int
        About how many columns the blocks will have.
    kind : type of Workspace or None, default None
        Kind of workspace; `NumbaWorkspace` unless given.

    Attributes
    ----------
    workspace : Workspace
        The buffers. Code that applies the map may give its images back to it.
    """

    def __init__(self, operator: Operator, n_columns: int, kind: type[Workspace] | None = None) -> None:
        typical = np.broadcast_to(np.float64(0), (operator.n_samples, n_columns))
        self._operator, self.workspace = operator, operator.workspace_for(typical, kind)

    def permute(self, block: np.ndarray) -> np.ndarray:
        """Return a block of the samples with its rows in the order of the workspace."""
        return cast(np.ndarray, self.workspace.permute(block))

    def unpermute(self, block: np.ndarray) -> np.ndarray:
        """Return a block of the workspace with its rows in the order of the samples."""
        return cast(np.ndarray, self.workspace.unpermute(block))

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Apply the map to a block whose rows are in the order of the workspace; the image is a new array."""
        return self.image(self._operator, block)

    def image(self, operator: Operator, block: np.ndarray) -> np.ndarray:
        """Apply another operator of the same samples to such a block, with the same workspace."""
        return cast(np.ndarray, operator.image(block, self.workspace))
