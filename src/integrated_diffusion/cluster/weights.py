"""Per-sample view weights on a cluster: how well each view's neighbours predict features they were not chosen by.

As in memory (`selection.view_weights`), by the same halves of the features. Their principal components are fitted to
the samples by which the steps were chosen, and taken of all samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dask.array as da
import numpy as np
import scipy.sparse as sp
from dask import delayed

from integrated_diffusion.cluster.exchange import Exchange, LocalRows, localised
from integrated_diffusion.cluster.graph import cluster_affinities
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.tasks import Parts, item
from integrated_diffusion.cluster.views import ChunkedView
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.selection.cv_split import rng_of
from integrated_diffusion.selection.rule import WEIGHT_SPLITS, CrossValidatedSteps, seed_of_split
from integrated_diffusion.selection.splits import FeatureHalves
from integrated_diffusion.selection.view_weights import LEAST_ERROR, view_weights
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import FittedRecipe
from integrated_diffusion.views.reduction import Reduction, fit_pca
from integrated_diffusion.views.validation import as_floats


@dataclass(frozen=True, eq=False)
class Chained:
    """One reduction after another.

    Attributes
    ----------
    first, second : Reduction
        The reductions.
    """

    first: Reduction
    second: Reduction

    def __call__(self, values: Any) -> Any:
        """Reduce normalised values; see `Reduction`."""
        return self.second(self.first(values))


def _same(values: Any) -> Any:
    return values


@dataclass(frozen=True, eq=False)
class Half:
    """Coordinates of one half of a view's features, and what is predicted of the other.

    Attributes
    ----------
    kept, predicted : numpy.ndarray of int
        Numbers of the features.
    reduce_kept, reduce_predicted : Reduction
        From the features of a half to their principal components.
    mean : numpy.ndarray
        Mean of the components that are predicted.
    scale : float
        Root of their total variance; zero if nothing varies.
    """

    kept: np.ndarray
    predicted: np.ndarray
    reduce_kept: Reduction
    reduce_predicted: Reduction
    mean: np.ndarray
    scale: float

    @classmethod
    def fit(cls, view: PreparedView, n_components: int | None, n_targets: int, seed: int) -> Half:
        """Fit to the drawn samples of a view, as `selection.cv_split` divides it."""
        rng, values = rng_of(view.name, seed), view.comparable
        kept, predicted = FeatureHalves.columns(values.shape[1], rng)
        fit = fit_pca if view.recipe is None else view.recipe.fit_reduction
        own_seed = 0 if view.recipe is None else int(rng.integers(2**31))
        _, reduce_kept = fit(values[:, kept], n_components, own_seed)
        if len(predicted):
            half, first = (
                fit(values[:, predicted], n_components, own_seed) if view.recipe else (values[:, predicted], _same)
            )
            found, second = fit_pca(half, n_targets)
            reduce_predicted: Reduction = Chained(first, second)
            scores = np.asarray(_dense(found), dtype=np.float64)
        else:
            reduce_predicted, scores = Chained(_same, _same), np.zeros((values.shape[0], 0))
        variance = float(scores.var(axis=0).sum())
        return cls(kept, predicted, reduce_kept, reduce_predicted, scores.mean(axis=0), float(np.sqrt(variance)))

    def coordinates(self, values: Any) -> np.ndarray:
        """Return the coordinates by which neighbours are sought."""
        return _dense(self.reduce_kept(values[:, self.kept]))

    def targets(self, values: Any) -> np.ndarray:
        """Return what is predicted, of total variance one, float32."""
        scores = _dense(self.reduce_predicted(values[:, self.predicted])) - self.mean
        return np.asarray(scores / self.scale if self.scale > 0 else np.zeros_like(scores), dtype=np.float32)


def _dense(values: Any) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else np.asarray(values.toarray())


def cluster_view_weights(
    views: Mapping[str, ChunkedView],
    runs: Sequence[slice],
    order: ClusterOrder,
    sample: Mapping[str, PreparedView],
    construction: Construction,
    weight_exponent: float,
    used: Sequence[str],
) -> dict[str, da.Array]:
    """Return the weight of each view that is used at each sample, as dask arrays of shape `(n_samples,)`.

    Parameters
    ----------
    views : mapping of str to ChunkedView
        The views.
    runs : sequence of slice
        Chunks of the views that are one chunk of the order.
    order : ClusterOrder
        Order of the operators.
    sample : mapping of str to PreparedView
        The samples that the steps were chosen by.
    construction : Construction
        How views become diffusion operators; its rule is `CrossValidatedSteps`.
    weight_exponent : float
        Exponent of the weights, above zero.
    used : sequence of str
        Views with steps.

    Raises
    ------
    TypeError
        If the rule splits other than by `FeatureHalves`.
    """
    rule = construction.steps
    if not isinstance(rule, CrossValidatedSteps) or not isinstance(rule.split, FeatureHalves):
        raise TypeError(
            f"split: expected FeatureHalves() to weight views sample by sample in dask arrays, found {rule!r}; use "
            "CrossValidatedSteps(), or weight_exponent=(0,)"
        )
    cluster, totals, n_splits = order.cluster, dict[str, list[Any]](), min(WEIGHT_SPLITS, rule.n_splits)
    for i in range(n_splits):
        seed = seed_of_split(construction.random_state, i)
        halves = {name: Half.fit(sample[name], construction.n_pca_of(name), rule.n_targets, seed) for name in views}
        found = {name: _in_runs(order, view, sample[name].fitted, halves[name], runs) for name, view in views.items()}
        targets = [order.ordered(parts) for name, (_, parts) in found.items() if len(halves[name].predicted)]
        for name in used:
            error = log_errors(order, found[name][0], targets, construction)
            totals[name] = cluster.later(np.add, totals[name], error) if name in totals else error
    weights = cluster.map(
        weights_of_part,
        map(list, zip(*(cluster.now(totals[name]) for name in used), strict=True)),
        [n_splits] * len(order.sizes),
        [weight_exponent] * len(order.sizes),
    )
    shape, dtype = (order.n_samples,), np.dtype(np.float64)
    return {
        name: order.as_dask(cluster.map(item, weights, [i] * len(weights)), shape, dtype) for i, name in enumerate(used)
    }


def _in_runs(
    order: ClusterOrder, view: ChunkedView, fitted: FittedRecipe | None, half: Half, runs: Sequence[slice]
) -> tuple[Parts, Parts]:
    """Coordinates of one half and targets of the other, in the chunks of the order."""
    cluster = order.cluster
    both, together = delayed(coordinates_and_targets, pure=False), delayed(beneath, pure=False)
    held = cluster.put((half, fitted))
    chunks = [both(chunk, held, view.name) for chunk in view.chunks]
    found = cluster.computed([together(chunks[run]) for run in runs])
    return cluster.map(item, found, [0] * len(found)), cluster.map(item, found, [1] * len(found))


def coordinates_and_targets(
    chunk: Any, held: tuple[Half, FittedRecipe | None], name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates of one half of a chunk's features, and targets of the other."""
    half, fitted = held
    X = as_floats(chunk, name)
    values = X if fitted is None else fitted.normalise(X)
    return half.coordinates(values), half.targets(values)


