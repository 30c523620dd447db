"""A model fitted to the views of files, which `run` and `denoise` share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from integrated_diffusion.cli.options import Fitting
from integrated_diffusion.cli.parameters import excluded_features, pairs, sources_of
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.integration.steps import FixedSteps
from integrated_diffusion.io import Dataset, read
from integrated_diffusion.io.reading.labels import read_batches
from integrated_diffusion.model import workflow
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.views.checks import check_choice


def read_views(fitting: Fitting, inputs: Sequence[Path]) -> Dataset:
    """Read the views that the options name.

    Parameters
    ----------
    fitting : Fitting
        The options.
    inputs : sequence of pathlib.Path
        The files.

    Returns
    -------
    Dataset

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        As `io.read`.
    """
    excluded = excluded_features(fitting.exclude)
    return read(inputs, sources_of(fitting.view), fitting.missing, fitting.transpose, excluded)


def prepare_and_fit(model: IntegratedDiffusion, measured: Dataset, fitting: Fitting, progress: Progress) -> None:
    """Fit a model to the views of files, each normalised and reduced by its recipe.

    Parameters
    ----------
    model : IntegratedDiffusion
        Is fitted in place; its recipes are set.
    measured : Dataset
        The views as they were read.
    fitting : Fitting
        The options.
    progress : Progress
        Called with the stage that begins.

    Raises
    ------
    ValueError
        If the steps name an unknown view, the order or a recipe is unknown, or there are no such batches.
    """
    labels = None if fitting.batch is None else read_batches(measured, fitting.batch)
    check_early(model, list(measured.views))
    chosen = workflow.recipes_for(measured, pairs(fitting.normalize, "--normalize"))
    model.set_params(recipes=chosen)
    if fitting.split_counts:
        workflow.split_counts(model, chosen)
    workflow.fit(model, measured.measured_views, progress, labels, fitting.batch_view or None)


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
