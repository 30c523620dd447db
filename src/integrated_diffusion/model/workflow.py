"""The main job on files: measured views in, a model fitted to them, and results on their way out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from integrated_diffusion.embedding import neighbor_graph, phate
from integrated_diffusion.io import Dataset, DenoisedView, Results
from integrated_diffusion.io.feature_names import are_all, columns_named
from integrated_diffusion.io.reading.sample_annotations import sample_annotations
from integrated_diffusion.io.writing.run_identity import identified
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.model.record import record
from integrated_diffusion.model.smoothing import smoothing_of
from integrated_diffusion.model.stored_reference import described_reference
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, Stopwatch, silent
from integrated_diffusion.selection import CountSplitting, CrossValidatedSteps
from integrated_diffusion.selection.smoothers import NORMALISED
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.containers import MeasuredViews
from integrated_diffusion.views.recipes import RECIPES, recipe_name
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
    given = {name: recipe_name(recipe, "recipe") for name, recipe in recipes.items()}
    return {
        name: given.get(name) or recognise(X, name, measured.feature_types[name]) for name, X in measured.views.items()
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


def fit(
    model: IntegratedDiffusion,
    views: Mapping[str, Any] | MeasuredViews,
    progress: Progress = silent,
    batch: Any = None,
    batch_views: Collection[str] | None = None,
) -> None:
    """Fit a model, and report its progress.

    Parameters
    ----------
    model : IntegratedDiffusion
        Is fitted in place.
    views : mapping of str to array or PreparedView, or MeasuredViews
        Measured values by view; views that are prepared already are not prepared again.
    progress : Progress, default silent
        Called with each stage of the fit.
    batch, batch_views : array-like and collection of str, or None, default None
        As in `IntegratedDiffusion.fit`.
    """
    model.set_params(verbose=progress)
    try:
        model.fit(views, batch=batch, batch_views=batch_views)
    finally:
        model.set_params(verbose=False)  # the callable is not part of the record


def results(measured: Dataset, model: IntegratedDiffusion, watch: Stopwatch | None = None) -> Results:
    """Return what a fitted model found, with PHATE coordinates for pictures and a graph for scanpy.

    Where its steps were cross-validated, the record says which smoother was selected for each view, so that values can
    be denoised by what is stored.

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
    select_smoothers(model, progress)
    found = Results(
        embedding=model.embedding_,
        phate=coordinates,
        connectivities=connectivities,
        distances=distances,
        view_weights=view_weights_by_view(model),
        record=record(model, measured.places, progress.seconds()),
        integrated_operator=model.integration_.operator,
        reference=described_reference(model._reference()),
    )
    return replace(found, record=identified(found, measured.sample_names))


def select_smoothers(model: IntegratedDiffusion, progress: Progress = silent) -> None:
    """Select the smoother of every view now, if the steps of a model were cross-validated.

    Parameters
    ----------
    model : IntegratedDiffusion
        A fitted model; its `denoising_` then knows all views.
    progress : Progress, default silent
        Called with each view.
    """
    if model.selection_ is None:
        return
    for i, name in enumerate(model.denoising_):
        progress(f"{name}: smoother", i, len(model.denoising_))
        model.denoising_[name]


def view_weights_by_view(model: IntegratedDiffusion) -> np.ndarray:
    """Weight of each view at each sample, `(n_samples, n_views)`; 0 where a view takes no steps or has not measured."""
    n_samples, weights = model.operator_.n_samples, model.view_weights_ or {}
    columns = [weights.get(name, np.full(n_samples, float(t > 0))) for name, t in model.steps_.items()]
    return np.column_stack(columns) * np.column_stack([model.measured_[name] for name in model.steps_])


def denoised_view(
    measured: Dataset,
    model: IntegratedDiffusion,
    view: str,
    columns: np.ndarray,
    power: int | None = None,
    progress: Progress = silent,
    *,
    amount: float | str | None = None,
    scale: str = NORMALISED,
) -> DenoisedView:
    """Return one view's features denoised, as blocks for a file.

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
    power : int or None, default None
        As in `IntegratedDiffusion.denoise`.
    progress : Progress, default silent
        Called with the number of features that are done.
    amount : float, str or None, default None
        As in `IntegratedDiffusion.denoise`.
    scale : str, default 'normalised'
        As in `IntegratedDiffusion.denoise`.
    """
    known = measured.feature_names[view]
    progress(f"{view}: smoother", 0, 1)
    smoother = model.smoother(view, power, amount, scale)
    smoothing = smoothing_of(model.integration_, view, smoother, scale)
    blocks = BlockedProduct(smoothing.operator, smoothing.values, columns, progress, f"{view}: denoising")
    names = [known[column] for column in columns]
    formula = repr(model.operator_)
    whole = are_all(columns, len(known)) and view not in measured.kept
    place = measured.places[view]
    obs = sample_annotations(place, measured.sample_names)
    return DenoisedView(view, measured.sample_names, names, blocks, place, smoother, formula, whole, scale, obs)


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
