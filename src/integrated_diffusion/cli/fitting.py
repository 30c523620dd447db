"""A model fitted to the views of files, which `run` and `denoise` share."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.integration.steps import FixedSteps
from integrated_diffusion.io import Dataset
from integrated_diffusion.io.reading.labels import read_batches
from integrated_diffusion.model import workflow
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.views.checks import check_choice


def prepare_and_fit(
    model: IntegratedDiffusion,
    measured: Dataset,
    recipes: Mapping[str, str],
    split_counts: bool,
    progress: Progress,
    batch: str | None = None,
    batch_views: Collection[str] | None = None,
) -> None:
    """Fit a model to the views of files, each normalised and reduced by its recipe.

    Parameters
    ----------
    model : IntegratedDiffusion
        Is fitted in place; its recipes are set.
    measured : Dataset
        The views as they were read.
    recipes : mapping of str to str
        Name of the recipe by view, where it is not to be recognised.
    split_counts : bool
        Whether cross-validation splits counts instead of features.
    progress : Progress
        Called with the stage that begins.
    batch : str or None, default None
        Column with the batch of every sample.
    batch_views : collection of str or None, default None
        Views whose neighbours are balanced over the batches; all unless given.

    Raises
    ------
    ValueError
        If the steps name an unknown view, the order or a recipe is unknown, or there are no such batches.
    """
    labels = None if batch is None else read_batches(measured, batch)
    check_early(model, list(measured.views))
    chosen = workflow.recipes_for(measured, recipes)
    model.set_params(recipes=chosen)
    if split_counts:
        workflow.split_counts(model, chosen)
    workflow.fit(model, measured.measured_views, progress, labels, batch_views or None)


def check_early(model: IntegratedDiffusion, names: list[str]) -> None:
    """Find steps of unknown views and unknown orders before the long work.

    Parameters
    ----------
    model : IntegratedDiffusion
        The model, not yet fitted.
    names : list of str
        Names of the views.

    Raises
    ------
    ValueError
        If there are any.
    """
    if isinstance(model.order, str):
        check_choice(model.order, tuple(ORDERS), "--order")
    if isinstance(model.steps, dict):
        FixedSteps(model.steps).check(names)
