"""Steps on a cluster: chosen by the operators, or by samples that are drawn and brought to the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from integrated_diffusion.cluster.cluster_views import ClusterViews
from integrated_diffusion.cluster.operator import ClusterOperator
from integrated_diffusion.cluster.weights import cluster_view_weights
from integrated_diffusion.integration.construction import Construction, ViewRule
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.selection.sample import drawn_rows
from integrated_diffusion.views.prepared import PreparedView


def choose(
    views: ClusterViews,
    prepared: Mapping[str, PreparedView],
    construction: Construction,
    operators: Mapping[str, ClusterOperator],
    runs: Sequence[slice],
) -> Steps:
    """Choose the steps: by the operators, or by the views at the samples that are drawn for it in memory as well."""
    rule = construction.steps
    if not isinstance(rule, ViewRule):
        return rule(operators, construction.random_state)
    sample, of_sample = sample_in_memory(views, prepared, construction, getattr(rule, "max_samples", None))
    steps = rule.choose_steps(sample, of_sample)
    if steps.view_weights is None or next(iter(sample.values())).shape[0] == views.samples.n_samples:
        return steps
    order, exponent = next(iter(operators.values())).order, steps.chosen.weight_exponent  # type: ignore[attr-defined]
    used = [name for name, t in steps.steps.items() if t]
    weights = cluster_view_weights(views.chunked, runs, order, sample, construction, exponent, used)
    return replace(steps, view_weights=weights)


def sample_in_memory(
    views: ClusterViews, prepared: Mapping[str, PreparedView], construction: Construction, max_samples: int | None
) -> tuple[dict[str, PreparedView], Construction]:
    """Bring the samples on which models are compared to the client, prepared as all samples are.

    Parameters
    ----------
    views : ClusterViews
        The views.
    prepared : mapping of str to PreparedView
        The same, with what was fitted to them.
    construction : Construction
        Its seed draws.
    max_samples : int or None
        Number of samples to draw.

    Returns
    -------
    sample : dict of str to PreparedView
        The views of these samples.
    construction : Construction
        The settings for them.

    Raises
    ------
    ValueError
        If all samples are asked for.
    """
    n_samples = views.samples.n_samples
    if max_samples is None:
        raise ValueError(
            "max_samples: expected a number of samples to choose steps by for dask arrays, found None; 8000 is usual"
        )
    rows = np.arange(n_samples) if n_samples <= max_samples else drawn_rows(n_samples, max_samples, construction)
    sample = {}
    for name, view in views.chunked.items():
        raw = view.rows(views.cluster, rows)
        whole = prepared[name]
        fitted = whole.fitted
        comparable = fitted.normalise(raw) if fitted is not None else raw
        values = comparable if whole.recipe is not None else raw
        representation = comparable if fitted is None else fitted.reduce(comparable)
        sample[name] = replace(whole, raw=raw, values=values, representation=representation)
    kept = np.zeros(n_samples, dtype=bool)
    kept[rows] = True
    return sample, construction.at(kept)
