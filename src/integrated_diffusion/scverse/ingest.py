"""Cells of a query placed among those of an integrated reference: coordinates, labels and values in any modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mudata
import numpy as np
import pandas as pd
from anndata import AnnData

from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.foreign import stored_kind
from integrated_diffusion.io.reading.opening import open_mudata
from integrated_diffusion.io.reading.stored_description import reading_record, whole_number
from integrated_diffusion.io.writing.assemble import joined, unique_names
from integrated_diffusion.io.writing.mudata_file import write_mudata
from integrated_diffusion.io.writing.mudata_output import MUDATA_SUFFIXES
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.model.distance import reference_distance, usual_distances
from integrated_diffusion.model.reference import NewValues, Reference, placed
from integrated_diffusion.model.smoothing import filled
from integrated_diffusion.model.stored_reference import stored_reference
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.columns import agreed
from integrated_diffusion.scverse.containers import all_columns
from integrated_diffusion.scverse.inputs import has_features, place_of, views_of
from integrated_diffusion.scverse.measured_values import measured_values
from integrated_diffusion.scverse.normalised_values import normalised
from integrated_diffusion.version import __version__
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.new_samples import NewSamples
from integrated_diffusion.views.reduction import KeepFeatures


def ingest(
    query: Any,
    reference: mudata.MuData,
    obs: Sequence[str] | str | None = None,
    predict: Sequence[str] | str | None = None,
    progress: Progress = silent,
) -> mudata.MuData:
    """Place new cells among those of an integrated MuData, by any of its modalities.

    Each cell takes its first step to cells of the reference, in the modalities that measured it: by its nearest
    neighbours there, the bandwidths of the fit and the fitted normalisation. All further steps are those of the
    reference, which does not change; see `IntegratedDiffusion.transform`.

    Stored in the query are its coordinates, `obsm["X_integrated"]`; for a column such as `cell_type` the label that
    most of the weight of its cells' neighbours has, `obs["integrated_cell_type"]`, and its share of the weight,
    `obs["integrated_cell_type_probability"]`; predicted normalised values, `obsm["integrated_predicted_prot"]`; how far
    a cell is from the reference, `obs["integrated_distance"]`; and `uns["integrated_ingest"]`, which describes these.

    A label says nothing of a cell that is unlike all of the reference. One in a hundred cells of the reference, if held
    out, is further than 1 from the others: many cells above 1 are a type that the reference does not have, or a
    difference between the two experiments. A type that is close to another one, as CD4 and CD8 T cells are, is not told
    by this distance.

    Parameters
    ----------
    query : mudata.MuData or mapping of str to anndata.AnnData
        New cells, measured in at least one of the reference's modalities each, by the same names of features; counts
        where the reference has them, in `X` or the same layer. The AnnData of a mapping become modalities of a MuData.
    reference : mudata.MuData
        What `tl.integrate` or `integrated-diffusion run` made, whole.
    obs : sequence of str, str or None, default None
        Columns of labels to transfer; those of a modality as `rna:cell_type`. Cells without a label are left out.
    predict : sequence of str, str or None, default None
        Modalities whose values are predicted, measured in the query or not.
    progress : Progress, default silent
        Called with a stage, the number of items done and their number.

    Returns
    -------
    mudata.MuData
        The query, if it was a MuData, else a new one.

    Raises
    ------
    TypeError, ValueError
        If the reference is not integrated, was integrated by an older version or from given coordinates, or lacks
        cells; if there is no such column or modality; if the query has no modality of the reference, or lacks its
        features.
    """
    check_mudata(reference)
    columns, predicted = _listed(obs, "obs"), _listed(predict, "predict")
    views = views_of(reference)
    check_known(predicted, views, "predict")
    labels = {column: _labels(reference, column) for column in columns}
    with reading_record("the reference"):
        known, record = _reference(reference), reference.uns[keys.RECORD]
        power = whole_number(record["power"], 1, "power", "the reference")
        method = str(record["parameters"]["embedding"])
        embedding = np.asarray(reference.obsm[keys.EMBEDDING], dtype=np.float64)
    mdata = _as_mudata(query, views)
    progress("new cells: neighbours", 0, 3)
    samples = known.read(_measured(mdata, reference, views))
    with one_blas_thread():
        rows = known.rows(samples, power)
        J = known.integrated.operator
        progress("new cells: coordinates", 1, 3)
        found = placed(rows, J**power, embedding, method)
        once = replace(rows.extended, operator=J)
        progress("new cells: labels and values", 2, 3)
        mdata.obsm[keys.EMBEDDING] = found
        mdata.obs[keys.REFERENCE_DISTANCE] = reference_distance(rows, _usual(reference, known, samples))
        for column, given in labels.items():
            name = keys.transferred(column)
            mdata.obs[name], mdata.obs[f"{name}_probability"] = _transferred(given, once)
        for view in predicted:
            mdata.obsm[keys.predicted(view)] = _predicted(reference, view, J, once, mdata.obs_names)
    mdata.uns[keys.INGEST] = {
        "views": np.array([name for name in views if samples.measured[name].any()], dtype=object),
        "n_measured": {keys.as_key(name): int(mask.sum()) for name, mask in samples.measured.items()},
        "labels": np.array(columns, dtype=object),
        "predicted": np.array(predicted, dtype=object),
        "version": __version__,
    }
    return mdata


def ingest_file(
    query: Path,
    reference: Path,
    output: Path,
    obs: Sequence[str] | None = None,
    predict: Sequence[str] | None = None,
    progress: Progress = silent,
) -> mudata.MuData:
    """Place the cells of a file among those of an integrated file, and write a copy of it with what was found.

    Parameters
    ----------
    query : pathlib.Path
        New cells, a MuData in `.h5mu` or `.zarr`.
    reference : pathlib.Path
        An integrated one.
    output : pathlib.Path
        The `.h5mu` or `.zarr` to write; may be the query.
    obs, predict : sequence of str or None, default None
        As in `ingest`.
    progress : Progress, default silent
        As in `ingest`.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError
        As `ingest`, and if a file cannot be read or written.
    """
    check_output(output, list(MUDATA_SUFFIXES))
    for path in (query, reference):
        kind = stored_kind(path)
        if kind != ".h5mu":
            found = "an AnnData" if kind == ".h5ad" else f"'{path.suffix}'"
            raise ValueError(
                f"{path}: expected an .h5mu or a MuData in .zarr, found {found}; write a MuData of one or more "
                "modalities"
            )
    if output.resolve() == reference.resolve():
        raise ValueError(f"{output}: expected an output beside the reference, found the reference; choose another name")
    progress("reading", 0, 1)
    mdata = ingest(open_mudata([query]), open_mudata([reference]), obs, predict, progress)
    progress("writing", 0, 1)
    write_mudata(mdata, output)
    return mdata


def _reference(reference: mudata.MuData) -> Reference:
    integrated = stored_operator(reference, "the reference")
    for view in integrated.operators:
        if not has_features(reference, view):
            raise ValueError(
                f"expected a reference integrated from features, found coordinates for '{view}'; new cells cannot be "
                "brought to them, integrate from counts"
            )
    names = {view: list(map(str, reference[place_of(reference, view)[0]].var_names)) for view in integrated.operators}
    known = stored_reference(reference, integrated, names, "the reference")
    for view, recipe in known.recipes.items():
        if recipe is None:
            raise ValueError(
                f"expected a reference with a fitted recipe for '{view}', found given coordinates (use_rep or "
                "pp.prepare), to which new cells cannot be brought; integrate from counts alone"
            )
    return known


def _as_mudata(query: Any, views: Sequence[str]) -> mudata.MuData:
    if isinstance(query, mudata.MuData):
        return query
    if isinstance(query, Mapping) and query and all(isinstance(cells, AnnData) for cells in query.values()):
        return joined(query)
    raise TypeError(
        f"query: expected a MuData or a mapping from name to AnnData, found {type(query).__name__}; write for instance "
        f"{{'{views[0]}': adata}}"
    )


def _measured(mdata: mudata.MuData, reference: mudata.MuData, views: Sequence[str]) -> Any:
    """The query's values by view, with the names of cells and features."""
    found = {}
    for view in views:
        modality, inside = place_of(reference, view)
        if modality not in mdata.mod:
            continue
        cells, layer = mdata[modality], inside.removeprefix("layers/") if inside.startswith("layers/") else None
        if layer is not None and layer not in cells.layers:
            raise ValueError(
                f"query: expected layer '{layer}' in '{modality}', from which the reference was integrated, found "
                "none; add it"
            )
        X = cells.X if layer is None else cells.layers[layer]
        if X is None:
            raise ValueError(f"query: expected measured values in X of '{modality}', found none; add them")
        found[view] = SimpleNamespace(X=X[:], obs_names=cells.obs_names, var_names=cells.var_names)
    if not found:
        raise ValueError(
            f"query: expected at least one of the reference's modalities {', '.join(map(repr, views))}, found "
            f"{', '.join(map(repr, mdata.mod))}; rename it"
        )
    return SimpleNamespace(mod=found, obs_names=mdata.obs_names)


