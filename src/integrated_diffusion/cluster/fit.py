"""From dask arrays to the integrated operator of several views: the same stages as in memory, each on the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dask.array as da
import numpy as np

from integrated_diffusion.cluster.cells import POINTS_A_CELL, FittedCells, cell_labels, grouped, sampled_rows
from integrated_diffusion.cluster.graph import check_kernel_and_search, cluster_affinities
from integrated_diffusion.cluster.operator import ClusterOperator
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.preparation import fitted_recipe
from integrated_diffusion.cluster.summary import ChunkSummary
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.cluster.views import (
    ChunkedView,
    chunked,
    coordinates_in_runs,
    recognised_recipe,
    recognised_representation,
    runs_of,
)
from integrated_diffusion.cluster.weights import cluster_view_weights
from integrated_diffusion.integration.construction import Construction, ViewRule
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.operators.build import warn_if_disconnected
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.selection.sample import drawn_rows
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recognition import recipes_of
from integrated_diffusion.views.representation import AUTO, representations_of
from integrated_diffusion.views.sample_order import keys_of
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View, as_floats

PART_ROWS = 2**20
"""Most samples of a part, unless the cluster has fewer threads than parts that would make."""

CELLS_A_PART = 32
"""Cells of which a part is made."""


@dataclass(frozen=True, eq=False)
class ClusterViews:
    """Views in chunks on a cluster, and what a first pass told about them.

    Attributes
    ----------
    cluster : Cluster
        Where they are.
    chunked : dict of str to ChunkedView
        The views.
    summaries : dict of str to ChunkSummary
        By view.
    """

    cluster: Cluster
    chunked: dict[str, ChunkedView]
    summaries: dict[str, ChunkSummary]

    @classmethod
    def read(cls, cluster: Cluster, views: Mapping[str, Any], with_recipes: bool) -> ClusterViews:
        """Check the views by one pass over each of them."""
        found = chunked(views, cluster.n_threads)
        return cls(cluster, found, {name: view.summary(cluster, with_recipes) for name, view in found.items()})

    @property
    def samples(self) -> SampleSet:
        """The samples, which every view has measured."""
        return SampleSet.shared({name: view.array.shape[0] for name, view in self.chunked.items()})

    @property
    def sample_order(self) -> np.ndarray:
        """Numbers of the samples in the order in which they are drawn from; see `views.sample_order`."""
        keys = sum(keys_of(found.hashes, name) for name, found in self.summaries.items())
        return np.argsort(keys, kind="stable")

    @property
    def measured(self) -> MeasuredViews:
        """The same as measured views; their values are dask arrays."""
        return MeasuredViews({name: view.array for name, view in self.chunked.items()}, self.samples, {})

    def recipes(self, recipes: Any) -> dict[str, Recipe]:
        """Return the recipe of each view that is to be normalised; see `views.recognition.recipes_of`."""
        named = dict.fromkeys(self.chunked, AUTO) if recipes == AUTO else recipes
        if isinstance(named, Mapping):
            named = {name: self._recognised(name) if found == AUTO else found for name, found in named.items()}
        return recipes_of(named, self.measured)

    def _recognised(self, name: str) -> str:
        check_known([name], tuple(self.chunked), "recipes")
        return recognised_recipe(self.summaries[name], self.chunked[name].first_rows(self.cluster), name)

    def representations(self, representation: Any, recipes: Mapping[str, Recipe]) -> dict[str, Recipe]:
        """Return the representation of each view without a recipe; see `views.representation.representations_of`."""
        named = representation if isinstance(representation, Mapping) else dict.fromkeys(self.chunked, representation)
        checked = representations_of(representation, replace(self.measured, views={}), recipes)
        by_name = {
            name: recognised_representation(found) if (chosen := named.get(name, AUTO)) == AUTO else chosen
            for name, found in self.summaries.items()
            if name not in recipes
        }
        return checked | representations_of(by_name, self.measured, recipes)


def integrate_on_cluster(
    views: ClusterViews,
    construction: Construction,
    recipes: Mapping[str, Recipe],
    representations: Mapping[str, Recipe],
) -> Integration:
    """Build the integrated operator of several views on a cluster; see `integration.integrate`.

    Parameters
    ----------
    views : ClusterViews
        The views.
    construction : Construction
        The settings of all stages.
    recipes : mapping of str to Recipe
        Recipe by view; the values of other views are taken as they are.
    representations : mapping of str to Recipe
        By view without a recipe, how its features are scaled before distances are taken.

    Raises
    ------
    TypeError, ValueError
        If a setting cannot be followed on a cluster.
    """
    _check_settings(construction)
    construction = replace(construction, sample_order=views.sample_order)
    progress, n_views = construction.progress, len(views.chunked)
    fitted: dict[str, FittedRecipe] = {}
    for i, (name, view) in enumerate(views.chunked.items()):
        progress(f"{name}: principal components", i, n_views)
        recipe = recipes.get(name) or representations.get(name) or RECIPES["none"]
        n_components, seed = construction.n_pca_of(name), construction.random_state
        fitted[name] = fitted_recipe(views.cluster, view, recipe, views.summaries[name], n_components, seed)
    progress("order of the samples", 0, 1)
    sizes = next(iter(views.chunked.values())).sizes
    runs = runs_of(sizes, _n_parts(views.cluster, sum(sizes)))
    chunks = {
        name: coordinates_in_runs(views.cluster, view, fitted[name], runs) for name, view in views.chunked.items()
    }
    run_sizes = tuple(sum(sizes[run]) for run in runs)
    order = common_order(views.cluster, chunks, run_sizes, construction.random_state)
    operators = {}
    for i, name in enumerate(views.chunked):
        progress(f"{name}: neighbours and kernel", i, n_views)
        operators[name] = build_operator(order, chunks[name], construction, name)
    progress("steps", 0, 3)
    prepared = {name: _prepared(view, fitted[name], recipes.get(name)) for name, view in views.chunked.items()}
    steps = choose(views, prepared, construction, operators, runs)
    joined = construction.join(operators, steps)
    placed = {name: in_chunks(found, run_sizes) for name, found in chunks.items()}
    prepared = {name: replace(view, representation=placed[name]) for name, view in prepared.items()}
    return Integration(replace(construction, progress=silent), views.samples, prepared, placed, steps, joined)


def _n_parts(cluster: Cluster, n_samples: int) -> int:
    """One part a thread, more where parts would be large, fewer where they would be tiny."""
    n_threads = cluster.n_threads
    return max(1, min(n_threads * max(1, -(-n_samples // (n_threads * PART_ROWS))), n_samples // 50))


def _check_settings(construction: Construction) -> None:
    check_kernel_and_search(construction.kernel, construction.search)
    if construction.local_denoising is not None:
        raise ValueError(
            "local_denoising: expected None for dask arrays, found a setting; leave it out, or fit the views in memory"
        )


def common_order(
    cluster: Cluster, chunks: Mapping[str, Parts], sizes: tuple[int, ...], random_state: int
) -> ClusterOrder:
    """Return an order in which samples that are near in all views together lie in one part.

    Parameters
    ----------
    cluster : Cluster
        Where the coordinates are.
    chunks : mapping of str to list of Future
        By view, the coordinates in chunks of the samples.
    sizes : tuple of int
        Number of rows of each chunk; there are as many parts as chunks.
    random_state : int
        Seed of the cells.
    """
    n_parts, n_samples = len(sizes), sum(sizes)
    n_cells = max(1, min(CELLS_A_PART * n_parts, n_samples // 10))
    rng = np.random.default_rng(random_state)
    rows = np.sort(rng.choice(n_samples, min(n_samples, POINTS_A_CELL * n_cells), replace=False))
    some = {name: sampled_rows(cluster, found, sizes, rows) for name, found in chunks.items()}
    units = [float(np.sqrt(points.var(axis=0, dtype=np.float64).sum())) or 1.0 for points in some.values()]
    together = cluster.map(beside, zip(*chunks.values(), strict=True), [units] * len(sizes))
    known = beside(list(some.values()), units)
    cells = FittedCells.fit(known, n_cells, random_state)
    labels = cluster.map(cell_labels, together, [cluster.put(cells)] * len(sizes))
    n_cells = len(cells.centres)
    weights = np.bincount(cells.labels(known), minlength=n_cells)
    return ClusterOrder.of(cluster, sizes, labels, n_cells, grouped(cells.centres, weights, n_parts))


def beside(views: list[np.ndarray], units: list[float]) -> np.ndarray:
    """Return the coordinates of all views side by side, each in its own unit."""
    return np.hstack([np.asarray(points / unit, dtype=np.float32) for points, unit in zip(views, units, strict=True)])


def build_operator(order: ClusterOrder, chunks: Parts, construction: Construction, name: str) -> ClusterOperator:
    """Build one diffusion operator from coordinates in chunks, and warn if its graph is not connected."""
    affinities = cluster_affinities(order, chunks, construction.kernel, construction.search)
    operator = ClusterOperator(affinities, name)
    warn_if_disconnected(operator)
    return operator


def choose(
    views: ClusterViews,
    prepared: Mapping[str, PreparedView],
    construction: Construction,
    operators: Mapping[str, ClusterOperator],
    runs: Sequence[slice],
) -> Steps:
    """Choose the steps: by the operators, or by the views at the samples that are drawn for it in memory as well."""
    rule = construction.steps
    if not isinstance(rule, ViewRule):
        return rule(operators, construction.random_state)
    sample, of_sample = sample_in_memory(views, prepared, construction, getattr(rule, "max_samples", None))
    steps = rule.choose_steps(sample, of_sample)
    if steps.view_weights is None or next(iter(sample.values())).shape[0] == views.samples.n_samples:
        return steps
    order, exponent = next(iter(operators.values())).order, steps.chosen.weight_exponent  # type: ignore[attr-defined]
    used = [name for name, t in steps.steps.items() if t]
    weights = cluster_view_weights(views.chunked, runs, order, sample, construction, exponent, used)
    return replace(steps, view_weights=weights)


def sample_in_memory(
    views: ClusterViews, prepared: Mapping[str, PreparedView], construction: Construction, max_samples: int | None
) -> tuple[dict[str, PreparedView], Construction]:
    """Bring the samples on which models are compared to the client, prepared as all samples are.

    Parameters
    ----------
    views : ClusterViews
        The views.
    prepared : mapping of str to PreparedView
        The same, with what was fitted to them.
    construction : Construction
        Its seed draws.
    max_samples : int or None
        Number of samples to draw.

    Returns
    -------
    sample : dict of str to PreparedView
        The views of these samples.
    construction : Construction
        The settings for them.

    Raises
    ------
    ValueError
        If all samples are asked for.
    """
    n_samples = views.samples.n_samples
    if max_samples is None:
        raise ValueError(
            "max_samples: expected a number of samples to choose steps by for dask arrays, found None; 8000 is usual"
        )
    rows = np.arange(n_samples) if n_samples <= max_samples else drawn_rows(n_samples, max_samples, construction)
    sample = {}
    for name, view in views.chunked.items():
        raw = view.rows(views.cluster, rows)
        whole = prepared[name]
        fitted = whole.fitted
        comparable = fitted.normalise(raw) if fitted is not None else raw
        values = comparable if whole.recipe is not None else raw
        representation = comparable if fitted is None else fitted.reduce(comparable)
        sample[name] = replace(whole, raw=raw, values=values, representation=representation)
    kept = np.zeros(n_samples, dtype=bool)
    kept[rows] = True
    return sample, construction.at(kept)


def _prepared(view: ChunkedView, fitted: FittedRecipe, recipe: Recipe | None) -> PreparedView:
    values = view.array if recipe is None else normalised(view, fitted)
    return PreparedView(view.array, values, view.array, recipe, fitted, view.name)


def normalised(view: ChunkedView, fitted: FittedRecipe) -> da.Array:
    """Return the normalised values of a view, computed when they are needed."""
    dtype = view.array.dtype if view.array.dtype in (np.float32, np.float64) else np.dtype(np.float64)
    return view.array.map_blocks(normalised_chunk, fitted, view.name, dtype=dtype, meta=view.array._meta.astype(dtype))


def normalised_chunk(chunk: Any, fitted: FittedRecipe, name: str) -> View:
    """Return the normalised values of a chunk."""
    return fitted.normalise(as_floats(chunk, name))


def held(cluster: Cluster, embedding: Any) -> da.Array:
    """Keep coordinates on the cluster; those of a few samples, which are computed by the client, as well."""
    array = embedding if isinstance(embedding, da.Array) else da.from_array(embedding)
    return cluster.client.persist(array)


def in_chunks(chunks: Parts, sizes: tuple[int, ...]) -> da.Array:
    """Return arrays in chunks of the samples as one dask array."""
    n_columns, dtype = chunks[0].client.submit(width_of, chunks[0]).result()
    arrays = [da.from_delayed(chunk, (n_rows, n_columns), dtype) for chunk, n_rows in zip(chunks, sizes, strict=True)]
    return da.concatenate(arrays)


def width_of(array: np.ndarray) -> tuple[int, np.dtype]:
    """Return the number of columns and the precision of an array."""
    return array.shape[1], array.dtype
