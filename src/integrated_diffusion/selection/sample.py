"""A random sample of the samples, on which models are compared where there are many."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.views.prepared import AnyView, rows_of

LEAST_MEASURED = 1_000
"""Samples that a view must have measured in the drawn ones, unless it has measured fewer in all."""
_STREAM = 1  # the splits are drawn from other streams of the same seed


def drawn(
    views: Mapping[str, AnyView], construction: Construction, max_samples: int | None
) -> tuple[Mapping[str, AnyView], Construction]:
    """Return all views of the same samples, drawn at random without replacement and in their order.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Views by name, `(n_measured, n_features)`.
    construction : Construction
        Its seed draws; returned with which samples the views have measured, and batches, of those drawn.
    max_samples : int or None
        Number of samples to draw. Views and construction themselves are returned if there are no more samples, for
        `None`, and if too few samples of a view or a batch would be left.
    """
    masks = construction.measured
    n_samples = max((view.shape[0] for view in views.values()), default=0) if masks is None else _length(masks)
    if max_samples is None or n_samples <= max_samples:
        return views, construction
    kept = np.zeros(n_samples, dtype=bool)
    kept[drawn_rows(n_samples, max_samples, construction)] = True
    rows = {name: np.flatnonzero(kept if masks is None else kept[masks[name]]) for name in views}
    sample = construction.at(kept)
    sizes = [(len(rows[name]), view.shape[0]) for name, view in views.items()]
    if construction.batches is not None and sample.batches is not None:
        sizes += list(zip(sample.batches.sizes, construction.batches.sizes, strict=True))
    if any(n_left < min(LEAST_MEASURED, n_all, max_samples) for n_left, n_all in sizes):
        return views, construction
    return {name: rows_of(view, rows[name]) for name, view in views.items()}, sample


def drawn_rows(n_samples: int, max_samples: int, construction: Construction) -> np.ndarray:
    """Return the numbers of the samples that are drawn, in increasing order, `(max_samples,)`."""
    rng = np.random.default_rng([construction.random_state, _STREAM])
    return np.sort(construction.draw_order(n_samples)[rng.choice(n_samples, size=max_samples, replace=False)])


def _length(masks: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(masks.values())))
