"""Features that tell a group of samples from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.report.columns import Categories
from integrated_diffusion.scverse.feature_values import feature_names
from integrated_diffusion.scverse.inputs import has_features
from integrated_diffusion.scverse.normalised_values import normalised_view

PER_GROUP = 3
"""Number of markers of a group in each modality."""
LEAST_SAMPLES = 3
"""Groups with fewer samples have no markers."""


@dataclass(frozen=True)
class Marker:
    """A feature that is higher in a group than elsewhere.

    Attributes
    ----------
    modality, name : str
        The feature.
    score : float
        Difference of the means within and outside of the group, in standard deviations within groups.
    """

    modality: str
    name: str
    score: float


@dataclass(frozen=True)
class MarkerRow:
    """A group of samples with its markers.

    Attributes
    ----------
    group : str
        Name of the group.
    n_samples : int
        Number of its samples.
    markers : tuple of Marker
        At most three a modality, the highest score first.
    """

    group: str
    n_samples: int
    markers: tuple[Marker, ...]

    def strongest(self) -> list[Marker]:
        """The first marker of each modality."""
        first: dict[str, Marker] = {}
        for marker in self.markers:
            first.setdefault(marker.modality, marker)
        return list(first.values())


@dataclass(frozen=True, eq=False)
class Markers:
    """Markers of the groups of a column.

    Attributes
    ----------
    column : str
        Name of the column.
    rows : tuple of MarkerRow
        Groups in the column's order.
    best : mapping of str to numpy.ndarray of shape (n_features,)
        Of each modality's features the highest score among the groups.
    """

    column: str
    rows: tuple[MarkerRow, ...]
    best: dict[str, np.ndarray]

    def names(self) -> list[tuple[str, str]]:
        """Modality and name of every marker once: the first of each group and modality, then the second, ..."""
        by_rank = [
            [marker for marker in row.markers if marker.modality == modality]
            for row in self.rows
            for modality in self.best
        ]
        ranked = [group[rank] for rank in range(PER_GROUP) for group in by_rank if rank < len(group)]
        return list(dict.fromkeys((marker.modality, marker.name) for marker in ranked))


def markers_of(mdata: Any, views: Sequence[str], column: Categories | None) -> Markers | None:
    """Return the markers of the groups of a column, by normalised values.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    views : sequence of str
        Views whose features are compared; those without features are left out.
    column : Categories or None
        The groups.

    Returns
    -------
    Markers or None
        `None` without groups or features.
    """
    compared = [view for view in views if has_features(mdata, view)]
    if column is None or not compared:
        return None
    found: list[list[Marker]] = [[] for _ in column.labels]
    best = {}
    for view in compared:
        X, measured = normalised_view(mdata, view)
        scores = group_scores(X, column.codes[measured], len(column.labels))
        best[view] = np.nan_to_num(scores, nan=0.0).max(axis=0, initial=0.0)
        names = feature_names(mdata, view)
        for group, row in enumerate(scores):
            top = np.argsort(-np.nan_to_num(row, nan=-np.inf), kind="stable")[:PER_GROUP]
            found[group] += [Marker(view, names[i], float(row[i])) for i in top if row[i] > 0]
    sizes = np.bincount(column.codes[column.codes >= 0], minlength=len(column.labels))
    rows = tuple(MarkerRow(*row) for row in zip(column.labels, map(int, sizes), map(tuple, found), strict=True))
    return Markers(column.name, rows, best) if any(row.markers for row in rows) else None


def group_scores(X: Any, codes: np.ndarray, n_groups: int) -> np.ndarray:
    """Difference of means within and outside of each group, in standard deviations within groups.

    The standard deviation of a feature is increased by the median of all features', so that rare features with next to
    no variance do not come first (Tusher, Tibshirani and Chu 2001).

    Parameters
    ----------
    X : numpy.ndarray or scipy.sparse array of shape (n_samples, n_features)
        Normalised values.
    codes : numpy.ndarray of int, shape (n_samples,)
        Each sample's group; -1 for none.
    n_groups : int
        Number of groups.

    Returns
    -------
    numpy.ndarray of float64, shape (n_groups, n_features)
        NaN for groups of fewer than three samples, or if all samples are in the group.
    """
    there = np.flatnonzero(codes >= 0)
    indicator = sp.csr_array(
        (np.ones(len(there)), (codes[there], there)), shape=(n_groups, len(codes)), dtype=np.float64
    )
    n = np.asarray(indicator.sum(axis=1)).ravel()[:, None]
    sums = _dense(indicator @ X)
    squares = _dense(indicator @ (X.multiply(X) if sp.issparse(X) else X * X))
    with np.errstate(invalid="ignore", divide="ignore"):
        within = squares - np.where(n > 0, sums**2 / n, 0)
        sd = np.sqrt(np.maximum(within.sum(axis=0), 0) / max(len(there) - n_groups, 1))
        inside, outside = sums / n, (sums.sum(axis=0) - sums) / (len(there) - n)
        positive = sd[sd > 0]
        scores = (inside - outside) / (sd + (np.median(positive) if len(positive) else 1.0))
    scores[(n.ravel() < LEAST_SAMPLES) | (n.ravel() == len(there))] = np.nan
    return np.asarray(scores)


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if sp.issparse(X) else X, dtype=np.float64)
