"""Tools: integrate the views of a MuData, denoise them along the joint walk, find which features go together."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import mudata
import pandas as pd
from anndata import AnnData, ImplicitModificationWarning
from sklearn.base import clone

from integrated_diffusion.association import Associations, EqualFrequency, Estimator, FixedSmoothing, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import Results, keys, stored_walk
from integrated_diffusion.io.writing.mudata_elements import elements, outdated
from integrated_diffusion.model import workflow
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.progress import Progress, Stopwatch, silent
from integrated_diffusion.scverse import pairs as pairs_of
from integrated_diffusion.scverse.checks import (
    check_estimator,
    check_mapping,
    check_model,
    check_mudata,
    check_pairs,
    check_smoothing,
)
from integrated_diffusion.scverse.containers import as_mudata
from integrated_diffusion.scverse.denoised import denoise, write_denoised
from integrated_diffusion.scverse.features import views_of
from integrated_diffusion.scverse.pp import prepared_view, usual_sources
from integrated_diffusion.scverse.sources import measured_of, normalised
from integrated_diffusion.views.checks import check_known

__all__ = ["associate", "denoise", "integrate", "write_denoised"]


def integrate(
    data: Any,
    model: IntegratedDiffusion | None = None,
    use_rep: Mapping[str, str] | None = None,
    recipes: Mapping[str, str] | None = None,
    layers: Mapping[str, str] | None = None,
    missing: str = "drop",
    progress: Progress = silent,
) -> mudata.MuData:
    """Find the joint walk of all modalities, its map and its graph.

    Kept are (see `keys`) `obsm["X_integrated"]`, `obsm["X_integrated_phate"]`, `obsm["integrated_trust"]`; the graph
    in `obsp`, which scanpy finds by `neighbors_key="integrated"`; each view's affinities in `obsp`, from which
    `denoise`, `associate` and the report make the walk again; and the record in `uns["integrated_diffusion"]`. What an
    earlier walk left there goes, and what was denoised along it in the modalities: `layers["integrated"]`,
    `obsm["integrated_denoised"]`, and what `uns` says of them. Values that are integrated themselves stay.

    Parameters
    ----------
    data
        A MuData or a mapping from name to AnnData. Counts in `X`, or in `layers`; what `pp.prepare` made of them is
        used where it has been called, unless `recipes` or `layers` say otherwise.
    model
        Settings, an `IntegratedDiffusion`; its defaults unless given. It is not changed.
    use_rep
        Coordinates that are there already, by modality: a key of its `obsm`, such as `{"rna": "X_pca"}`. Where they
        are more than the model's `n_pca`, their leading principal components are taken.
    recipes, layers, missing
        As in `pp.prepare`.
    progress
        Is told where the work is.

    Returns
    -------
    mudata.MuData
        `data` itself, with the results, if it is a MuData whose cells are in every view; else a new one.

    Raises
    ------
    TypeError, ValueError
        As in `pp.prepare`, if `model` or `use_rep` are of another type, or there is no such `obsm` key.

    Examples
    --------
    >>> import mudata, numpy as np
    >>> from anndata import AnnData
    >>> rng = np.random.default_rng(0)
    >>> cells = {name: AnnData(rng.poisson(2.0, (80, 30)).astype(float)) for name in ("rna", "prot")}
    >>> for name, modality in cells.items():
    ...     modality.var_names = [f"{name}{i}" for i in range(30)]
    >>> mdata = integrate(cells, IntegratedDiffusion(n_components=5, steps={"rna": 1, "prot": 1}))
    >>> mdata.obsm["X_integrated"].shape
    (80, 5)
    """
    check_model(model)
    for what, value in (("use_rep", use_rep), ("recipes", recipes), ("layers", layers)):
        check_mapping(value, what)
    mdata = as_mudata(data, missing)
    use_rep = use_rep or {}
    check_known(list(use_rep), tuple(mdata.mod), "use_rep")
    model = clone(model or IntegratedDiffusion())
    watch = Stopwatch(progress)
    watch("reading", 0, 1)
    chosen = usual_sources(mdata, recipes, layers)
    measured = measured_of(mdata, chosen)
    views = {
        name: prepared_view(mdata, source, measured.views[name], use_rep.get(name)) for name, source in chosen.items()
    }
    model.set_params(recipes={name: source.recipe for name, source in chosen.items()})
    workflow.fit(model, views, watch)
    keep(mdata, _with_coordinates(workflow.results(measured, model, watch), use_rep))
    return mdata


def associate(
    data: mudata.MuData,
    first: str,
    second: str,
    pairs: Pairs | pd.DataFrame | None = None,
    estimator: Estimator | None = None,
    smoothing: Smoothing | None = None,
    n_shuffles: int = 10,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: Progress = silent,
) -> Associations:
    """Find which features of two views go together after denoising, and how much of that the denoising alone makes.

    Kept is a table in `uns["integrated_associations"]`, with what it was made by.

    Parameters
    ----------
    data
        An integrated MuData.
    first, second
        Two views, such as `"rna"` and `"atac"`.
    pairs
        Which features to compare: from `scverse.pairs` (by name, link, table or place), or a table of two columns of
        names. By `var["linked_gene"]` of the second view unless given, else by name.
    estimator
        How mutual information is estimated; `association.EqualFrequency()` unless given.
    smoothing
        How both sides are smoothed, and what is shuffled for the null. Unless given both are smoothed along the joint
        walk, which stays what it is when the values of either are shuffled: a small p-value then says that this pair
        is related, be it only by both following the types of cells.
        `association.Jointly(joint, first, second)` makes the walk again of shuffled cells: a small p-value then only
        says that the two views are. `association.NoSmoothing()` smoothes nothing.
    n_shuffles
        How often cells are shuffled; 0 leaves the null out.
    random_state
        Seed of the shuffles.
    n_jobs
        Number of threads; the result does not depend on it.
    progress
        Is told how far it is.

    Returns
    -------
    Associations
        Scores in nats beside their nulls, with p-values and false discovery rates.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type, nothing was integrated, there is no such view, or no pair; without `pairs`,
        if both views are the same.
    """
    check_mudata(data)
    check_pairs(pairs)
    check_estimator(estimator)
    check_smoothing(smoothing)
    check_known([first, second], views_of(data), "view")
    smoothing = smoothing or _along_joint_walk(data)
    estimator = estimator or EqualFrequency()
    if pairs is None:
        pairs = pairs_of.usual(data, first, second)
    elif isinstance(pairs, pd.DataFrame):
        pairs = pairs_of.table(data, first, second, pairs)
    A, B = normalised(data, first), normalised(data, second)
    found = associate_pairs(smoothing, A, B, pairs, estimator, n_shuffles, random_state, n_jobs, progress)
    data.uns[keys.ASSOCIATIONS] = {
        "first": first,
        "second": second,
        "estimator": str(estimator),
        "smoothing": str(smoothing),
        "null": smoothing.null,
        "n_shuffles": n_shuffles,
        "table": found.frame(),
    }
    return found


def keep(mdata: mudata.MuData, results: Results) -> None:
    """Put what a run found into a MuData, in place of what an earlier walk left there."""
    for group, found in elements(results).items():
        for key in filter(keys.is_of_a_walk, list(getattr(mdata, group))):
            del getattr(mdata, group)[key]
        for key, element in found.items():
            getattr(mdata, group)[key] = element
    read = {str(view["inside"]) for view in results.record["views"].values()}
    for name, cells in mdata.mod.items():
        for group, key in outdated(name, cells.uns, read):
            _drop(cells, group, key)


def _drop(cells: AnnData, group: str, key: str) -> None:
    if key not in getattr(cells, group):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImplicitModificationWarning)  # a part of an AnnData becomes one of its own
        del getattr(cells, group)[key]


def _with_coordinates(results: Results, use_rep: Mapping[str, str]) -> Results:
    """Say in the record which coordinates were there already."""
    views = {
        name: view | ({"use_rep": use_rep[name]} if name in use_rep else {})
        for name, view in results.record["views"].items()
    }
    return replace(results, record={**results.record, "views": views})


def _along_joint_walk(data: mudata.MuData) -> FixedSmoothing:
    J = stored_walk(data).operator
    return FixedSmoothing(J, J)