def _usual(reference: mudata.MuData, known: Reference, samples: NewSamples) -> dict[str, np.ndarray]:
    """Distances of held-out cells of the reference, in the views that measured new ones."""
    found = {}
    for view, extension in known.views.items():
        recipe = known.recipes[view]
        if recipe is not None and samples.measured[view].any():
            modality, inside = place_of(reference, view)
            layer = inside.removeprefix("layers/") if inside.startswith("layers/") else None
            X = measured_values(reference, modality, layer)
            reduced = not isinstance(recipe.reduction, KeepFeatures)
            n_components = extension.points.shape[1] if reduced else None
            found[view] = usual_distances(recipe.recipe, X[extension.measured], n_components, extension.fitted)
    return found


def _labels(reference: mudata.MuData, column: str) -> pd.Series:
    table = all_columns(reference)
    short = [name for name in table if str(name).split(":", 1)[-1] == column]
    labels = table[column] if column in table else agreed([table[name] for name in short]) if short else None
    if labels is None:
        raise ValueError(
            f"obs: expected a column of the reference, found {column!r}; try {closest(column, list(map(str, table)))}"
        )
    if isinstance(labels.dtype, np.dtype) and labels.dtype.kind == "f":
        raise ValueError(f"obs: expected labels in column {column!r}, found decimal numbers; name a column of labels")
    if labels.isna().all():
        raise ValueError(f"obs: expected labels in column {column!r}, found none; name another column")
    return labels


