"""Preprocessing: the same cells in every modality, normalised by a recipe each, and reduced to principal components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mudata

from integrated_diffusion.io import keys
from integrated_diffusion.scverse.arguments import check_mapping
from integrated_diffusion.scverse.containers import as_mudata
from integrated_diffusion.scverse.inputs import chosen_inputs
from integrated_diffusion.scverse.measured_values import in_modality_order, measured_view
from integrated_diffusion.scverse.normalised_values import prepare_input
from integrated_diffusion.views.missing import KEEP, check_bridged
from integrated_diffusion.views.samples import SampleSet

__all__ = ["align", "prepare"]


def __dir__() -> list[str]:
    return __all__


def align(data: Any, missing: str = "drop") -> mudata.MuData:
    """Return a MuData in which every modality has every cell; cells are matched by name.

    Parameters
    ----------
    data : mudata.MuData or mapping of str to anndata.AnnData
        The order of cells may differ between modalities.
    missing : {"keep", "drop", "refuse"}, default "drop"
        What to do with cells that a modality lacks: keep them, leave them out with a warning that gives their number,
        or raise an error.

    Returns
    -------
    mudata.MuData
        `data` itself if it is a MuData in which every modality has every cell, else a new one.

    Raises
    ------
    TypeError
        If `data` is neither a MuData nor such a mapping.
    ValueError
        If there are fewer than two modalities, names repeat, or no cell is in every modality; with
        `missing="refuse"`, if any cell is not.
    """
    return as_mudata(data, missing)


def prepare(
    data: Any,
    recipes: Mapping[str, str] | None = None,
    layers: Mapping[str, str] | None = None,
    n_components: int | None = 50,
    random_state: int = 0,
    missing: str = KEEP,
) -> mudata.MuData:
    """Normalise every modality and reduce it to the principal components in which neighbours are sought.

    Each modality gains `layers["integrated_normalised"]` (all features; sparse if the input is),
    `obsm["X_integrated_view"]` (principal components) and `uns["integrated_view"]` (recipe and layer). `tl.integrate`
    does the same by itself, without storing it, for modalities that were not prepared. Stored values are used as they
    are: call `prepare` again after changing values or leaving out cells or features.

    Parameters
    ----------
    data : mudata.MuData or mapping of str to anndata.AnnData
        As in `align`.
    recipes : mapping of str to str or None, default None
        Recipe by modality, see `views.recipes.RECIPES`: `"rna"` (library size, log, PCA), `"chromatin"` (TF-IDF, LSI),
        `"protein"` (CLR, PCA), `"other"` (unit variance, PCA), `"none"`. Where none is given, the values,
        `var["feature_types"]` and the modality's name decide.
    layers : mapping of str to str or None, default None
        Layer that holds the measured values, by modality; `X` where none is given.
    n_components : int or None, default 50
        Number of principal components; `None` keeps all normalised features.
    random_state : int, default 0
        Seed of the decompositions.
    missing : {"keep", "drop", "refuse"}, default "keep"
        As in `align`; by default cells that a modality lacks are kept.

    Returns
    -------
    mudata.MuData
        As from `align`, with the results.

    Raises
    ------
    TypeError, ValueError
        As in `align`; if there is no such recipe, modality or layer; if a recipe for counts meets negative values.
    """
    check_mapping(recipes, "recipes")
    check_mapping(layers, "layers")
    mdata = as_mudata(data, missing)
    chosen = chosen_inputs(mdata, recipes, layers)
    found = {name: measured_view(mdata, name, source.layer) for name, source in chosen.items()}
    check_bridged(SampleSet(mdata.n_obs, {name: there for name, (_, there) in found.items()}, tuple(mdata.obs_names)))
    ready = {name: prepare_input(found[name][0], source, n_components, random_state) for name, source in chosen.items()}
    for name, prepared in ready.items():  # nothing is stored before every modality has succeeded
        cells, source, measured = mdata[name], chosen[name], found[name][1]
        cells.layers[keys.NORMALISED_LAYER] = in_modality_order(mdata, name, prepared.values, measured)
        cells.obsm[keys.COORDINATES] = in_modality_order(mdata, name, prepared.representation, measured)
        cells.uns[keys.TREATMENT] = {"recipe": source.recipe, "layer": source.layer or ""}
    return mdata
