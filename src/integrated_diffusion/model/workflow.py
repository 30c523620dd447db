"""The main job on files: measured views in, prepared, fitted, and results on their way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from integrated_diffusion.embedding import neighbor_graph, phate
from integrated_diffusion.io import Dataset, DenoisedView, Results
from integrated_diffusion.io.feature_names import are_all, columns_named
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.model.record import record
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, Stopwatch, silent
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps, RecipeHalves
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.recipes import Prepared, prepare
from integrated_diffusion.views.recognition import recognise


def prepare_views(
    measured: Dataset,
    recipes: Mapping[str, str],
    n_components: int | None = 50,
    random_state: int = 0,
    progress: Progress = silent,
) -> dict[str, Prepared]:
    """Normalise every view by its recipe.

    Parameters
    ----------
    measured
        What was read.
    recipes
        Recipe by view, where it is not to be recognised.
    n_components
        Number of coordinates of each view.
    random_state
        Seed of the decompositions.
    progress
        Is told which view is at work.

    Returns
    -------
    dict of str to Prepared

    Raises
    ------
    ValueError
        If a recipe is named for an unknown view, there is no such recipe, or it meets negative counts.
    """
    check_known(list(recipes), tuple(measured.views), "normalize")
    prepared = {}
    for i, (name, X) in enumerate(measured.views.items()):
        progress(f"{name}: normalising", i, len(measured.views))
        recipe = recipes.get(name) or recognise(X, name, measured.feature_types[name])
        with one_blas_thread():
            prepared[name] = prepare(X, recipe, n_components, random_state, name)
    return prepared


def split_features(model: IntegratedDiffusion, prepared: Mapping[str, Prepared]) -> None:
    """Let cross-validation split the measured features rather than the coordinates that the model is fitted to.

    Parameters
    ----------
    model
        Its steps are set, if they are cross-validated.
    prepared
        The views after their recipes.
    """
    if model.steps == "cross_validated":
        values = {name: view.values for name, view in prepared.items()}
        recipes = {name: view.recipe.name for name, view in prepared.items()}
        model.set_params(steps=CrossValidatedSteps(split=RecipeHalves(values, recipes, model.n_pca)))


def thin_counts(model: IntegratedDiffusion, measured: Dataset, prepared: Mapping[str, Prepared]) -> None:
    """Let cross-validation deal counts to two halves by a coin, instead of splitting the features.

    Parameters
    ----------
    model
        Its steps are set.
    measured, prepared
        The views, before and after their recipes; those whose recipe is for counts are thinned.

    Raises
    ------
    ValueError
        If the model's steps are not cross-validated, or no view has counts.
    """
    if model.steps != "cross_validated":
        raise ValueError("--thin: expected cross-validated steps, found others; leave --steps and --preset paper out")
    counted = [name for name, view in prepared.items() if view.recipe.counts]
    if not counted:
        raise ValueError("--thin: expected a view of counts, found none; leave it out to split the features")
    split = CountSplitting(
        {name: measured.views[name] for name in counted},
        {name: prepared[name].recipe.name for name in counted},
        model.n_pca,
    )
    model.set_params(steps=CrossValidatedSteps(split=split))


def fit(model: IntegratedDiffusion, prepared: Mapping[str, Prepared], progress: Progress = silent) -> None:
    """Fit a model to prepared views; their coordinates are not reduced again.

    Parameters
    ----------
    model
        Is fitted in place.
    prepared
        Views after their recipes.
    progress
        Is told where the fit is.
    """
    model.set_params(verbose=progress)
    try:
        model.fit({name: view.representation for name, view in prepared.items()})
    finally:
        model.set_params(verbose=False)  # who watched is no part of the record


def results(
    measured: Dataset, prepared: Mapping[str, Prepared], model: IntegratedDiffusion, watch: Stopwatch | None = None
) -> Results:
    """Return what a fitted model found, with a map for the eye and a graph for scanpy.

    Parameters
    ----------
    measured, prepared
        The views, before and after their recipes.
    model
        The model fitted to them.
    watch
        Is told what is at work, and knows how long it and all before it took.
    """
    progress = watch or Stopwatch()
    progress("PHATE of the joint walk", 0, 2)
    power = "entropy" if model.power is None else model.power_  # a picture of one scale, where nobody chose one
    joint_map = phate(model.operator_, 2, power, random_state=model.random_state)
    progress("graph of the joint neighbours", 1, 2)
    connectivities, distances = neighbor_graph(model.embedding_, n_jobs=model.n_jobs)
    return Results(
        embedding=model.embedding_,
        phate=joint_map,
        connectivities=connectivities,
        distances=distances,
        view_weights=view_weights_by_view(model),
        record=record(model, prepared, measured.places, progress.seconds()),
        integrated_operator=model.joint_,
    )


def view_weights_by_view(model: IntegratedDiffusion) -> np.ndarray:
    """How far a fitted model trusts each view at each sample, `(n_samples, n_views)`; 0 where a view takes no steps."""
    n_samples, weighted = model.operator_.n_samples, model.view_weights_ or {}
    columns = [weighted.get(name, np.full(n_samples, float(t > 0))) for name, t in model.steps_.items()]
    return np.column_stack(columns)


def denoised_view(
    measured: Dataset,
    prepared: Mapping[str, Prepared],
    model: IntegratedDiffusion,
    view: str,
    columns: np.ndarray,
    power: int = 1,
    progress: Progress = silent,
) -> DenoisedView:
    """Return one view's normalised features averaged along the joint walk, block by block on their way to a file.

    Parameters
    ----------
    measured, prepared
        The views, before and after their recipes.
    model
        The model fitted to them.
    view
        Which view to denoise.
    columns
        Which of its features, see `feature_columns`.
    power
        How often the joint walk is repeated.
    progress
        Is told how many features are done.
    """
    known, walk = measured.feature_names[view], model.operator_
    blocks = BlockedProduct(walk**power, prepared[view].values, columns, progress, f"{view}: denoising")
    names = [known[column] for column in columns]
    whole = are_all(columns, len(known))
    return DenoisedView(view, measured.sample_names, names, blocks, measured.places[view], power, repr(walk), whole)


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
