"""Batches of a fit: labels of the samples, or the name of a column of a MuData."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.views.batches import Batches, batches_of
from integrated_diffusion.views.containers import MeasuredViews


def named_batches(
    views: Any, batch: Any, measured: MeasuredViews, batch_views: Collection[str] | Mapping[str, bool] | None = None
) -> Batches | None:
    """Return the batches of a fit, `None` where there are no two of them.

    Parameters
    ----------
    views : mapping, sequence or MuData
        The views as they were given.
    batch : array-like of shape (n_samples,), str or None
        A label for each sample that was given, or a column of `obs` of the MuData.
    measured : MeasuredViews
        The views as they are integrated, without samples that are left out.
    batch_views : collection of str, mapping of str to bool or None, default None
        Views in which neighbours are balanced over the batches; all unless given.

    Raises
    ------
    TypeError, ValueError
        As in `views.batches.batches_of`; if a column is named of views that have none, or there is no such column.
    """
    if not isinstance(batch, str):
        return batches_of(_of_kept(batch, measured), measured.samples, batch_views, _column_of(batch))
    if not hasattr(views, "obs"):
        raise TypeError(
            f"batch: expected a label for each sample, found the text {batch!r}; a column can be named for a MuData"
        )
    known = list(map(str, views.obs.columns))
    if batch not in known:
        raise ValueError(f"batch: expected a column of obs, found {batch!r}; try {closest(batch, known)}")
    return batches_of(_of_kept(views.obs[batch], measured), measured.samples, batch_views, batch)


def _of_kept(batch: Any, measured: MeasuredViews) -> Any:
    """Labels of all samples that were given without those of the samples that are left out; others as they are."""
    if batch is None or measured.kept is None or np.shape(batch) != measured.kept.shape:
        return batch
    known = measured.samples.names
    if isinstance(batch, pd.Series) and known is not None and not isinstance(batch.index, pd.RangeIndex):
        return batch[batch.index.astype(str).isin(known)]
    return np.asarray(batch, dtype=object)[measured.kept]


def _column_of(batch: Any) -> str:
    """Name of a series of labels; empty where it has none."""
    return str(batch.name) if isinstance(batch, pd.Series) and batch.name is not None else ""
