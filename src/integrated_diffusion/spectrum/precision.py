"""In which precision blocks are handed to a map: single where they would not fit into any cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.spectrum.chunks import copied
from integrated_diffusion.spectrum.krylov import Apply

_FEW = 20_000


@dataclass(frozen=True)
class Precision:
    """What a solver can ask of a map whose blocks are held in some precision; its own vectors are always double.

    Attributes
    ----------
    dtype
        That of the blocks.
    tolerance
        How closely vectors can be found, as a share of their values.
    rounding
        How far off images may be, as a share of the largest value.
    close
        Values that differ by less, as a share of the largest one, may be the same.
    """

    dtype: type[np.floating]
    tolerance: float
    rounding: float
    close: float

    def of(self, apply: Apply, n_jobs: int | None = None) -> Apply:
        """Return the map from double to double precision of one that is handed blocks of this precision."""
        return lambda block: _as(np.float64, apply(_as(self.dtype, block, n_jobs)), n_jobs)


def _as(dtype: type[np.floating], block: np.ndarray, n_jobs: int | None) -> np.ndarray:
    return block if block.dtype == dtype else copied(block, np.empty(block.shape, dtype), n_jobs)


DOUBLE = Precision(np.float64, tolerance=1e-8, rounding=1e-14, close=1e-8)
SINGLE = Precision(np.float32, tolerance=1e-5, rounding=2e-7, close=1e-6)


def precision_within(tolerance: float) -> Precision:
    """Return single precision where it is enough to find vectors as closely as that."""
    return SINGLE if tolerance >= SINGLE.tolerance else DOUBLE


def precision_for(n_samples: int) -> Precision:
    """Return double precision up to 20,000 samples, where it costs little, and single above.

    Rounding is spread over all samples and a walk smooths it away, so that it hardly moves the leading vectors; by how
    much is in `docs/decisions.md`.
    """
    return DOUBLE if n_samples <= _FEW else SINGLE
