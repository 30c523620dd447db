"""Fits of dask arrays: what the estimator asks of a cluster, and what it refuses there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.model.parameters import checked_construction, embedding_of, n_components_of
from integrated_diffusion.operators.blocks import is_lazy
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.selection.smoothers import SelectedSmoother


@dataclass(frozen=True, eq=False)
class ClusterFit:
    """What a fit on a cluster gives.

    Attributes
    ----------
    integration : Integration
        The views, operators and steps; arrays are those of dask.
    power : int
        Power of `J` for the embedding.
    embedding : dask.array.Array of shape (n_samples, n_components)
        Coordinates, which are held on the cluster.
    select : callable
        Selects the smoother of a view by name.
    """

    integration: Integration
    power: int
    embedding: Any
    select: Callable[[str], SelectedSmoother]


def views_of(views: Any) -> dict[str, Any] | None:
    """Return views by name if one of them is a dask array; `None` if all are in memory."""
    if hasattr(views, "mod") and isinstance(views.mod, Mapping):
        views = views.mod
    if isinstance(views, Mapping):
        named = {str(name): _values(view) for name, view in views.items()}
    elif isinstance(views, Sequence) and not isinstance(views, str | bytes):
        named = {f"view{i}": _values(view) for i, view in enumerate(views, start=1)}
    else:
        return None
    return named if any(is_lazy(view) for view in named.values()) else None


def _values(view: Any) -> Any:
    return view.X if hasattr(view, "obs_names") and hasattr(view, "X") else view


def check_supported(batch: Any, batch_views: Any, embedding: str, power: Any) -> None:
    """Raise `ValueError` if something is asked for that is computed in memory alone."""
    for name, found, remedy in (
        ("batch", batch, "leave it out"),
        ("batch_views", batch_views, "leave it out"),
        ("embedding", None if embedding == "diffusion_map" else embedding, "choose 'diffusion_map'"),
        ("power", power if power == "cross_validated" else None, "give a number"),
    ):
        if found is not None:
            shown = repr(found) if isinstance(found, str) else "one"
            raise ValueError(
                f"{name}: expected none for dask arrays, found {shown}; {remedy}, or fit the views in memory"
            )


def fit_on_cluster(parameters: Mapping[str, Any], views: dict[str, Any], client: Any, progress: Progress) -> ClusterFit:
    """Fit dask arrays on a cluster.

    Parameters
    ----------
    parameters : mapping of str to object
        All parameters of `IntegratedDiffusion`, by name.
    views : dict of str to dask.array.Array
        The views.
    client : distributed.Client or None
        Client of the cluster; the active one, or one of this machine, unless given.
    progress : Progress
        Called with the view and the stage that are computed.

    Raises
    ------
    ModuleNotFoundError
        If dask.distributed is not installed.
    TypeError, ValueError
        If the views do not fit together, or a parameter is out of range or for fits in memory alone.
    """
    from integrated_diffusion.cluster.client import cluster_for
    from integrated_diffusion.cluster.cluster_views import ClusterViews
    from integrated_diffusion.cluster.fit import held, integrate_on_cluster
    from integrated_diffusion.cluster.smoothers import SmootherSelection

    progress("reading", 0, 1)
    found = ClusterViews.read(cluster_for(client), views, parameters["recipes"] is not None)
    recipes = found.recipes(parameters["recipes"])
    representations = found.representations(parameters["representation"], recipes)
    construction = replace(checked_construction(parameters, found.samples), progress=progress)
    integration = integrate_on_cluster(found, construction, recipes, representations)
    progress("embedding", 2, 3)
    power, seed = parameters["power"], construction.random_state
    J = integration.operator.operator
    power = choose_power(J, 1 if power is None else power, seed)
    n_components = n_components_of(parameters["n_components"], "diffusion_map", found.samples.n_samples)
    embed = embedding_of("diffusion_map", parameters["power"])
    embedding = held(found.cluster, embed(J, n_components, power, seed))
    return ClusterFit(integration, power, embedding, SmootherSelection(found, integration))
