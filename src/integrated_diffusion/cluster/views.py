"""Views as dask arrays: checked, in common chunks of rows, recognised, prepared by their recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from dask import delayed

from integrated_diffusion.cluster.summary import ChunkSummary, chunk_summary, merged
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.views.coordinates import few_correlations
from integrated_diffusion.views.recognition import kind_of, recognise
from integrated_diffusion.views.representation import LEAST_ZEROS, have_different_units, spreads_by
from integrated_diffusion.views.statistics import FEATURE_MOMENTS, FEATURE_NONZERO
from integrated_diffusion.views.validation import View, as_floats


@dataclass(frozen=True, eq=False)
class ChunkedView:
    """One view as a dask array whose chunks are of whole rows.

    Attributes
    ----------
    array : dask.array.Array of shape (n_samples, n_features)
        Values, dense or sparse in each chunk.
    name : str
        Name of the view.
    """

    array: Any
    name: str

    @property
    def chunks(self) -> list[Any]:
        """The chunks, each computed when it is needed."""
        return list(self.array.to_delayed().ravel())

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of rows of each chunk."""
        return tuple(self.array.chunks[0])

    def summary(self, cluster: Cluster, of_samples: bool) -> ChunkSummary:
        """Read the view once and check it.

        Raises
        ------
        ValueError
            If values are not finite, or samples were not measured.
        """
        summarise = delayed(chunk_summary, pure=False)
        parts = cluster.computed([summarise(chunk, self.name, of_samples) for chunk in self.chunks])
        found: ChunkSummary = cluster.reduced(merged, parts)
        check(found, self.name)
        return found

    def first_rows(self, cluster: Cluster, n_most: int = 1_000) -> View:
        """Bring the first rows to the client, at most so many and of the first chunk alone."""
        return self.rows(cluster, np.arange(min(n_most, self.sizes[0])))

    def rows(self, cluster: Cluster, rows: np.ndarray) -> View:
        """Bring some rows to the client.

        Parameters
        ----------
        cluster : Cluster
            Where the view is computed.
        rows : numpy.ndarray of int
            Their numbers, increasing.
        """
        ends = np.cumsum(self.sizes)
        split = np.split(rows, np.searchsorted(rows, ends[:-1]))
        chosen = [
            delayed(some_rows, pure=False)(chunk, within - (end - size), self.name)
            for chunk, within, end, size in zip(self.chunks, split, ends, self.sizes, strict=True)
            if len(within)
        ]
        found = cluster.gather(cluster.computed(chosen))
        return sp.csr_array(sp.vstack(found)) if sp.issparse(found[0]) else np.concatenate(found)


def some_rows(chunk: Any, rows: np.ndarray, name: str) -> View:
    """Return some rows of a chunk as floats."""
    return as_floats(chunk, name)[rows]


def chunked(views: Mapping[str, Any], n_least: int) -> dict[str, ChunkedView]:
    """Return views in common chunks of whole rows.

    Parameters
    ----------
    views : mapping of str to dask.array.Array
        By name.
    n_least : int
        Least number of chunks, if there are as many samples.

    Raises
    ------
    TypeError
        If some views are not dask arrays, or hold no numbers.
    ValueError
        If there are fewer than two views, or they do not fit together.
    """
    others = [name for name, view in views.items() if not hasattr(view, "to_delayed")]
    if others:
        raise TypeError(
            f"views: expected dask arrays alone, found {type(views[others[0]]).__name__} for '{others[0]}'; give all "
            "views as dask arrays, for instance dask.array.from_array(X, chunks=(100_000, -1)), or none"
        )
    if len(views) < 2:
        raise ValueError(f"expected at least two views of the same samples, found {len(views)}; name another one")
    for name, view in views.items():
        _check_array(view, name)
    sizes = {name: view.shape[0] for name, view in views.items()}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{size} in '{name}'" for name, size in sizes.items())
        raise ValueError(
            f"expected the same samples in every view, found {found}; keep the samples that all views have"
        )
    first = next(iter(views.values()))
    rows = first.chunks[0]
    if len(rows) < n_least:
        n_samples = sum(rows)
        rows = tuple(len(part) for part in np.array_split(np.arange(n_samples), min(n_least, n_samples)))
    return {name: ChunkedView(view.rechunk({0: rows, 1: -1}), name) for name, view in views.items()}


