"""A simulated batch effect: each batch has a scaling, a shift and a dropout of its own."""

from __future__ import annotations

import numpy as np

SCALING, SHIFT, DROPOUT = 0.3, 0.5, 0.2
"""Standard deviation of a feature's log scaling, of its shift in units of its spread, and the share of values lost."""


def with_batch_effect(X: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a view in which every batch but the first is scaled, shifted and thinned, feature by feature.

    Parameters
    ----------
    X
        Values, `(n_samples, n_features)`.
    codes
        Batch of every sample, `(n_samples,)`.
    rng
        Source of the draws.
    """
    changed, spread = np.array(X, dtype=np.float64), float(np.std(X, axis=0).mean())
    for batch in range(1, int(codes.max()) + 1):
        rows = np.flatnonzero(codes == batch)
        scaled = changed[rows] * np.exp(rng.normal(0, SCALING, X.shape[1]))
        shifted = scaled + rng.normal(0, SHIFT * spread, X.shape[1])
        changed[rows] = np.where(rng.random(shifted.shape) < DROPOUT, 0, shifted)
    return changed