def _transferred(labels: pd.Series, rows: Any) -> tuple[pd.Categorical, np.ndarray]:
    """The label of most weight for each new cell, and its share."""
    given = pd.Categorical(labels.astype("category"))
    codes = np.asarray(given.codes)
    shares = rows @ (codes[:, None] == np.arange(len(given.categories))).astype(np.float64)
    total = shares.sum(axis=1, keepdims=True)  # of the cells that have a label
    shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    best = np.where(total[:, 0] > 0, shares.argmax(axis=1), -1)
    return pd.Categorical.from_codes(best, given.categories), shares.max(axis=1)


def _predicted(reference: mudata.MuData, view: str, J: Any, rows: Any, cells: pd.Index) -> pd.DataFrame:
    values = normalised(reference, view)
    modality = place_of(reference, view)[0]
    every = np.arange(values.shape[1])
    found = filled(NewValues(J, rows, values, every, np.ones(values.shape[0], dtype=bool)))
    names = unique_names([keys.as_key(str(name)) for name in reference[modality].var_names])
    return pd.DataFrame(found.astype(np.float32), index=cells, columns=names)


def _listed(names: Sequence[str] | str | None, what: str) -> list[str]:
    listed = [names] if isinstance(names, str) else list(names or ())
    if not all(isinstance(name, str) for name in listed):
        raise TypeError(f"{what}: expected names, found {names!r}; write for instance ['cell_type']")
    return list(dict.fromkeys(listed))
