"""From dask arrays to the integrated operator of several views: the same stages as in memory, each on the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dask.array as da
import numpy as np

from integrated_diffusion.cluster.cells import POINTS_A_CELL, FittedCells, cell_labels, grouped, sampled_rows
from integrated_diffusion.cluster.cluster_views import ClusterViews
from integrated_diffusion.cluster.graph import check_kernel_and_search, cluster_affinities
from integrated_diffusion.cluster.operator import ClusterOperator
from integrated_diffusion.cluster.order import ClusterOrder
from integrated_diffusion.cluster.preparation import fitted_recipe
from integrated_diffusion.cluster.steps import choose
from integrated_diffusion.cluster.tasks import Cluster, Parts
from integrated_diffusion.cluster.views import (
    ChunkedView,
    coordinates_in_runs,
    runs_of,
)
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.operators.build import warn_if_disconnected
from integrated_diffusion.runtime.progress import silent
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.validation import View, as_floats

PART_ROWS = 2**20
"""Most samples of a part."""

BYTES_A_ROW = 20_000
"""Memory that a task may need for each sample of its part: the neighbours, which it merges and sends, need most."""

CELLS_A_PART = 32
"""Cells of which a part is made."""


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
    """One part a thread, more where parts would be large for its memory, fewer where they would be tiny."""
    n_threads, rows = cluster.n_threads, int(min(PART_ROWS, cluster.memory_a_thread / BYTES_A_ROW))
    return max(1, min(n_threads * max(1, -(-n_samples // (n_threads * max(1, rows)))), n_samples // 50))


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
