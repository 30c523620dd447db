"""In which precision blocks are handed to a map: single where they would not fit into any cache."""

from __future__ import annotations

import numpy as np

_FEW = 20_000


def precision_for(n_samples: int) -> type[np.floating]:
    """Return double precision up to 20,000 samples, where it costs little, and single above.

    Rounding is spread over all samples and a walk smooths it away, so that it hardly moves the leading vectors; by how
    much is in `docs/decisions.md`.
    """
    return np.float64 if n_samples <= _FEW else np.float32
