"""What one pass over a view in chunks tells: whether it can be used, its moments, and what its recipe is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.coordinates import MOST_COORDINATES
from integrated_diffusion.views.sample_order import row_hashes
from integrated_diffusion.views.statistics import (
    FEATURE_MOMENTS,
    FEATURE_NONZERO,
    FEATURE_SUM,
    SAMPLE_SUM,
    Statistics,
    moments_of_both,
)
from integrated_diffusion.views.validation import as_floats, zero_rows


@dataclass(frozen=True, eq=False)
class ChunkSummary:
    """One chunk of a view, or several together.

    Attributes
    ----------
    statistics : dict of str to numpy.ndarray
        By the names in `views.statistics`.
    scatter : numpy.ndarray of shape (n_features, n_features) or None
        Products of the features about their means; `None` for sparse views and for many features.
    is_sparse : bool
        Whether the chunks are sparse.
    n_nan, n_infinite, n_negative : int
        Number of such values.
    is_whole : bool
        Whether all values are whole numbers.
    first_unmeasured : int
        First row that is NaN or zero throughout, -1 if none is.
    n_unmeasured : int
        Number of such rows.
    hashes : numpy.ndarray of shape (n_rows,), uint64
        Hash of the values of each row.
    """

    statistics: dict[str, np.ndarray]
    scatter: np.ndarray | None
    is_sparse: bool
    n_nan: int
    n_infinite: int
    n_negative: int
    is_whole: bool
    first_unmeasured: int
    n_unmeasured: int
    hashes: np.ndarray

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.statistics[FEATURE_MOMENTS][0, 0])

    @property
    def is_counts(self) -> bool:
        """Whether all values are whole numbers of zero or more."""
        return self.is_whole and not self.n_negative

    def of_names(self, names: Sequence[str], n_features: int) -> Statistics:
        """Return the statistics of these names, as a recipe is fitted to them."""
        found = Statistics((self.n_rows, n_features), [])
        found.sparse = self.is_sparse
        found.fill({name: self.statistics[name] for name in names if name in self.statistics})
        return found


def chunk_summary(chunk: np.ndarray | sp.csr_array, name: str, of_samples: bool) -> ChunkSummary:
    """Summarise one chunk.

    Parameters
    ----------
    chunk : array of shape (n_rows, n_features)
        Values.
    name : str
        What to call the view in messages.
    of_samples : bool
        Whether to keep the sum of each sample, which some recipes are fitted to.
    """
    X = as_floats(chunk, name)
    values = X if isinstance(X, np.ndarray) else X.data
    finite = np.isfinite(values)
    n_nan = int(np.isnan(values).sum())
    unmeasured = _unmeasured(X)
    if not finite.all():
        X = np.nan_to_num(X, nan=0.0, posinf=0.0, neginf=0.0) if isinstance(X, np.ndarray) else X
        values = values[finite]
    names = (FEATURE_SUM, FEATURE_NONZERO, FEATURE_MOMENTS, *([SAMPLE_SUM] if of_samples else []))
    statistics = Statistics.of(X, names)
    scatter = None
    if isinstance(X, np.ndarray) and X.shape[1] <= MOST_COORDINATES:
        about = X - statistics[FEATURE_MOMENTS][1]
        scatter = about.T @ about
    return ChunkSummary(
        {key: statistics[key] for key in names},
        scatter,
        not isinstance(X, np.ndarray),
        n_nan,
        int((~finite).sum()) - n_nan,
        int(np.count_nonzero(values < 0)),
        bool((values == np.rint(values)).all()),
        int(unmeasured[0]) if len(unmeasured) else -1,
        len(unmeasured),
        row_hashes(X),
    )


def _unmeasured(X: np.ndarray | sp.csr_array) -> np.ndarray:
    """Rows that are NaN throughout, or zero throughout where there are several features."""
    if X.shape[1] == 1:
        return np.empty(0, dtype=int)
    nan = np.flatnonzero(np.isnan(X).all(axis=1)) if isinstance(X, np.ndarray) else np.empty(0, dtype=int)
    return np.sort(np.concatenate([nan, zero_rows(X)]))


def merged(summaries: Sequence[ChunkSummary]) -> ChunkSummary:
    """Return the summary of all chunks together, in their order."""
    return reduce(_both, summaries)


def _both(one: ChunkSummary, other: ChunkSummary) -> ChunkSummary:
    a, b = one.statistics, other.statistics
    statistics = {
        FEATURE_SUM: a[FEATURE_SUM] + b[FEATURE_SUM],
        FEATURE_NONZERO: a[FEATURE_NONZERO] + b[FEATURE_NONZERO],
        FEATURE_MOMENTS: moments_of_both(a[FEATURE_MOMENTS], b[FEATURE_MOMENTS]),
    }
    if SAMPLE_SUM in a:
        statistics[SAMPLE_SUM] = np.concatenate([a[SAMPLE_SUM], b[SAMPLE_SUM]])
    scatter = None
    if one.scatter is not None and other.scatter is not None:
        scatter = merged_scatter((a[FEATURE_MOMENTS], one.scatter), (b[FEATURE_MOMENTS], other.scatter))
    first = one.first_unmeasured
    if first < 0 <= other.first_unmeasured:
        first = one.n_rows + other.first_unmeasured
    return replace(
        one,
        statistics=statistics,
        scatter=scatter,
        n_nan=one.n_nan + other.n_nan,
        n_infinite=one.n_infinite + other.n_infinite,
        n_negative=one.n_negative + other.n_negative,
        is_whole=one.is_whole and other.is_whole,
        first_unmeasured=first,
        n_unmeasured=one.n_unmeasured + other.n_unmeasured,
        hashes=np.concatenate([one.hashes, other.hashes]),
    )


def merged_scatter(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the products about the common mean, from moments and products about the means of two parts."""
    (a, first), (b, second) = one, other
    difference = b[1] - a[1]
    weight = a[0] * b[0] / (a[0] + b[0])
    return np.asarray(first + second + np.outer(np.sqrt(weight) * difference, np.sqrt(weight) * difference))