def beneath(chunks: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of several chunks in one."""
    first, second = zip(*chunks, strict=True)
    return np.concatenate(first), np.concatenate(second)


def log_errors(order: ClusterOrder, chunks: Parts, targets: Sequence[Parts], construction: Construction) -> Parts:
    """Return the local log error of one view at each sample, summed over the targets; see `local_log_errors`."""
    cluster, n_parts = order.cluster, len(order.sizes)
    directed = cluster_affinities(order, chunks, construction.kernel, construction.search).directed
    largest = max(cluster.gather(cluster.map(largest_of, directed))) or 1.0
    matrices = cluster.map(
        localised, cluster.map(in_units, directed, [largest] * n_parts), [order.starts] * n_parts, range(n_parts)
    )
    exchange, total = Exchange.of(cluster, matrices), None
    for B in targets:
        error = cluster.map(squared_errors, matrices, B, exchange(B))
        log_error = cluster.map(log_of_smoothed, matrices, error, exchange(error))
        total = log_error if total is None else cluster.map(np.add, total, log_error)
    return total or cluster.map(np.zeros, order.sizes)


def largest_of(directed: sp.csr_array) -> float:
    """Return the largest affinity."""
    return float(directed.data.max(initial=0.0))


def in_units(directed: sp.csr_array, largest: float) -> sp.csr_array:
    """Divide affinities by the largest one, float32."""
    return sp.csr_array((directed / largest).astype(np.float32))


def _times(matrix: LocalRows, own: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    block = np.concatenate([own, *others])
    return sp.csr_array((matrix.values, matrix.columns, matrix.starts), shape=(matrix.n_rows, len(block))) @ block


def _reached(matrix: LocalRows) -> np.ndarray:
    rows = np.repeat(np.arange(matrix.n_rows), np.diff(matrix.starts))
    return np.bincount(rows, weights=matrix.values, minlength=matrix.n_rows)


def squared_errors(matrix: LocalRows, own: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """Return each sample's squared error of what its neighbours predict."""
    reached, sums = _reached(matrix)[:, None], _times(matrix, own, others)
    predicted = np.divide(sums, reached, out=np.zeros(sums.shape), where=reached > 0)
    return np.square(own - predicted, dtype=np.float64).sum(axis=1)


def log_of_smoothed(matrix: LocalRows, own: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """Return half the logarithm of the mean over a sample's own and its neighbours' squared errors."""
    smooth = (_times(matrix, own, others) + own) / (_reached(matrix) + 1)
    return np.asarray(0.5 * np.log(np.maximum(smooth, LEAST_ERROR)))


def weights_of_part(log_errors: list[np.ndarray], n_splits: int, weight_exponent: float) -> list[np.ndarray]:
    """Return the weights of the views at the samples of a part."""
    means = {str(i): error / n_splits for i, error in enumerate(log_errors)}
    return list(view_weights(means, weight_exponent).values())
