"""Columns that the integration itself gives: batches, measured views, view weights, depth and detected features."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io import keys
from integrated_diffusion.report.columns import Categories, Column, Numbers
from integrated_diffusion.scverse.inputs import has_features, input_of, views_of
from integrated_diffusion.scverse.measured_values import measured_view
from integrated_diffusion.views.missing import MissingSamplesWarning
from integrated_diffusion.views.validation import View


def derived_columns(mdata: Any, known: set[str]) -> tuple[Column, ...]:
    """Return columns by batch, measured views, view weights and quality, unless columns of these names are there.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    known : set of str
        Names of columns that are there.
    """
    measured = _measured(mdata)
    found = [
        *_batch(mdata.uns[keys.RECORD].get("batches")),
        *_which_views(measured),
        *_weights(mdata, measured),
        *(column for view in views_of(mdata) for column in _quality(mdata, view)),
    ]
    return tuple(column for column in found if column.name not in known)


def _measured(mdata: Any) -> dict[str, np.ndarray]:
    kept = mdata.obsm.get(keys.MEASURED)
    return {} if kept is None else dict(zip(views_of(mdata), np.asarray(kept, dtype=bool).T, strict=True))


def _batch(kept: Mapping[str, Any] | None) -> list[Column]:
    if kept is None:
        return []
    labels = tuple(map(str, kept["names"]))
    return [Categories(str(kept["column"]) or "batch", labels, np.asarray(kept["codes"], dtype=np.int32))]


def _which_views(measured: Mapping[str, np.ndarray]) -> list[Column]:
    """Which views measured each sample, in words."""
    if not measured:
        return []
    names, there = list(measured), np.column_stack(list(measured.values()))
    patterns, codes = np.unique(there, axis=0, return_inverse=True)
    words = tuple(" and ".join(name for name, yes in zip(names, row, strict=True) if yes) or "none" for row in patterns)
    alone = tuple(f"{word} only" if row.sum() == 1 else word for word, row in zip(words, patterns, strict=True))
    return [Categories("measured views", alone, codes.ravel().astype(np.int32))]


def _weights(mdata: Any, measured: Mapping[str, np.ndarray]) -> list[Column]:
    """Per-sample view weights of measured samples, where they differ between these."""
    kept = mdata.obsm.get(keys.view_weights(mdata.obsm))
    if kept is None or not hasattr(kept, "columns"):
        return []
    everywhere = np.ones(mdata.n_obs, dtype=bool)
    columns = {
        str(name): np.where(measured.get(str(name), everywhere), np.asarray(kept[name], dtype=np.float64), np.nan)
        for name in kept.columns
    }
    varying = any(np.isfinite(values).any() and np.ptp(values[np.isfinite(values)]) > 0 for values in columns.values())
    return [Numbers(f"weight of {name}", values) for name, values in columns.items()] if varying else []


def _quality(mdata: Any, view: str) -> list[Column]:
    """Depth and number of detected features of each sample, of a view whose values are not negative."""
    if not has_features(mdata, view):
        return []
    source = input_of(mdata, view)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingSamplesWarning)  # said when the data were integrated
        X, measured = measured_view(mdata, source.modality, source.layer)
    values = np.asarray(X.data if sp.issparse(X) else X)
    if values.size == 0 or values.min() < 0:
        return []
    found = {f"{view}: features": _row_sums(X > 0)}
    if np.array_equal(values, np.rint(values)):
        found = {f"{view}: depth": _row_sums(X)} | found
    return [Numbers(name, _spread(total, measured)) for name, total in found.items() if np.ptp(total) > 0]


def _row_sums(X: View) -> np.ndarray:
    return np.asarray(X.sum(axis=1), dtype=np.float64).ravel()


def _spread(values: np.ndarray, measured: np.ndarray) -> np.ndarray:
    whole = np.full(len(measured), np.nan)
    whole[measured] = values
    return whole
