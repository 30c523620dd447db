"""Features that are on the page to be searched for: measured values only, in one byte, without zeros of sparse ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.report.markers import Markers
from integrated_diffusion.scverse.feature_values import feature_names
from integrated_diffusion.scverse.inputs import has_features, views_of
from integrated_diffusion.scverse.normalised_values import normalised_view

LEVELS = 63
"""Number of levels of a value; a colour scale has fewer."""
MISSING = 255


Packed = tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray]
"""Low, step, counts, gaps and codes of a `SearchableView`."""


@dataclass(frozen=True, eq=False)
class SearchableView:
    """Features of one modality, by columns.

    Attributes
    ----------
    modality : str
        The modality.
    names : tuple of str
        Features whose values are here, the most telling first.
    others : tuple of str
        Features whose values did not fit.
    low, step : numpy.ndarray of float32, shape (n_names,)
        A code means `low + step * code`.
    counts : numpy.ndarray of uint32, shape (n_names,) or None
        Number of entries of each feature; `None` if every sample has one.
    gaps : numpy.ndarray of uint32, shape (n_entries,) or None
        Sample of each entry, as the difference from the entry before.
    codes : numpy.ndarray of uint8, shape (n_entries,)
        Values from 0 to 62; 255 is missing.
    measured : numpy.ndarray of uint8, shape (n_samples,) or None
        1 where the modality has measured the sample; `None` if it has measured all.
    """

    modality: str
    names: tuple[str, ...]
    others: tuple[str, ...]
    low: np.ndarray
    step: np.ndarray
    counts: np.ndarray | None
    gaps: np.ndarray | None
    codes: np.ndarray
    measured: np.ndarray | None

    def __repr__(self) -> str:
        return f"SearchableView({self.modality!r}, {len(self.names):,} features, {len(self.others):,} others)"


def searchable_of(
    mdata: Any, shown: Collection[tuple[str, str]], markers: Markers | None, rows: np.ndarray | None, room: int
) -> tuple[SearchableView, ...]:
    """Return the features of all modalities that fit, those that tell groups apart first.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    shown : collection of (str, str)
        Modality and name of features that are on the page anyway.
    markers : Markers or None
        Scores that rank the features; without, they are ranked by their variance.
    rows : numpy.ndarray of int or None
        Samples that are on the page; all of them if `None`.
    room : int
        Bytes that are left for them.
    """
    views = [view for view in views_of(mdata) if has_features(mdata, view)]
    found, left = [], room
    for i, view in enumerate(sorted(views, key=lambda view: mdata[view].n_vars if view in mdata.mod else 0)):
        one = _of_view(mdata, view, shown, markers.best if markers else {}, rows, left // (len(views) - i))
        left -= one.codes.nbytes + (0 if one.gaps is None else one.gaps.size)
        found.append(one)
    return tuple(sorted(found, key=lambda one: views.index(one.modality)))


def _of_view(
    mdata: Any,
    view: str,
    shown: Collection[tuple[str, str]],
    best: Mapping[str, np.ndarray],
    rows: np.ndarray | None,
    room: int,
) -> SearchableView:
    X: Any
    X, measured = normalised_view(mdata, view)
    if rows is not None:
        X, measured = X[np.flatnonzero(np.isin(np.flatnonzero(measured), rows))], measured[rows]
    names = feature_names(mdata, view)
    first = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
    free = np.array([i for name, i in first.items() if (view, name) not in shown], dtype=np.intp)
    rank = best.get(view)
    order = free[np.argsort(-(_variance(X) if rank is None else rank)[free], kind="stable")]
    X = sp.csc_array(X) if sp.issparse(X) else X
    size = 2 * np.diff(X.indptr)[order] if sp.issparse(X) else np.full(len(order), len(measured))
    n_kept = int(np.searchsorted(np.cumsum(size), room, side="right"))
    kept, others = order[:n_kept], order[n_kept:]
    parts = _sparse(X[:, kept], np.flatnonzero(measured)) if sp.issparse(X) else _dense(X[:, kept], measured)
    low, step, counts, gaps, codes = parts
    return SearchableView(
        modality=view,
        names=tuple(names[i] for i in kept),
        others=tuple(sorted(names[i] for i in others)),
        low=low,
        step=step,
        counts=counts,
        gaps=gaps,
        codes=codes,
        measured=None if measured.all() else measured.astype(np.uint8),
    )


def _variance(X: Any) -> np.ndarray:
    if sp.issparse(X):
        return np.asarray(X.multiply(X).mean(axis=0)).ravel() - np.asarray(X.mean(axis=0)).ravel() ** 2
    return np.asarray(X.var(axis=0))


def _scale(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = (high - low) / (LEVELS - 1)
    return low.astype(np.float32), np.where(step > 0, step, 1.0).astype(np.float32)


def _sparse(X: Any, places: np.ndarray) -> Packed:
    """Codes of entries by columns; zero is the lowest code, or within the range if there are negative values."""
    X.sort_indices()
    counts = np.diff(X.indptr)
    of = np.repeat(np.arange(X.shape[1]), counts)
    low, high = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    np.minimum.at(low, of, X.data)
    np.maximum.at(high, of, X.data)
    low, step = _scale(low, high)
    codes = np.rint((X.data - low[of]) / step[of]).clip(0, LEVELS - 1).astype(np.uint8)
    at = places[X.indices].astype(np.int64)
    gaps = np.diff(at, prepend=0)
    starts = X.indptr[:-1][counts > 0]
    gaps[starts] = at[starts]
    return low, step, counts.astype(np.uint32), gaps.astype(np.uint32), codes


def _dense(X: np.ndarray, measured: np.ndarray) -> Packed:
    X = np.asarray(X, dtype=np.float64)
    low, step = _scale(X.min(axis=0, initial=np.inf), X.max(axis=0, initial=-np.inf))
    codes = np.full((X.shape[1], len(measured)), MISSING, dtype=np.uint8)
    codes[:, measured] = np.rint((X - low) / step).clip(0, LEVELS - 1).astype(np.uint8).T
    return low, step, None, None, codes.ravel()
