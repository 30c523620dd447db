"""Which values of a MuData are the input of the integration, and by which recipe they are normalised."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import mudata

from integrated_diffusion.io import keys
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.unusable import warn_of_empty
from integrated_diffusion.scverse.measured_values import feature_type, measured_values
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.recipes import recipe_name
from integrated_diffusion.views.recognition import recognise


@dataclass(frozen=True)
class ModalityInput:
    """Measured values of a modality, and the recipe that normalises them.

    Attributes
    ----------
    modality : str
        Name of the modality.
    layer : str or None
        Layer that holds the values; `None` means `X`.
    recipe : str
        Name of the recipe, see `views.recipes.RECIPES`.
    whole : bool, default False
        Whether the record says that whole counts were normalised.
    n_features : int or None, default None
        How many features the record says that they had; `None` if there is no record.
    """

    modality: str
    layer: str | None
    recipe: str
    whole: bool = field(default=False, compare=False)
    n_features: int | None = field(default=None, compare=False)

    @property
    def inside(self) -> str:
        """Path within a file: `mod/rna/X`, `mod/rna/layers/counts`."""
        return f"mod/{self.modality}/" + ("X" if self.layer is None else f"layers/{self.layer}")


def input_of(mdata: mudata.MuData, view: str) -> ModalityInput:
    """Return the input of a view: as the record says, else as `pp.prepare` did, else `X` of the modality of that name.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData, integrated or not.
    view : str
        Name of a view of the integration, usually that of a modality.

    Returns
    -------
    ModalityInput

    Raises
    ------
    ValueError
        If there is no such view, or it was integrated from coordinates in a file, which have no features.
    """
    modality, inside = place_of(mdata, view)
    if inside.startswith("obsm/"):
        key = inside.removeprefix("obsm/")
        raise ValueError(
            f"expected features of view {view!r}, found that it was integrated from coordinates, obsm/{key}, and has "
            f"none; integrate by tl.integrate with use_rep={{{modality!r}: {key!r}}} to keep them"
        )
    kept = _recorded(mdata, view)
    if kept is None:
        return prepared_input(mdata, modality) or ModalityInput(modality, None, recognised(mdata, modality, None))
    n_features = kept.get("n_features")
    known = None if n_features is None else int(n_features)
    return ModalityInput(modality, _layer_of(inside), str(kept["recipe"]), bool(kept.get("whole", False)), known)


def _layer_of(inside: str) -> str | None:
    """Name of a layer, as `measured_view` takes it: `raw` for `raw/X`, `None` for `X`."""
    return None if inside == "X" else inside.removeprefix("layers/").removesuffix("/X")


def place_of(mdata: mudata.MuData, view: str) -> tuple[str, str]:
    """Return a view's modality, and what of it was integrated: `X`, `layers/counts` or `obsm/X_pca`.

    Raises
    ------
    ValueError
        If there is no such view.
    """
    kept = _recorded(mdata, view)
    if kept is None and view not in mdata.mod:
        known = list(dict.fromkeys([*views_of(mdata), *mdata.mod]))
        raise ValueError(f"view: expected one of the views, found {view!r}; try {closest(view, known)}")
    modality, inside = _within(str((kept or {}).get("inside", "X")), view)
    if modality not in mdata.mod:
        raise ValueError(
            f"view: expected the modality '{modality}' that was integrated as {view!r}, found "
            f"{', '.join(map(repr, mdata.mod))}; name it as it was, or integrate again"
        )
    return modality, inside


def views_of(mdata: mudata.MuData) -> list[str]:
    """Names of the views that were integrated; names of all modalities if the MuData is not integrated."""
    operator = keys.described_operator(mdata.uns.get(keys.RECORD, {}))
    return list(mdata.mod) if operator is None else [str(name) for name in operator["views"]]


def has_features(mdata: mudata.MuData, view: str) -> bool:
    """Whether a view has features: it has none if it was integrated from coordinates in a file."""
    return not place_of(mdata, view)[1].startswith("obsm/")


def prepared_input(mdata: mudata.MuData, modality: str) -> ModalityInput | None:
    """Return the input that `pp.prepare` normalised; `None` if it was not called on the modality."""
    kept = mdata[modality].uns.get(keys.TREATMENT)
    return None if kept is None else ModalityInput(modality, str(kept["layer"]) or None, str(kept["recipe"]))


def recognised(mdata: mudata.MuData, modality: str, layer: str | None) -> str:
    """Return the recipe that suits a modality's values, its name and its `var["feature_types"]`."""
    return recognise(measured_values(mdata, modality, layer), modality, feature_type(mdata, modality))


