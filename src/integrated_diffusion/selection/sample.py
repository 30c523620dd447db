"""Random parts of the samples: one on which models are compared, and several in which the samples are weighted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.views.prepared import AnyView, rows_of

LEAST_MEASURED = 1_000
"""Samples that a view must have measured in the drawn ones, unless it has measured fewer in all."""
_STREAM = 1  # the splits are drawn from other streams of the same seed
_PARTS = 2


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
    n_samples = n_samples_of(views, construction)
    if max_samples is None or n_samples <= max_samples:
        return views, construction
    rows = drawn_rows(n_samples, max_samples, construction)
    return at(views, construction, rows) if _has_enough(construction, rows) else (views, construction)


def drawn_rows(n_samples: int, max_samples: int, construction: Construction) -> np.ndarray:
    """Return the numbers of the samples that are drawn, in increasing order, `(max_samples,)`."""
    rng = np.random.default_rng([construction.random_state, _STREAM])
    return np.sort(construction.draw_order(n_samples)[rng.choice(n_samples, size=max_samples, replace=False)])


def parts_at_random(
    views: Mapping[str, AnyView], construction: Construction, max_samples: int
) -> Iterator[tuple[np.ndarray, Mapping[str, AnyView], Construction]]:
    """Yield the samples in parts drawn at random: their numbers, the views there, and the settings for them.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Views by name, `(n_measured, n_features)`.
    construction : Construction
        Its seed draws.
    max_samples : int
        Most samples of a part, if enough samples of every view and every batch are left in each; more otherwise.
    """
    n_samples = n_samples_of(views, construction)
    parts = random_parts(n_samples, max_samples, construction)
    while not all(_has_enough(construction, rows) for rows in parts):
        parts = random_parts(n_samples, 2 * len(parts[0]), construction)
    if len(parts) == 1:
        yield parts[0], views, construction
        return
    for rows in parts:
        yield rows, *at(views, construction, rows)


def random_parts(n_samples: int, max_samples: int, construction: Construction) -> list[np.ndarray]:
    """Return the numbers of the samples in parts of about the same size, drawn at random, each in increasing order."""
    rng = np.random.default_rng([construction.random_state, _PARTS])
    order = construction.draw_order(n_samples)[rng.permutation(n_samples)]
    return [np.sort(rows) for rows in np.array_split(order, -(-n_samples // max_samples))]


def n_samples_of(views: Mapping[str, AnyView], construction: Construction) -> int:
    """Return the number of samples, whichever view has measured them."""
    if construction.measured is None:
        return max((view.shape[0] for view in views.values()), default=0)
    return len(next(iter(construction.measured.values())))


def at(
    views: Mapping[str, AnyView], construction: Construction, rows: np.ndarray
) -> tuple[dict[str, AnyView], Construction]:
    """Return the views of some samples, by their numbers, and the settings for them."""
    kept, masks = np.zeros(n_samples_of(views, construction), dtype=bool), construction.measured
    kept[rows] = True
    found = {
        name: rows_of(view, rows if masks is None else np.flatnonzero(kept[masks[name]]))
        for name, view in views.items()
    }
    return found, construction.at(kept)


def _has_enough(construction: Construction, rows: np.ndarray) -> bool:
    """Whether some samples are enough of every view and of every batch to tell something of it; all of them are."""
    sizes = [(int(mask[rows].sum()), int(mask.sum())) for mask in (construction.measured or {}).values()]
    if construction.batches is not None:
        sizes += zip(construction.batches.at(rows).sizes, construction.batches.sizes, strict=True)
    return all(n_left >= min(LEAST_MEASURED, n_all, len(rows)) for n_left, n_all in sizes)
