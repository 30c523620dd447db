"""Inner products of blocks, and projections onto the span of one."""

from __future__ import annotations

import numpy as np
from scipy.linalg import qr

from integrated_diffusion.operators.blocks import Buffers


class Projections(Buffers):
    """What a solver does with an orthonormal basis and a block."""

    def gram(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the inner products `left.T @ right` of the columns of two blocks."""
        return self.sum_over_chunks(lambda rows: left[rows].T @ right[rows], len(left))

    def combine(self, basis: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return `basis @ coefficients`, float64."""
        out = self.take((len(basis), coefficients.shape[1]), np.float64)
        self.map(lambda rows: np.matmul(basis[rows], coefficients, out=out[rows]), self.chunks(len(basis)))
        return out

    def subtract_projection(self, block: np.ndarray, basis: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Write `block - basis @ coefficients` into the block, and return it."""

        def subtract(rows: slice) -> None:
            block[rows] -= basis[rows] @ coefficients

        self.map(subtract, self.chunks(len(block)))
        return block

    def project_out(self, basis: np.ndarray, block: np.ndarray) -> np.ndarray:
        """Write `block - Q Q^T block` into the block, `Q` an orthonormal basis, and return the block."""
        return self.subtract_projection(block, basis, self.gram(basis, block)) if basis.shape[1] else block

    def column_norms(self, block: np.ndarray) -> np.ndarray:
        """Return the length of each column."""
        return np.asarray(np.linalg.norm(block, axis=0))

    def unit_columns(self, block: np.ndarray) -> np.ndarray:
        """Return a new block, each column divided by its length."""
        return np.asarray(block / np.linalg.norm(block, axis=0))

    def triangle(self, block: np.ndarray) -> np.ndarray:
        """Return `R` of the QR decomposition of a block, upper triangular; the block may be overwritten."""
        (R,) = qr(block, mode="r", overwrite_a=True, check_finite=False)
        return np.asarray(R[: block.shape[1]])