def _check_array(view: Any, name: str) -> None:
    if view.ndim != 2 or 0 in view.shape:
        raise ValueError(f"view '{name}': expected samples x features, found shape {view.shape}; reshape it")
    if any(np.isnan(size) for axis in view.chunks for size in axis):
        raise ValueError(
            f"view '{name}': expected chunks of known sizes, found unknown ones; call compute_chunk_sizes() first"
        )
    if view.dtype.kind not in "fiub":
        raise TypeError(f"view '{name}': expected numbers, found {view.dtype}; convert the values to float first")


def check(found: ChunkSummary, name: str) -> None:
    """Raise `ValueError` if a view cannot be used on a cluster."""
    if found.n_unmeasured:
        raise ValueError(
            f"view '{name}': expected every sample of a dask array to be measured, found {found.n_unmeasured} rows of "
            f"NaN or zeros alone (first at row {found.first_unmeasured}); leave these samples out of every view, "
            "or fit in memory, where samples may be missing"
        )
    if found.n_nan or found.n_infinite:
        raise ValueError(
            f"view '{name}': expected finite numbers, found {found.n_nan} NaN and {found.n_infinite} infinite values; "
            "remove or impute them"
        )


def recognised_recipe(found: ChunkSummary, some: View, name: str) -> str:
    """Return the name of the recipe of a view; see `views.recognition.recognise`.

    Parameters
    ----------
    found : ChunkSummary
        What all values are like.
    some : array of shape (n_rows, n_features)
        Some rows, by which logarithms are recognised.
    name : str
        Name of the view.

    Raises
    ------
    ValueError
        If whole numbers of a known kind are negative.
    """
    kind = kind_of(name)
    if kind is None or not found.is_whole:
        return "none" if kind is not None and found.n_negative else recognise(some, name)
    check_no_negatives(found, name)
    return kind


def check_no_negatives(found: ChunkSummary, name: str) -> None:
    """Raise `ValueError` if values declared to be counts are negative."""
    if found.n_negative:
        raise ValueError(
            f"view '{name}': expected counts (zero or more), found {found.n_negative} negative values; declare another "
            "kind of data, such as 'other', or give the raw counts"
        )


def recognised_representation(found: ChunkSummary) -> str:
    """Return how features are to be scaled by the values; see `views.representation.recognise_representation`."""
    n_samples, mean, variance = found.n_rows, *found.statistics[FEATURE_MOMENTS][1:]
    counts = found.statistics[FEATURE_NONZERO]
    if found.scatter is not None and len(mean) >= 2:
        lengths = np.sqrt(np.diag(found.scatter))
        varies = lengths > 0
        correlations = found.scatter[np.ix_(varies, varies)] / np.outer(lengths[varies], lengths[varies])
        if few_correlations(correlations, n_samples, int(varies.sum())):
            return "given"
    if found.is_counts and 1 - counts.sum() / (n_samples * len(mean)) >= LEAST_ZEROS:
        return "tf_idf"
    return "standardised" if have_different_units(spreads_by(n_samples, mean, variance, counts)) else "given"


def runs_of(sizes: Sequence[int], n_runs: int) -> list[slice]:
    """Cut chunks into runs of neighbouring ones that together have about the same number of rows.

    Parameters
    ----------
    sizes : sequence of int
        Number of rows of each chunk.
    n_runs : int
        Most runs.
    """
    ends = np.cumsum(sizes)
    targets = ends[-1] * np.arange(1, n_runs + 1) / n_runs
    stops = np.unique(np.minimum(np.searchsorted(ends, targets * (1 - 1e-12)) + 1, len(sizes)))
    return [slice(int(a), int(b)) for a, b in zip([0, *stops[:-1]], stops, strict=True)]


def coordinates_in_runs(cluster: Cluster, view: ChunkedView, fitted: Any, runs: Sequence[slice]) -> Parts:
    """Return the coordinates of a view, chunks of a run together."""
    reduce, together = delayed(coordinates, pure=False), delayed(np.concatenate, pure=False)
    chunks = [reduce(chunk, fitted, view.name) for chunk in view.chunks]
    return cluster.computed([together(chunks[run]) for run in runs])


def coordinates(chunk: Any, fitted: Any, name: str) -> np.ndarray:
    """Return the coordinates of a chunk by a fitted recipe."""
    found = fitted.reduce(fitted.normalise(as_floats(chunk, name)))
    return found if isinstance(found, np.ndarray) else found.toarray()
