"""Tools: integrate the modalities of a MuData, place new cells, denoise, and find associations of features."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import mudata
import numpy as np
import pandas as pd
from sklearn.base import clone

from integrated_diffusion.association import Associations, EqualFrequency, Estimator, Pairs, Smoothing
from integrated_diffusion.association import associate as associate_pairs
from integrated_diffusion.io import Results, keys
from integrated_diffusion.model import workflow
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.progress import Progress, Stopwatch, silent
from integrated_diffusion.scverse import pairs as pairs_of
from integrated_diffusion.scverse.arguments import (
    check_estimator,
    check_mapping,
    check_model,
    check_mudata,
    check_pairs,
    check_smoothing,
)
from integrated_diffusion.scverse.batches import batch_labels
from integrated_diffusion.scverse.common_cells import integrated_smoothing
from integrated_diffusion.scverse.containers import as_mudata
from integrated_diffusion.scverse.denoising import denoise, write_denoised
from integrated_diffusion.scverse.ingest import ingest
from integrated_diffusion.scverse.inputs import prepared_or_chosen_inputs, views_of
from integrated_diffusion.scverse.normalised_values import measured_of, normalised_view, prepared_view
from integrated_diffusion.scverse.stored_results import store
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.hashtags import warn_of_hashtags, without_in_mudata
from integrated_diffusion.views.missing import KEEP

__all__ = ["associate", "denoise", "ingest", "integrate", "write_denoised"]


def __dir__() -> list[str]:
    return __all__


def integrate(
    data: Any,
    model: IntegratedDiffusion | None = None,
    use_rep: Mapping[str, str] | None = None,
    recipes: Mapping[str, str] | None = None,
    layers: Mapping[str, str] | None = None,
    missing: str = KEEP,
    progress: Progress = silent,
    batch_key: str | None = None,
    batch_views: Collection[str] | None = None,
    views: Collection[str] | None = None,
) -> mudata.MuData:
    """Compute the integrated operator of all modalities, its embedding and its graph of neighbours.

    Stored are (see `io.keys`) the integrated embedding in `obsm["X_integrated"]`, its PHATE coordinates in
    `obsm["X_integrated_phate"]`, per-sample weights of the modalities in `obsm["integrated_view_weights"]`; the graph
    in `obsp`, which scanpy finds by `neighbors_key="integrated"`; each modality's affinities in `obsp`, from which
    `denoise`, `associate` and the report rebuild the operator; and the record in `uns["integrated_diffusion"]`.
    Results of an earlier integration are removed, and so are values in the modalities that were denoised by it:
    `layers["integrated"]`, `obsm["integrated_denoised"]` and their descriptions in `uns`. A layer that is itself an
    input stays.

    Parameters
    ----------
    data : mudata.MuData or mapping of str to anndata.AnnData
        Counts in `X`, or in `layers`. What `pp.prepare` stored is used, except for modalities with an entry in
        `recipes` or `layers`.
    model : IntegratedDiffusion or None, default None
        Settings; the default ones if `None`. The object is not changed.
    use_rep : mapping of str to str or None, default None
        Existing coordinates by modality: a key of its `obsm`, such as `{"rna": "X_pca"}`. If there are more than the
        model's `n_pca`, their leading principal components are used.
    recipes, layers : mapping of str to str or None, default None
        As in `pp.prepare`.
    missing : {"keep", "drop", "refuse"}, default "keep"
        What to do with cells that a modality lacks, or that have zero counts in it only: integrate them by the
        modalities that have measured them, leave them out, or raise an error.
    progress : Progress, default silent
        Called with a stage, the number of items done and their number.
    batch_key : str or None, default None
        Column of `obs`, of the MuData or of a modality, that holds the batch of every cell, such as `"donor"`:
        neighbours are then sought in every batch, and held-out features predicted within batches.
    batch_views : collection of str or None, default None
        Modalities in which neighbours are balanced over the batches; all unless given.
    views : collection of str or None, default None
        Modalities to integrate, such as `["rna", "prot"]`; all that have features unless given.

    Returns
    -------
    mudata.MuData
        `data` itself, with the results, if it is a MuData and no cell was left out; else a new one.

    Raises
    ------
    TypeError, ValueError
        As in `pp.prepare`; if `model` or `use_rep` has another type; if there is no such `obsm` key or column of
        batches, a cell has no batch, or a batch is too small.

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
    mdata = as_mudata(data, missing, views)
    use_rep = use_rep or {}
    check_known(list(use_rep), tuple(mdata.mod), "use_rep")
    model = clone(model or IntegratedDiffusion())
    watch = Stopwatch(progress)
    watch("reading", 0, 1)
    chosen = prepared_or_chosen_inputs(mdata, recipes, layers, views)
    if isinstance(model.steps, Mapping):  # no steps of a modality that is left out
        left_out = mdata.mod.keys() - chosen.keys()
        model.set_params(steps={name: t for name, t in model.steps.items() if t or name not in left_out})
    measured = measured_of(mdata, chosen)
    warn_of_hashtags({name: mdata[name].var_names for name in chosen if name not in use_rep}, without_in_mudata)
    found = measured.measured_views
    prepared = {
        name: prepared_view(mdata, source, measured.views[name], found.samples.measured[name], use_rep.get(name))
        for name, source in chosen.items()
    }
    model.set_params(recipes={name: source.recipe for name, source in chosen.items()})
    batch = None if batch_key is None else batch_labels(mdata, batch_key)
    workflow.fit(model, replace(found, views=prepared), watch, batch, batch_views)
    store(mdata, _with_coordinates(workflow.results(measured, model, watch), use_rep))
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
    """Compute the mutual information between features of two modalities after denoising, and its permutation null.

    Denoising by itself creates dependence. The null measures how much: it is the mutual information after the second
    modality's cells were permuted. The table is stored in `uns["integrated_associations"]`, with the settings.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    first, second : str
        Two modalities, such as `"rna"` and `"atac"`.
    pairs : Pairs, pandas.DataFrame or None, default None
        Pairs of features to score: from `scverse.pairs` (by name, link, table or distance), or a table of two columns
        of names. If `None`, by `var["linked_gene"]` of the second modality if it is there, proteins
        with the genes that encode them, else by name.
    estimator : Estimator or None, default None
        Estimator of mutual information; `association.EqualFrequency()` if `None`.
    smoothing : Smoothing or None, default None
        How both modalities are smoothed, and what is permuted for the null. If `None`, both are smoothed by the
        integrated operator, which stays the same when cells are permuted: a small p-value then means that this pair is
        related, if only because both features follow the cell types. `association.JointSmoothing(operator, first,
        second)` rebuilds the operator from permuted cells: a small p-value then only means that the two modalities are
        related. `association.NoSmoothing()` does not smooth.
    n_shuffles : int, default 10
        Number of permutations; 0 for no null.
    random_state : int, default 0
        Seed of the permutations.
    n_jobs : int or None, default None
        Number of threads; the result does not depend on it.
    progress : Progress, default silent
        Called with a stage, the number of items done and their number.

    Returns
    -------
    Associations
        Mutual information in nats, permutation null, p-values and false discovery rates.

    Raises
    ------
    TypeError, ValueError
        If an argument has another type, the MuData is not integrated, there is no such modality, or there is no pair;
        without `pairs`, if both modalities are the same.
    """
    check_mudata(data)
    check_pairs(pairs)
    check_estimator(estimator)
    check_smoothing(smoothing)
    check_known([first, second], views_of(data), "view")
    smoothing = smoothing or integrated_smoothing(data, first, second)
    estimator = estimator or EqualFrequency()
    if pairs is None:
        pairs = pairs_of.usual(data, first, second)
    elif isinstance(pairs, pd.DataFrame):
        pairs = pairs_of.table(data, first, second, pairs)
    (A, in_first), (B, in_second) = normalised_view(data, first), normalised_view(data, second)
    both = in_first & in_second
    if not both.all():  # pairs of features are compared at the cells that have both
        A, B = A[both[in_first]], B[both[in_second]]
        _check_size(smoothing, int(both.sum()), first, second)
    found = associate_pairs(smoothing, A, B, pairs, estimator, n_shuffles, random_state, n_jobs, progress)
    data.uns[keys.ASSOCIATIONS] = {
        "first": first,
        "second": second,
        "estimator": str(estimator),
        "smoothing": str(smoothing),
        "null": smoothing.null,
        "n_shuffles": n_shuffles,
        "table": found.frame(),
        "unpaired": np.array([str(one) for one in pairs.unpaired], dtype=object),
        "controls": np.array(pairs.controls, dtype=object),
    }
    return found


def _with_coordinates(results: Results, use_rep: Mapping[str, str]) -> Results:
    """Add to the record which coordinates were given."""
    views = {
        name: view | ({"use_rep": use_rep[name]} if name in use_rep else {})
        for name, view in results.record["views"].items()
    }
    return replace(results, record={**results.record, "views": views})


def _check_size(smoothing: Smoothing, n_common: int, first: str, second: str) -> None:
    """Raise `ValueError` if a smoothing has operators of other cells than those that two modalities have in common."""
    found = smoothing(n_common)[0].operator.n_samples
    if found != n_common:
        raise ValueError(
            f"smoothing: expected operators of the {n_common:,} cells that '{first}' and '{second}' have in common, "
            f"found {found:,}; make it of scverse.common_cells.common_operator(mdata, first, second)"
        )
