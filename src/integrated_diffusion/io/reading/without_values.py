"""An integrated MuData file read without its measured values, and normalised values that stay in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np

from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset, Place, Results
from integrated_diffusion.io.elements import read_element
from integrated_diffusion.io.feature_names import SYMBOL_COLUMNS, columns_named
from integrated_diffusion.io.files import check_input, opened_hdf5
from integrated_diffusion.io.frames import column_names, index_names, read_column, texts
from integrated_diffusion.io.reading.anndata_group import feature_type
from integrated_diffusion.io.reading.h5mu import check_mudata_file
from integrated_diffusion.io.reading.on_disk import OnDisk, on_disk
from integrated_diffusion.io.reading.stored import Block
from integrated_diffusion.io.reading.stored_description import operator_description, reading_record
from integrated_diffusion.io.reading.stored_operator import stored_operator
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.checks import check_known, check_same_features, check_still_whole
from integrated_diffusion.views.counts import check_count_scale
from integrated_diffusion.views.names import match_rows
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recognition import REPRESENTATION
from integrated_diffusion.views.statistics import SAMPLE_SUM


def read_without_values(path: Path) -> Dataset:
    """Read what a file that `run` or `tl.integrate` wrote keeps of its integration, and no measured value.

    Parameters
    ----------
    path : pathlib.Path
        A `.h5mu`.

    Returns
    -------
    Dataset
        Without `views`; its results are the record, the view weights and the integrated operator.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, it is damaged, or it holds no integrated operator.
    """
    check_input(path)
    with opened_hdf5(path) as file:
        check_mudata_file(file, path)
        found = _results(file)
        views = list(found.integrated_operator.operators) if found.integrated_operator else []
        with reading_record(str(path)):
            places = {view: Place(path, _inside(found.record, view)) for view in views}
        return Dataset(
            views={},
            sample_names=index_names(file["obs"]),
            feature_names={view: _features(file, place) for view, place in places.items()},
            feature_types={view: _type(file, place) for view, place in places.items()},
            places=places,
            annotations={view: _other_names(file, place) for view, place in places.items()},
            source=(path,),
            format="h5mu",
            results=found,
        )


def stored_columns(dataset: Dataset, view: str, features: Sequence[str] | None = None) -> np.ndarray:
    """Return the columns of named features of a view, `(n_features,)`, each once; all of them unless named.

    Parameters
    ----------
    dataset : Dataset
        From `read_without_values`.
    view : str
        Name of a view.
    features : sequence of str or None, default None
        Names of features. A name that occurs twice selects all its columns.

    Raises
    ------
    ValueError
        If there is no such view or feature, or the view was integrated from coordinates, which have no features.
    """
    _place_with_features(dataset, view)
    others = list(dataset.annotations.get(view, {}).values())
    return columns_named(dataset.feature_names[view], features and list(dict.fromkeys(features)), view, others)


def normalised_on_disk(dataset: Dataset, view: str, progress: Progress = silent) -> OnDisk:
    """Return a view's normalised values without reading them: columns are read when they are needed.

    Parameters
    ----------
    dataset : Dataset
        From `read_without_values`.
    view : str
        Name of a view.
    progress : callable, default silent
        Called while the view is read, once, to fit its recipe.

    Returns
    -------
    OnDisk

    Raises
    ------
    ValueError
        If there is no such view, it was integrated from coordinates, which have no features, or its values are
        damaged, not finite, negative counts, or whole no more as they were when they were integrated.
    """
    place = _place_with_features(dataset, view)
    _, modality, inside = place.inside.split("/", 2)
    recipe = _recipe(dataset, view)
    with opened_hdf5(place.file) as file:
        kept = _treatment(file[f"mod/{modality}"])
    rows = _rows(dataset, place)
    if kept == (inside.removeprefix("layers/") if inside.startswith("layers/") else "", recipe):
        return on_disk(Place(place.file, f"mod/{modality}/layers/{keys.NORMALISED_LAYER}"), "none", rows, progress)
    _check_features(dataset, view)
    if not _entry(_record(dataset), view).get("whole", False):
        return on_disk(place, recipe, rows, progress)

    def check(values: Block) -> None:
        check_still_whole(values, str(place), recipe)

    return on_disk(place, recipe, rows, progress, check=check)


def counts_on_disk(dataset: Dataset, view: str, progress: Progress = silent) -> tuple[OnDisk, np.ndarray]:
    """Return a view's measured counts without reading them, and the library size of each sample.

    Parameters
    ----------
    dataset : Dataset
        From `read_without_values`.
    view : str
        Name of a view.
    progress : callable, default silent
        Called while the view is read, once, for the library sizes.

    Returns
    -------
    counts : OnDisk
        Columns are read when they are needed.
    library_sizes : numpy.ndarray of shape (n_samples,)
        Sum of each sample over all features.

    Raises
    ------
    ValueError
        As `normalised_on_disk`, or if the values are not counts.
    """
    place, recipe = _place_with_features(dataset, view), _recipe(dataset, view)
    _check_features(dataset, view)
    rows = _rows(dataset, place)

    def check(values: Block) -> None:
        check_count_scale(values, recipe, view)

    found = on_disk(place, "none", rows, progress, (SAMPLE_SUM,), check)
    sizes = found.statistics[SAMPLE_SUM]
    return found, sizes if rows is None else sizes[rows]


def _check_features(dataset: Dataset, view: str) -> None:
    """Raise `ValueError` if counts, of which a recipe takes sums, have other features than were integrated."""
    known = _entry(_record(dataset), view).get("n_features")
    if known is not None and RECIPES[_recipe(dataset, view)].counts:
        check_same_features(len(dataset.feature_names[view]), int(known), str(dataset.places[view]))


def _rows(dataset: Dataset, place: Place) -> np.ndarray | None:
    """Row of the matrix of each sample; `None` if the matrix is in the order of the samples."""
    modality = place.inside.split("/", 2)[1]
    with opened_hdf5(place.file) as file:
        own = index_names(file[f"mod/{modality}/obs"])
    return match_rows(dataset.sample_names, own, "the MuData", f"'{modality}'")


def _recipe(dataset: Dataset, view: str) -> str:
    return str(_entry(_record(dataset), view)["recipe"])


def _place_with_features(dataset: Dataset, view: str) -> Place:
    check_known([view], tuple(dataset.places), "view")
    _, modality, inside = dataset.places[view].inside.split("/", 2)
    if inside.startswith("obsm/"):
        key = inside.removeprefix("obsm/")
        raise ValueError(
            f"expected features of view {view!r}, found that it was integrated from coordinates, {inside}, and has "
            f"none; integrate by tl.integrate with use_rep={{{modality!r}: {key!r}}} to keep them"
        )
    return dataset.places[view]


def _results(file: h5py.File) -> Results:
    """The record, the view weights and the operator; `stored_operator` says what is missing."""
    record = read_element(file[f"uns/{keys.RECORD}"]) if f"uns/{keys.RECORD}" in file else {}
    described = operator_description(record, str(file.filename), tuple(ORDERS))
    obsm, weights = file["obsm"], keys.view_weights(file["obsm"])
    affinities = [keys.affinities(view) for view in described["views"]]
    container = SimpleNamespace(
        uns={keys.RECORD: record},
        obsm={key: read_element(obsm[key]) for key in (weights, keys.MEASURED) if key in obsm},
        obsp={key: read_element(file["obsp"][key]) for key in affinities if key in file["obsp"]},
    )
    operator = stored_operator(container, str(file.filename))
    return Results(record, np.asarray(container.obsm[weights]), operator)


def _record(dataset: Dataset) -> Mapping[str, Any]:
    return {} if dataset.results is None else dataset.results.record


def _entry(record: Mapping[str, Any], view: str) -> Mapping[str, Any]:
    views: Mapping[str, Mapping[str, Any]] = record["views"]
    return views[view] if view in views else views[keys.as_key(view)]


def _inside(record: Mapping[str, Any], view: str) -> str:
    """Where in the MuData a view is; views of other files became modalities of their name."""
    inside = str(_entry(record, view).get("inside", "X"))
    if inside.startswith("mod/"):
        return inside
    return f"mod/{view}/{inside if inside.startswith('layers/') else 'X'}"


def _features(file: h5py.File, place: Place) -> list[str]:
    _, modality, inside = place.inside.split("/", 2)
    return [] if inside.startswith("obsm/") else index_names(file[f"mod/{modality}/{_var(inside)}"])


def _other_names(file: h5py.File, place: Place) -> dict[str, list[str]]:
    _, modality, inside = place.inside.split("/", 2)
    var = file[f"mod/{modality}/{_var(inside)}"]
    if inside.startswith("obsm/"):
        return {}
    there = set(column_names(var))
    return {name: texts(read_column(var, name)) for name in SYMBOL_COLUMNS if name in there}


def _type(file: h5py.File, place: Place) -> str | None:
    _, modality, inside = place.inside.split("/", 2)
    return REPRESENTATION if inside.startswith("obsm/") else feature_type(file[f"mod/{modality}/{_var(inside)}"])


def _var(inside: str) -> str:
    return "raw/var" if inside == "raw/X" else "var"


def _treatment(group: h5py.Group) -> tuple[str, str] | None:
    """Layer (nothing for `X`) and recipe of the normalised values that `pp.prepare` kept in a modality, if it did."""
    if f"uns/{keys.TREATMENT}" not in group:
        return None
    treated = read_element(group[f"uns/{keys.TREATMENT}"])
    return str(treated["layer"]), str(treated["recipe"])
