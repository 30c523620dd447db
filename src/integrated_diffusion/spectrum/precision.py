"""The precision of the blocks that solvers apply a map to: single where blocks do not fit into any cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.operators import Workspace
from integrated_diffusion.spectrum.krylov import Apply

_FEW = 20_000


@dataclass(frozen=True)
class Precision:
    """The precision of the blocks a map is applied to, and what a solver can then attain; its own vectors are float64.

    Attributes
    ----------
    dtype : type
        Precision of the blocks.
    tolerance : float
        Smallest attainable residual of an eigenvector, relative to its eigenvalue.
    rounding : float
        Error of an image, relative to the largest eigenvalue.
    close : float
        Eigenvalues that differ by less, relative to the largest one, may be equal.
    """

    dtype: type[np.floating]
    tolerance: float
    rounding: float
    close: float

    def of(self, apply: Apply, workspace: Workspace) -> Apply:
        """Return a map from float64 to float64 blocks that applies `apply` to blocks of this precision."""

        def applied(block: np.ndarray) -> np.ndarray:
            if block.dtype == self.dtype:
                return _as_float64(apply(block), workspace)
            narrow = workspace.copy(block, self.dtype)
            image = apply(narrow)
            workspace.give_back(narrow)
            return _as_float64(image, workspace)

        return applied


def _as_float64(block: np.ndarray, workspace: Workspace) -> np.ndarray:
    if block.dtype == np.float64:
        return block
    wide = workspace.copy(block, np.float64)
    workspace.give_back(block)
    return wide


DOUBLE = Precision(np.float64, tolerance=1e-8, rounding=1e-14, close=1e-8)
SINGLE = Precision(np.float32, tolerance=1e-5, rounding=2e-7, close=1e-6)


def precision_within(tolerance: float) -> Precision:
    """Return single precision if it attains the tolerance, and double precision otherwise."""
    return SINGLE if tolerance >= SINGLE.tolerance else DOUBLE


def precision_for(n_samples: int) -> Precision:
    """Return double precision up to 20,000 samples, where it costs little, and single above.

    Rounding errors are spread over all samples and diffusion smooths them, so that they hardly move the leading
    vectors; by how much is in `docs/decisions.md`.
    """
    return DOUBLE if n_samples <= _FEW else SINGLE
