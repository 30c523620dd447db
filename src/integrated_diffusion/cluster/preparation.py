"""Recipes fitted to views in chunks: normalisation by one pass, principal components by one more or by several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from dask import delayed
from scipy.linalg import eigh

from integrated_diffusion.cluster.summary import ChunkSummary, merged_scatter
from integrated_diffusion.cluster.tasks import Cluster
from integrated_diffusion.cluster.views import ChunkedView, check_no_negatives
from integrated_diffusion.spectrum import leading_eigenspace
from integrated_diffusion.views.logarithms import check_no_logarithms
from integrated_diffusion.views.normalisation import AsMeasured, floored
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.reduction import KeepFeatures, Projection, Reduction, fit_lsi
from integrated_diffusion.views.statistics import FEATURE_MOMENTS, sums_along
from integrated_diffusion.views.validation import as_floats

MOST_PRODUCTS = 2_000
"""Features up to which their products with each other are added up in one pass; above, several passes are made."""

_TOLERANCE = 1e-6  # of the eigenvectors that several passes find
_STREAM = 2


def fitted_recipe(
    cluster: Cluster,
    view: ChunkedView,
    recipe: Recipe,
    summary: ChunkSummary,
    n_components: int | None,
    random_state: int,
) -> FittedRecipe:
    """Fit a recipe to a view in chunks.

    Parameters
    ----------
    cluster : Cluster
        Where the view is computed.
    view : ChunkedView
        The view.
    recipe : Recipe
        What to fit.
    summary : ChunkSummary
        What a first pass told about the view.
    n_components : int or None
        Number of coordinates; `None` keeps the normalised values.
    random_state : int
        Seed of the start block.

    Raises
    ------
    ValueError
        If a recipe for counts meets negative values.
    """
    if recipe.counts:
        check_no_negatives(summary, view.name)
        check_no_logarithms(view.first_rows(cluster), view.name, recipe.name)
    n_samples, n_features = view.array.shape
    normalisation = recipe.normalisation.fit(summary.of_names(tuple(recipe.statistics), n_features))
    unreduced = FittedRecipe(recipe, normalisation, KeepFeatures(), n_features)
    smallest = min(n_samples, n_features)
    centred = recipe.fit_reduction is not fit_lsi
    if n_components is None or n_components >= n_features or n_samples < 3 or (not centred and smallest < 3):
        return unreduced
    chunks = Chunks(cluster, view, unreduced)
    if not centred:
        n_all = min(n_components + 1, smallest - 1)
        loadings = _with_fixed_signs(_leading(chunks, n_all, None, random_state))
        return FittedRecipe(recipe, normalisation, _without_depth(chunks, loadings, view.array.dtype), n_features)
    n_components = max(1, min(n_components, n_samples - 1))
    mean, scatter = chunks.mean_and_scatter(summary)
    loadings = _with_fixed_signs(
        _leading(chunks, n_components, mean, random_state) if scatter is None else _leading_of(scatter, n_components)
    )
    return FittedRecipe(
        recipe, normalisation, _projection(loadings, mean, summary.is_sparse, view.array.dtype), n_features
    )


class Chunks:
    """The normalised values of a view, one chunk at a time.

    Parameters
    ----------
    cluster : Cluster
        Where they are computed.
    view : ChunkedView
        The view.
    fitted : FittedRecipe
        What normalises it.
    """

    def __init__(self, cluster: Cluster, view: ChunkedView, fitted: FittedRecipe) -> None:
        self.cluster, self.view, self.fitted = cluster, view, fitted

    def total(self, function: Callable[..., Any], merge: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function of each normalised chunk gives, merged over all chunks."""
        task, held = delayed(of_normalised, pure=False), self.cluster.put(arguments)
        parts = [task(function, chunk, self.fitted, self.view.name, held) for chunk in self.view.chunks]
        return self.cluster.reduced(merge, self.cluster.computed(parts))

    def mean_and_scatter(self, summary: ChunkSummary) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the mean of each feature, and the products about the means unless there are too many features."""
        if isinstance(self.fitted.normalisation, AsMeasured) and summary.scatter is not None:
            return summary.statistics[FEATURE_MOMENTS][1], summary.scatter
        if self.view.array.shape[1] > MOST_PRODUCTS:
            moments, _ = self.total(moments_and_products, merged_products, False)
            return moments[1], None
        moments, scatter = self.total(moments_and_products, merged_products, True)
        return moments[1], scatter


def of_normalised(function: Callable[..., Any], chunk: Any, fitted: FittedRecipe, name: str, arguments: Any) -> Any:
    """Return what a function of a normalised chunk gives."""
    return function(fitted.normalise(as_floats(chunk, name)), *arguments)


Products = tuple[np.ndarray, np.ndarray | None]
"""Number of samples and mean of each feature, `(2, n_features)`, and products about the means."""


def moments_and_products(values: Any, products: bool) -> Products:
    """Return the moments of the features, and their products about the means if these are asked for."""
    n_rows, n_features = values.shape
    mean = sums_along(values, axis=0) / n_rows
    moments = np.vstack([np.full(n_features, float(n_rows)), mean])
    if not products:
        return moments, None
    if isinstance(values, np.ndarray):
        about = values - mean
        return moments, about.T @ about
    precise = values.astype(np.float64)  # the means are subtracted from the sums
    gram = precise.T @ precise
    return moments, np.asarray(gram.toarray()) - n_rows * np.outer(mean, mean)


def merged_products(parts: Sequence[Products]) -> Products:
    """Return those of several parts together."""
    moments, scatter = parts[0]
    for other, more in parts[1:]:
        if scatter is not None and more is not None:
            scatter = merged_scatter((moments, scatter), (other, more))
        n = moments[0] + other[0]
        moments = np.vstack([n, moments[1] + other[0] / n * (other[1] - moments[1])])
    return moments, scatter


def _leading_of(scatter: np.ndarray, n_components: int) -> np.ndarray:
    n_features = len(scatter)
    vectors = eigh(scatter, subset_by_index=(n_features - n_components, n_features - 1))[1]
    return np.asarray(vectors[:, ::-1])


def _leading(chunks: Chunks, n_components: int, mean: np.ndarray | None, random_state: int) -> np.ndarray:
    """Leading eigenvectors of the products of the features, about their means if these are given, by passes."""
    n_samples, n_features = chunks.view.array.shape

    def apply(block: np.ndarray) -> np.ndarray:
        image: np.ndarray = chunks.total(products_with, added, block)
        return image if mean is None else image - n_samples * np.outer(mean, mean @ block)

    rng = np.random.default_rng([random_state, _STREAM])
    return leading_eigenspace(apply, n_features, n_components, rng, _TOLERANCE)


def products_with(values: Any, block: np.ndarray) -> np.ndarray:
    """Return `X^T X` times a block."""
    return np.asarray(values.T @ (values @ block), dtype=np.float64)


def added(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the sum."""
    return np.asarray(np.sum(parts, axis=0))


