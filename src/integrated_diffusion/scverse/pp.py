"""Preprocessing: the same cells in every view, normalised by the recipe of each, and reduced to coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mudata

from integrated_diffusion.io import keys
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.scverse.checks import check_mapping
from integrated_diffusion.scverse.containers import as_mudata
from integrated_diffusion.scverse.sources import (
    Source,
    coordinates,
    in_place,
    measured_values,
    normalised_by,
    recognised,
    treatment,
)
from integrated_diffusion.views.checks import check_choice, check_known
from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recipes import prepare as prepare_view
from integrated_diffusion.views.validation import View


def align(data: Any, missing: str = "drop") -> mudata.MuData:
    """Return a MuData in which every view has every cell, matched by name.

    Parameters
    ----------
    data
        A MuData, or a mapping from name to AnnData. The order of cells may differ between views.
    missing
        What to do with cells that are not in every view: `"drop"` leaves them out with a warning that tells how many,
        `"error"` refuses.

    Returns
    -------
    mudata.MuData
        `data` itself if it is a MuData whose cells are in every view, else a new one.

    Raises
    ------
    TypeError
        If `data` is neither.
    ValueError
        If there are fewer than two views, names repeat, or no cell (with `"error"`: not every cell) is in every view.
    """
    return as_mudata(data, missing)


def prepare(
    data: Any,
    recipes: Mapping[str, str] | None = None,
    layers: Mapping[str, str] | None = None,
    n_components: int | None = 50,
    random_state: int = 0,
    missing: str = "drop",
) -> mudata.MuData:
    """Normalise every modality and reduce it to the coordinates in which neighbours are sought.

    Each modality gains `layers["integrated_normalised"]` (all features, sparse if they were),
    `obsm["X_integrated_view"]` (coordinates) and `uns["integrated_view"]` (how they were made). `tl.integrate` does all
    this on its own where it has not been done, without keeping it. What is kept is used as it is: call this again after
    values were changed, or cells or features taken out.

    Parameters
    ----------
    data
        As in `align`.
    recipes
        Recipe by modality, see `preprocessing.RECIPES`: `rna` (library size, log, PCA), `chromatin` (TF-IDF, LSI),
        `protein` (CLR, PCA), `other` (unit variance, PCA), `none`. Recognised by the values, `var["feature_types"]` and
        the modality's name unless given.
    layers
        Layer of each modality that holds the measured values, `X` unless given.
    n_components
        Number of coordinates.
    random_state
        Seed of the decompositions.
    missing
        As in `align`.

    Returns
    -------
    mudata.MuData
        As from `align`.

    Raises
    ------
    TypeError, ValueError
        As in `align`, and if there is no such recipe, modality or layer, or a recipe for counts meets negative values.
    """
    check_mapping(recipes, "recipes")
    check_mapping(layers, "layers")
    mdata = as_mudata(data, missing)
    chosen = sources(mdata, recipes, layers)
    ready = {
        name: _prepared(measured_values(mdata, name, source.layer), source, n_components, random_state)
        for name, source in chosen.items()
    }
    for name, prepared in ready.items():  # nothing is written before every view has gone well
        cells, source = mdata[name], chosen[name]
        cells.layers[keys.NORMALISED_LAYER] = in_place(mdata, name, prepared.values)
        cells.obsm[keys.COORDINATES] = in_place(mdata, name, prepared.representation)
        cells.uns[keys.TREATMENT] = {"recipe": source.recipe, "layer": source.layer or ""}
    return mdata


def sources(
    mdata: mudata.MuData, recipes: Mapping[str, str] | None, layers: Mapping[str, str] | None
) -> dict[str, Source]:
    """Return where each modality's values are and by what recipe they are normalised, as asked or recognised.

    Raises
    ------
    ValueError
        If a recipe or layer is named for a modality that is not there, or there is no such layer.
    """
    recipes, layers = recipes or {}, layers or {}
    check_known(list(recipes), tuple(mdata.mod), "recipes")
    check_known(list(layers), tuple(mdata.mod), "layers")
    for recipe in recipes.values():
        check_choice(recipe, list(RECIPES), "recipes")
    return {name: _source(mdata, name, recipes.get(name), layers.get(name)) for name in mdata.mod}


def usual_sources(
    mdata: mudata.MuData, recipes: Mapping[str, str] | None, layers: Mapping[str, str] | None
) -> dict[str, Source]:
    """Return the same as `sources`, but what `prepare` did to a modality of which nothing is asked.

    Raises
    ------
    ValueError
        As `sources`.
    """
    asked = {*(recipes or {}), *(layers or {})}
    found = {name: treatment(mdata, name) for name in mdata.mod if name not in asked}
    kept = {name: source for name, source in found.items() if source is not None}
    recipe_of = {name: source.recipe for name, source in kept.items()}  # what is known need not be recognised
    return sources(mdata, {**recipe_of, **(recipes or {})}, layers) | kept


def prepared_view(mdata: mudata.MuData, source: Source, X: View, use_rep: str | None) -> AnyView:
    """Return a view with the coordinates that are there already, or its measured values if there are none.

    Parameters
    ----------
    mdata
        Every view has every cell.
    source
        Where the values are, and the recipe; what `prepare` made of them is used if it did.
    X
        These values, `(n_obs, n_vars)`.
    use_rep
        Key of the modality's `obsm` with coordinates that are there already.

    Raises
    ------
    ValueError
        If there is no such key, or a recipe for counts meets negative values.
    """
    name, kept = source.modality, keys.COORDINATES if treatment(mdata, source.modality) == source else None
    key = use_rep or kept
    if key is None:
        return X
    coordinates_there = coordinates(mdata, name, key)
    return PreparedView(X, normalised_by(mdata, source), coordinates_there, RECIPES[source.recipe], name=name)


def _source(mdata: mudata.MuData, name: str, recipe: str | None, layer: str | None) -> Source:
    return Source(name, layer, recipe or recognised(mdata, name, layer))


def _prepared(X: View, source: Source, n_components: int | None, random_state: int) -> PreparedView:
    with one_blas_thread():
        return prepare_view(X, source.recipe, n_components, random_state, source.modality)
