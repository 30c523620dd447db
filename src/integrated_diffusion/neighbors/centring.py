"""Points about their mean, in a unit in which floating-point numbers are densest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from integrated_diffusion.runtime.threads import map_threads

_ROWS = 2**13  # whose differences from the mean stay in the cache


@dataclass(frozen=True)
class Centring:
    """Points centred at the training mean, and the largest magnitude scaled to one.

    Attributes
    ----------
    mean : numpy.ndarray of shape (n_features,)
        Mean of the training points.
    largest : float
        Largest magnitude of their differences from it; one where there are none.
    """

    mean: np.ndarray
    largest: float

    @classmethod
    def of(cls, points: np.ndarray) -> Centring:
        """Measure mean and largest magnitude of training points, `(n_samples, n_features)`."""
        mean = points.mean(axis=0, dtype=np.float64)
        largest = float(max((points.max(axis=0) - mean).max(), (mean - points.min(axis=0)).max()))
        return cls(mean, largest if largest > 0 else 1.0)

    def __call__(self, X: np.ndarray, dtype: type = np.float32, n_jobs: int | None = 1) -> np.ndarray:
        """Return points in these units and a precision, with contiguous rows."""
        found: np.ndarray = np.empty(X.shape, dtype)

        def centre(start: int) -> None:
            rows = slice(start, start + _ROWS)
            found[rows] = (X[rows] - self.mean) / self.largest

        map_threads(centre, range(0, len(X), _ROWS), n_jobs)
        return found
