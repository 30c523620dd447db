"""Where in a MuData a view's measured values are, and how they are normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mudata
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset, Place
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.scverse.containers import rows_of
from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recognition import recognise
from integrated_diffusion.views.validation import View, as_array, as_view


@dataclass(frozen=True)
class Source:
    """A view's measured values, and how they are normalised.

    Attributes
    ----------
    modality
        Name of the modality.
    layer
        The layer they are in; `None` for `X`.
    recipe
        Name of the recipe that normalises them, see `preprocessing.RECIPES`.
    """

    modality: str
    layer: str | None
    recipe: str

    @property
    def inside(self) -> str:
        """The place within a file: `mod/rna/X`, `mod/rna/layers/counts`."""
        return f"mod/{self.modality}/" + ("X" if self.layer is None else f"layers/{self.layer}")


def source_of(mdata: mudata.MuData, view: str) -> Source:
    """Return where a view's values are: as the record says, as `pp.prepare` did, or `X` of the modality of that name.

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
        return treatment(mdata, modality) or Source(modality, None, recognised(mdata, modality, None))
    layer = inside.removeprefix("layers/") if inside.startswith("layers/") else None
    return Source(modality, layer, str(kept["recipe"]))


def place_of(mdata: mudata.MuData, view: str) -> tuple[str, str]:
    """Return a view's modality, and the place in it whose values were integrated: `X`, `layers/counts`, `obsm/X_pca`.

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
    """Names of the views that were integrated; of all modalities, if none were."""
    described = keys.described_operator(mdata.uns.get(keys.RECORD, {}))
    return list(mdata.mod) if described is None else [str(name) for name in described["views"]]


def has_features(mdata: mudata.MuData, view: str) -> bool:
    """Whether the features of a view are known: not where it was integrated from coordinates in a file."""
    return not place_of(mdata, view)[1].startswith("obsm/")


def treatment(mdata: mudata.MuData, modality: str) -> Source | None:
    """Return what `pp.prepare` did to a modality, if it did."""
    treated = mdata[modality].uns.get(keys.TREATMENT)
    return None if treated is None else Source(modality, str(treated["layer"]) or None, str(treated["recipe"]))


def recognised(mdata: mudata.MuData, modality: str, layer: str | None) -> str:
    """Name the recipe for a modality by its values, its name and its `var["feature_types"]`."""
    return recognise(measured_values(mdata, modality, layer), modality, feature_type(mdata, modality))


def feature_type(mdata: mudata.MuData, modality: str) -> str | None:
    """The type of a modality's features, where all have the same one."""
    var = mdata[modality].var
    kinds = list(var["feature_types"].astype(str).unique()) if "feature_types" in var else []
    return str(kinds[0]) if len(kinds) == 1 else None


def measured_values(mdata: mudata.MuData, modality: str, layer: str | None) -> View:
    """Return measured values, rows in the order of the MuData, `(n_obs, n_vars)`, sparse if they are.

    Raises
    ------
    TypeError, ValueError
        If the layer is not there, or the values are no view (see `validation.as_view`).
    """
    cells = mdata[modality]
    if layer is not None:
        _check_key(layer, list(cells.layers), "layers", f"a layer of '{modality}'")
    X = cells.X if layer is None else cells.layers[layer]
    if X is None:
        raise ValueError(f"expected measured values in X of '{modality}', found none; name a layer")
    X = X[:] if cells.isbacked and not isinstance(X, np.ndarray) else X
    X = as_view(as_float(X), modality)
    rows = rows_of(mdata, modality)
    return X if rows is None else X[rows]


def normalised(mdata: mudata.MuData, view: str) -> View:
    """Return a view's normalised values, rows in the order of the MuData, `(n_obs, n_vars)`.

    Raises
    ------
    ValueError
        If there is no such view, or counts are negative.
    """
    return normalised_by(mdata, source_of(mdata, view))


def normalised_by(mdata: mudata.MuData, source: Source) -> View:
    """Return normalised values, those that `pp.prepare` kept if they are the same, `(n_obs, n_vars)`.

    Raises
    ------
    ValueError
        If a recipe for counts meets negative values.
    """
    if treatment(mdata, source.modality) == source:
        return measured_values(mdata, source.modality, keys.NORMALISED_LAYER)
    X = measured_values(mdata, source.modality, source.layer)
    recipe = RECIPES[source.recipe]
    if recipe.counts:
        check_counts(X, source.modality)
    return recipe.normalise(X)


def coordinates(mdata: mudata.MuData, modality: str, key: str) -> View:
    """Return coordinates out of a modality's `obsm`, rows in the order of the MuData, `(n_obs, n_coordinates)`.

    Raises
    ------
    ValueError
        If there is no such key; the closest ones are told.
    """
    _check_key(key, list(mdata[modality].obsm), "use_rep", f"a key of obsm of '{modality}'")
    X = as_array(mdata[modality].obsm[key], f"{modality}: {key}")
    rows = rows_of(mdata, modality)
    return X if rows is None else X[rows]


def measured_of(mdata: mudata.MuData, sources: Mapping[str, Source]) -> Dataset:
    """Return a MuData's views as files are read: raw values, names and places.

    Parameters
    ----------
    mdata
        Every view has every cell.
    sources
        Where each view's values are.
    """
    file = Path(mdata.filename) if mdata.isbacked and mdata.filename else Path("MuData")
    return Dataset(
        views={name: measured_values(mdata, at.modality, at.layer) for name, at in sources.items()},
        sample_names=list(map(str, mdata.obs_names)),
        feature_names={name: list(map(str, mdata[at.modality].var_names)) for name, at in sources.items()},
        feature_types={name: feature_type(mdata, at.modality) for name, at in sources.items()},
        places={name: Place(file, at.inside) for name, at in sources.items()},
        source=(file,),
        format="MuData",
    )


def in_place(mdata: mudata.MuData, modality: str, values: View) -> View:
    """Return rows that are in the order of the MuData in that of a modality, as containers hold them."""
    rows = rows_of(mdata, modality)
    if rows is not None:
        back = np.empty_like(rows)
        back[rows] = np.arange(len(rows))
        values = values[back]
    return values if isinstance(values, np.ndarray) else sp.csr_matrix(values)


def _check_key(key: str, there: list[str], what: str, expected: str) -> None:
    if key not in there:
        remedy = f"try {closest(key, there)}" if there else "there is none at all"
        raise ValueError(f"{what}: expected {expected}, found {key!r}; {remedy}")


def _recorded(mdata: mudata.MuData, view: str) -> Mapping[str, Any] | None:
    """What the record says of a view, if there is one."""
    views: Mapping[str, Any] = mdata.uns.get(keys.RECORD, {}).get("views", {})
    return views.get(view, views.get(keys.as_key(view)))


def _within(inside: str, view: str) -> tuple[str, str]:
    """`mod/rna/layers/counts` to the modality and what is in it; other files' views became modalities of that name."""
    if inside.startswith("mod/"):
        _, modality, rest = inside.split("/", 2)
        return modality, rest
    return view, inside if inside.startswith("layers/") else "X"  # coordinates became X, see `io.assemble`