def _with_fixed_signs(loadings: np.ndarray) -> np.ndarray:
    """Each component's largest loading is positive."""
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])]
    return loadings * np.where(largest < 0, -1.0, 1.0)


def _projection(loadings: np.ndarray, mean: np.ndarray, is_sparse: bool, dtype: np.dtype) -> Reduction:
    own = dtype if dtype in (np.float32, np.float64) else np.dtype(np.float64)
    shift = None if is_sparse else mean.astype(own)
    origin, loadings = mean if shift is None else mean - shift.astype(np.float64), loadings.astype(own)
    return Projection(loadings, origin @ loadings.astype(np.float64), shift)


def _without_depth(chunks: Chunks, loadings: np.ndarray, dtype: np.dtype) -> Reduction:
    """Leave out the component that correlates most with the logarithm of the number of open peaks; see `fit_lsi`."""
    own = dtype if dtype in (np.float32, np.float64) else np.dtype(np.float64)
    _, scatter = chunks.total(depth_products, merged_products, loadings)
    variances = np.diag(scatter)
    lengths = np.sqrt(np.where(variances[1:] > 0, variances[1:], 1.0))
    depth = int(np.argmax(np.abs(scatter[0, 1:]) / lengths)) if variances[0] > 0 else 0
    kept = np.delete(loadings, depth, axis=1)
    return Projection(kept.astype(own), np.zeros(kept.shape[1]))


def depth_products(values: Any, loadings: np.ndarray) -> Products:
    """Return moments and products of the log number of open peaks and the scores."""
    depth = np.log(floored(sums_along(values != 0, axis=1)))
    return moments_and_products(np.column_stack([depth, values @ loadings]), True)
