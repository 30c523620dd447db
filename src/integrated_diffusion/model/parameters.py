"""Parameters of the estimator, checked before the long work begins, and what their shorthands stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from integrated_diffusion.embedding import diffusion_map, multiscale_map, phate
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.integration.steps import FixedSteps, check_power
from integrated_diffusion.operators import Operator
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.runtime.threads import n_threads
from integrated_diffusion.selection.shorthands import construction_of
from integrated_diffusion.views.checks import check_choice, check_count
from integrated_diffusion.views.samples import SampleSet

Embed = Callable[[Operator, int, int, int], np.ndarray]
"""From an operator, a number of components, a power and a seed to coordinates."""

EMBEDDINGS: dict[str, Embed] = {
    "diffusion_map": diffusion_map,
    "phate": lambda operator, n_components, power, seed: phate(operator, n_components, power, random_state=seed),
}


def checked_construction(parameters: Mapping[str, Any], samples: SampleSet) -> Construction:
    """Return the settings of all stages, with every parameter checked against the views.

    Parameters
    ----------
    parameters : mapping of str to object
        All parameters of `IntegratedDiffusion`, by name.
    samples : SampleSet
        The samples of the views, by name.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of range.
    """
    check_choice(parameters["embedding"], tuple(EMBEDDINGS), "embedding")
    check_count(parameters["n_components"], "n_components")
    _check_seed(parameters["random_state"])
    n_threads(parameters["n_jobs"])
    if parameters["n_pca"] is not None:
        check_count(parameters["n_pca"], "n_pca")
    most = samples.n_samples - 2
    if parameters["n_components"] > most:
        raise ValueError(
            f"n_components: expected at most {most} for {samples.n_samples} samples, found "
            f"{parameters['n_components']}; ask for fewer components"
        )
    order, power = parameters["order"], parameters["power"]
    if order is not None and not callable(order):
        check_choice(order, tuple(ORDERS), "order")
    if power is not None:
        check_power(power, ("entropy", "cross_validated"))
    construction = construction_of(parameters)
    if isinstance(construction.steps, FixedSteps):
        construction.steps.check(tuple(samples.measured))
    return construction


def _check_seed(random_state: Any) -> None:
    check_count(random_state, "random_state", least=0)
    if random_state >= 2**32:
        raise ValueError(f"random_state: expected a seed below 2^32, found {random_state}; choose a smaller one")


def embedding_of(embedding: str, power: int | str | None) -> Embed:
    """Return the chosen embedding; a diffusion map without a power combines all powers."""
    return multiscale_map if power is None and embedding == "diffusion_map" else EMBEDDINGS[embedding]


def progress_of(verbose: bool | Progress) -> AbstractContextManager[Progress]:
    """Return what reports progress: the given callable, a bar on a terminal, or nothing."""
    if callable(verbose):
        return nullcontext(verbose)
    return progress_bar() if verbose else nullcontext(silent)
