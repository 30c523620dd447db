"""Two views of the same samples, and the same as dask arrays, for tests of the cluster."""

from __future__ import annotations

import dask.array as da
import numpy as np


def two_views(n_samples=2_000, seed=0):
    """Three groups of samples on a sheet of four dimensions, seen by two sensors."""
    rng = np.random.default_rng(seed)
    Z = rng.standard_normal((n_samples, 4)) + 4 * rng.integers(0, 3, (n_samples, 4))
    first = np.tanh(Z @ rng.standard_normal((4, 40)) / 3) + 0.3 * rng.standard_normal((n_samples, 40))
    second = np.sin(Z @ rng.standard_normal((4, 25)) / 3) + 0.6 * rng.standard_normal((n_samples, 25))
    return {"a": first, "b": second}


def as_dask(views, chunks=(450, 10)):
    return {name: da.from_array(X, chunks=chunks) for name, X in views.items()}
