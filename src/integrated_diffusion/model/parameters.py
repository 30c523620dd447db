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
from integrated_diffusion.runtime.notebook import in_notebook, notebook_bar
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.runtime.threads import n_threads
from integrated_diffusion.selection.shorthands import construction_of
from integrated_diffusion.views.checks import check_choice, check_count, check_known
from integrated_diffusion.views.missing import check_missing
from integrated_diffusion.views.reduction import components_for
from integrated_diffusion.views.representation import AUTO
from integrated_diffusion.views.samples import SampleSet

Embed = Callable[[Operator, int, int, int], np.ndarray]
"""From an operator, a number of components, a power and a seed to coordinates."""

EMBEDDINGS: dict[str, Embed] = {
    "diffusion_map": diffusion_map,
    "phate": lambda operator, n_components, power, seed: phate(operator, n_components, power, random_state=seed),
}

COMPONENTS_OF_PHATE = 20
"""Number of coordinates of PHATE unless another one is asked for."""


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
    _check_seed(parameters["random_state"])
    n_threads(parameters["n_jobs"])
    check_missing(parameters["missing"])
    n_pca = n_pca_by_view(parameters["n_pca"], samples)
    n_components = n_components_of(parameters["n_components"], parameters["embedding"], samples.n_samples)
    most = samples.n_samples - 2
    if most < 1:
        raise ValueError(f"expected at least 3 samples to embed, found {samples.n_samples}; measure more samples")
    if n_components > most:
        raise ValueError(
            f"n_components: expected at most {most} for {samples.n_samples} samples, found {n_components}; ask for "
            "fewer components"
        )
    order, power = parameters["order"], parameters["power"]
    if order is not None and not callable(order):
        check_choice(order, tuple(ORDERS), "order")
    if power is not None:
        check_power(power, ("entropy", "cross_validated"))
    construction = construction_of({**parameters, "n_pca": n_pca})
    if isinstance(construction.steps, FixedSteps):
        construction.steps.check(tuple(samples.measured))
    return construction


def n_pca_by_view(n_pca: Any, samples: SampleSet) -> int | dict[str, int | None] | None:
    """Return `n_pca_of` all views, or of each view where a mapping is given; views that it lacks are `'auto'`.

    Raises
    ------
    TypeError, ValueError
        If there is no such view, or one of them is no number of components.
    """
    sizes = {name: int(mask.sum()) for name, mask in samples.measured.items()}
    if not isinstance(n_pca, Mapping):
        return n_pca_of(n_pca, min(sizes.values()))
    check_known(list(n_pca), tuple(samples.measured), "n_pca")
    return {name: n_pca_of(n_pca.get(name, AUTO), size) for name, size in sizes.items()}


def seed_of(random_state: int | None) -> int:
    """Return the seed, one drawn from numpy's global generator for `None`, as scikit-learn does."""
    return int(np.random.randint(2**31)) if random_state is None else random_state  # noqa: NPY002


def n_pca_of(n_pca: Any, n_samples: int) -> int | None:
    """Return the number of principal components of each view that `n_pca` stands for; `None` for the view itself.

    Raises
    ------
    TypeError, ValueError
        If it is no number of components, and not `'auto'`.
    """
    if isinstance(n_pca, str):
        check_choice(n_pca, (AUTO,), "n_pca")
        return components_for(n_samples)
    if n_pca is not None:
        check_count(n_pca, "n_pca")
    return n_pca


def n_components_of(n_components: int | None, embedding: str, n_samples: int) -> int:
    """Return the number of coordinates of an embedding: as asked for, or by the number of samples.

    Raises
    ------
    TypeError, ValueError
        If it is no number of components.
    """
    if n_components is not None:
        check_count(n_components, "n_components")
        return n_components
    return components_for(n_samples) if embedding == "diffusion_map" else COMPONENTS_OF_PHATE


def _check_seed(random_state: Any) -> None:
    check_count(random_state, "random_state", least=0)
    if random_state >= 2**32:
        raise ValueError(f"random_state: expected a seed below 2^32, found {random_state}; choose a smaller one")


def embedding_of(embedding: str, power: int | str | None) -> Embed:
    """Return the chosen embedding; a diffusion map without a power combines all powers."""
    return multiscale_map if power is None and embedding == "diffusion_map" else EMBEDDINGS[embedding]


def progress_of(verbose: bool | Progress) -> AbstractContextManager[Progress]:
    """Return what reports progress: the given callable, a bar in a notebook or on a terminal, or nothing."""
    if callable(verbose):
        return nullcontext(verbose)
    if not verbose:
        return nullcontext(silent)
    return notebook_bar() if in_notebook() else progress_bar()
