"""The main job on files: measured views in, a model fitted to them, and results on their way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from integrated_diffusion.embedding import neighbor_graph, phate
from integrated_diffusion.io import Dataset, DenoisedView, Results
from integrated_diffusion.io.feature_names import are_all, columns_named
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.model.record import record
from integrated_diffusion.model.stored_reference import described_reference
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, Stopwatch, silent
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps
from integrated_diffusion.views.checks import check_choice, check_known
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recognition import recognise


def recipes_for(measured: Dataset, recipes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the recipe of every view, as given or recognised.

    Parameters
    ----------
    measured : Dataset
        The data set that was read.
    recipes : mapping of str to str or None, default None
        Recipe by view, where it is not to be recognised.

    Raises
    ------
    ValueError
        If a recipe is named for an unknown view, there is no such recipe, or whole numbers of a known kind are
        negative.
    """
    recipes = recipes or {}
    check_known(list(recipes), tuple(measured.views), "normalize")
    for recipe in recipes.values():
        check_choice(recipe, list(RECIPES), "recipe")
    return {
        name: recipes.get(name) or recognise(X, name, measured.feature_types[name])
        for name, X in measured.views.items()
    }


def split_counts(model: IntegratedDiffusion, recipes: Mapping[str, str]) -> None:
    """Let cross-validation split the counts of a model's views binomially, instead of their features.

    Parameters
    ----------
    model : IntegratedDiffusion
        Its steps are set.
    recipes : mapping of str to str
        Recipe of every view, see `recipes_for`.

    Raises
    ------
    ValueError
        If its steps are not cross-validated, or no view has counts.
    """
    if model.steps != "cross_validated":
        raise ValueError(
            "--split-counts: expected cross-validated steps, found others; leave --steps and --preset paper out"
        )
    if not any(RECIPES[recipe].counts for recipe in recipes.values()):
        raise ValueError("--split-counts: expected a view of counts, found none; leave it out to split the features")
    model.set_params(steps=CrossValidatedSteps(split=CountSplitting()))


def fit(model: IntegratedDiffusion, views: Mapping[str, Any], progress: Progress = silent) -> None:
    """Fit a model, and report its progress.

    Parameters
    ----------
    model : IntegratedDiffusion
        Is fitted in place.
    views : mapping of str to array or PreparedView
        Measured values by view; views that are prepared already are not prepared again.
    progress : Progress, default silent
        Called with each stage of the fit.
    """
    model.set_params(verbose=progress)
    try:
        model.fit(views)
    finally:
        model.set_params(verbose=False)  # the callable is not part of the record


def results(measured: Dataset, model: IntegratedDiffusion, watch: Stopwatch | None = None) -> Results:
    """Return what a fitted model found, with PHATE coordinates for pictures and a graph for scanpy.

    Parameters
    ----------
    measured : Dataset
        The data set that was read.
    model : IntegratedDiffusion
        The model fitted to it.
    watch : Stopwatch or None, default None
        Called with each stage that begins; measures how long each took.
    """
    progress = watch or Stopwatch()
    progress("PHATE of the integrated operator", 0, 2)
    power = "entropy" if model.power is None else model.power_  # a picture is of one scale
    coordinates = phate(model.operator_, 2, power, random_state=model.seed_)
    progress("graph of the integrated neighbours", 1, 2)
    connectivities, distances = neighbor_graph(model.embedding_, n_jobs=model.n_jobs)
    return Results(
        embedding=model.embedding_,
        phate=coordinates,
        connectivities=connectivities,
        distances=distances,
        view_weights=view_weights_by_view(model),
        record=record(model, measured.places, progress.seconds()),
        integrated_operator=model.integration_.operator,
        reference=described_reference(model._reference()),
    )


def view_weights_by_view(model: IntegratedDiffusion) -> np.ndarray:
    """Weight of each view at each sample, `(n_samples, n_views)`; 0 where a view takes no steps."""
    n_samples, weights = model.operator_.n_samples, model.view_weights_ or {}
    columns = [weights.get(name, np.full(n_samples, float(t > 0))) for name, t in model.steps_.items()]
    return np.column_stack(columns)


def denoised_view(
    measured: Dataset,
    model: IntegratedDiffusion,
    view: str,
    columns: np.ndarray,
    power: int = 1,
    progress: Progress = silent,
) -> DenoisedView:
    """Return one view's normalised features smoothed by the integrated operator, as blocks for a file.

    Parameters
    ----------
    measured : Dataset
        The data set that was read.
    model : IntegratedDiffusion
        The model fitted to it.
    view : str
        Which view to denoise.
    columns : numpy.ndarray of int, shape (n_columns,)
        Which of its features, see `feature_columns`.
    power : int, default 1
        Power of the integrated operator.
    progress : Progress, default silent
        Called with the number of features that are done.
    """
    known, J = measured.feature_names[view], model.operator_
    values = model.integration_.views[view].values
    blocks = BlockedProduct(J**power, values, columns, progress, f"{view}: denoising")
    names = [known[column] for column in columns]
    whole = are_all(columns, len(known))
    return DenoisedView(view, measured.sample_names, names, blocks, measured.places[view], power, repr(J), whole)


def feature_columns(measured: Dataset, view: str, features: Sequence[str] | None = None) -> np.ndarray:
    """Return the columns of named features of a view, shape `(n_features,)`; all of them unless named.

    A name that stands twice (a gene symbol often does) means all its columns.

    Raises
    ------
    ValueError
        If there is no such view or feature.
    """
    check_known([view], tuple(measured.views), "view")
    return columns_named(measured.feature_names[view], features, view)
