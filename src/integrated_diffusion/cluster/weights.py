"""Per-sample view weights on a cluster: how well each view's neighbours predict features they were not chosen by.

As in memory (`selection.view_weights`), by the same halves of the features, in the same random parts of the samples,
each of which one task weights. Principal components of the halves are fitted to the samples by which the steps were
chosen, and taken of all samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dask.array as da
import numpy as np
from dask import delayed

from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.tasks import Parts, item
from integrated_diffusion.cluster.views import ChunkedView
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.steps import EntropySteps
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.selection.cv_split import rng_of
from integrated_diffusion.selection.rule import WEIGHT_SAMPLES, WEIGHT_SPLITS, CrossValidatedSteps, seed_of_split
from integrated_diffusion.selection.sample import random_parts
from integrated_diffusion.selection.splits import FeatureHalves
from integrated_diffusion.selection.view_weights import local_log_errors, mean_log_errors, view_weights
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
    cluster, names, n_splits = order.cluster, list(views), min(WEIGHT_SPLITS, rule.n_splits)
    parts = in_random_parts(order, construction)
    settings = cluster.put(replace(construction, progress=silent, sample_order=None, steps=EntropySteps(), n_jobs=1))
    n_parts, of_splits = len(parts.sizes), []
    for i in range(n_splits):
        seed = seed_of_split(construction.random_state, i)
        moved = []
        for name, view in views.items():
            half = Half.fit(sample[name], construction.n_pca_of(name), rule.n_targets, seed)
            coordinates, targets = _in_runs(order, view, sample[name].fitted, half, runs)
            B = [[part] for part in parts.ordered(targets)] if len(half.predicted) else [[]] * n_parts
            moved.append(list(zip(parts.ordered(coordinates), B, strict=True)))
        found = cluster.map(
            log_errors, map(list, zip(*moved, strict=True)), [names] * n_parts, [used] * n_parts, [settings] * n_parts
        )
        of_splits.append(found)
    weights = cluster.map(
        weights_of_part, map(list, zip(*of_splits, strict=True)), [used] * n_parts, [weight_exponent] * n_parts
    )
    placed = cluster.client.persist(parts.as_dask(weights, (order.n_samples, len(used)), np.dtype(np.float64)))
    return {name: placed[:, i] for i, name in enumerate(used)}


def in_random_parts(order: ClusterOrder, construction: Construction) -> ClusterOrder:
    """Return the order in which samples lie in the parts that they are weighted in, drawn at random as in memory."""
    cluster, ends = order.cluster, np.cumsum(order.chunks)
    parts = random_parts(order.n_samples, WEIGHT_SAMPLES, construction)
    labels = np.empty(order.n_samples, dtype=np.int32)
    for part, rows in enumerate(parts):
        labels[rows] = part
    chunks = [cluster.put(some) for some in np.split(labels, ends[:-1])]
    return ClusterOrder.of(cluster, order.chunks, chunks, len(parts), np.arange(len(parts)))


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


def log_errors(
    views: list[tuple[np.ndarray, list[np.ndarray]]], names: list[str], used: list[str], construction: Construction
) -> dict[str, np.ndarray]:
    """Return the local log errors of the views that are used, at the samples of a part.

    Parameters
    ----------
    views : list of (numpy.ndarray, list of numpy.ndarray)
        By view, the coordinates of one half of the features of the samples, and targets of the other if it has any.
    names, used : list of str
        Names of the views, and of those that are used.
    construction : Construction
        How views become diffusion operators.
    """
    of_view = dict(zip(names, views, strict=True))
    operators = {name: construction.build_operator(of_view[name][0], name) for name in used}
    targets = {name: B[0] for name, (_, B) in of_view.items() if B}
    return local_log_errors(operators, targets, np.ones(len(views[0][0]), dtype=np.float32))


def weights_of_part(of_splits: list[dict[str, np.ndarray]], used: list[str], weight_exponent: float) -> np.ndarray:
    """Return the weights of the views that are used at the samples of a part, `(n_samples, n_used)`."""
    return np.column_stack(list(view_weights(mean_log_errors(of_splits, used), weight_exponent).values()))
