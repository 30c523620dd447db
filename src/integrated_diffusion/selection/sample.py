"""A random sample of the samples, on which models are compared where there are many."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from integrated_diffusion.views.prepared import AnyView, PreparedView

_STREAM = 1  # the splits are drawn from other streams of the same seed


def drawn(views: Mapping[str, AnyView], max_samples: int | None, random_state: int) -> Mapping[str, AnyView]:
    """Return all views of the same samples, drawn at random without replacement and in their order.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Views by name, `(n_samples, n_features)`.
    max_samples : int or None
        Number of samples to draw; the views themselves are returned if there are no more, or for `None`.
    random_state : int
        Seed of the draw.
    """
    n_samples = max((view.shape[0] for view in views.values()), default=0)
    if max_samples is None or n_samples <= max_samples:
        return views
    rng = np.random.default_rng([random_state, _STREAM])
    rows = np.sort(rng.choice(n_samples, size=max_samples, replace=False))
    return {name: view.rows(rows) if isinstance(view, PreparedView) else view[rows] for name, view in views.items()}
