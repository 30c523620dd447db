"""A map as solvers have it, which apply it many times: rows stay where neighbours lie close all the while."""

from __future__ import annotations

import numpy as np

from integrated_diffusion.operators.algebra import Operator
from integrated_diffusion.operators.rows import Rows


class ReorderedOperator:
    """A map on blocks whose rows stay where neighbours lie close, from one application to the next.

    Parameters
    ----------
    operator
        The map.
    n_columns
        About how many columns the blocks will have.

    Attributes
    ----------
    n_jobs
        Number of threads.
    """

    def __init__(self, operator: Operator, n_columns: int) -> None:
        typical = np.broadcast_to(np.float64(0), (operator.n_samples, n_columns))
        self._operator, self._rows = operator, operator._rows(typical) or Rows()
        self.n_jobs = self._rows.n_jobs

    def bring(self, block: np.ndarray) -> np.ndarray:
        """Return a block of the samples with its rows where this map has them."""
        return np.asarray(self._rows.bring(block))

    def release(self, block: np.ndarray) -> np.ndarray:
        """Return such a block in the order of the samples."""
        return np.asarray(self._rows.release(block))

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """Apply the map to such a block; the result is a new one."""
        return np.asarray(self._operator._apply(block, self._rows))