def chosen_inputs(
    mdata: mudata.MuData,
    recipes: Mapping[str, str] | None,
    layers: Mapping[str, str] | None,
    views: Collection[str] | None = None,
) -> dict[str, ModalityInput]:
    """Return the input of every modality, recipes and layers as given, recipes recognised where none is given.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    recipes, layers : mapping of str to str or None
        Recipe and layer by modality.
    views : collection of str or None, default None
        As in `usable`.

    Returns
    -------
    dict of str to ModalityInput
        By modality.

    Raises
    ------
    ValueError
        If a recipe or layer is given for a modality that is not there, or there is no such recipe or layer.
    """
    recipes, layers = recipes or {}, layers or {}
    check_known(list(recipes), tuple(mdata.mod), "recipes")
    check_known(list(layers), tuple(mdata.mod), "layers")
    given = {name: recipe_name(recipe, "recipes") for name, recipe in recipes.items()}
    return {name: _chosen(mdata, name, given.get(name), layers.get(name)) for name in usable(mdata, views)}


def usable(mdata: mudata.MuData, views: Collection[str] | None = None) -> list[str]:
    """Return the modalities that are integrated: those that are named, else all that have features.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData.
    views : collection of str or None, default None
        Modalities.

    Raises
    ------
    ValueError
        If there is no such modality.

    Warns
    -----
    EmptyModalityWarning
        If modalities without features are left out.
    """
    if views is not None:
        check_known(list(views), tuple(mdata.mod), "views")
        return [name for name in mdata.mod if name in views]
    empty = [name for name, cells in mdata.mod.items() if not cells.n_vars]
    warn_of_empty(empty)
    return [name for name in mdata.mod if name not in empty]


def prepared_or_chosen_inputs(
    mdata: mudata.MuData,
    recipes: Mapping[str, str] | None,
    layers: Mapping[str, str] | None,
    views: Collection[str] | None = None,
) -> dict[str, ModalityInput]:
    """Return `chosen_inputs`, but what `pp.prepare` did to a modality for which neither recipe nor layer is given.

    Parameters, errors and the result are those of `chosen_inputs`.
    """
    given, asked = {*(recipes or {}), *(layers or {})}, mdata.mod if views is None else views
    found = {name: prepared_input(mdata, name) for name in mdata.mod if name not in given and name in asked}
    kept = {name: one for name, one in found.items() if one is not None}
    recipe_of = {name: one.recipe for name, one in kept.items()}  # a known recipe need not be recognised
    return chosen_inputs(mdata, {**recipe_of, **(recipes or {})}, layers, views) | kept


def _chosen(mdata: mudata.MuData, name: str, recipe: str | None, layer: str | None) -> ModalityInput:
    return ModalityInput(name, layer, recipe or recognised(mdata, name, layer))


def _recorded(mdata: mudata.MuData, view: str) -> Mapping[str, Any] | None:
    """What the record says of a view, if there is a record."""
    views: Mapping[str, Any] = mdata.uns.get(keys.RECORD, {}).get("views", {})
    return views.get(view, views.get(keys.as_key(view)))


def _within(inside: str, view: str) -> tuple[str, str]:
    """Split `mod/rna/layers/counts` into modality and rest; views of other files became modalities of their name."""
    if inside.startswith("mod/"):
        _, modality, rest = inside.split("/", 2)
        return modality, rest
    return view, inside if inside.startswith("layers/") else "X"  # coordinates became X, see `io.assemble`
