"""Views in a group of an HDF5 file that holds an AnnData: a whole `.h5ad`, or a modality of a `.h5mu`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.feature_kinds import columns_by_view
from integrated_diffusion.io.frames import column_names, index_names, read_column
from integrated_diffusion.io.hdf5 import encoding_of, read_matrix
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView
from integrated_diffusion.views.recognition import REPRESENTATION


def places_inside(group: h5py.Group) -> list[str]:
    """Return the matrices of an AnnData that can be views: `X`, `raw/X`, `layers/counts`, `obsm/X_pca`."""
    own = [inside for inside in ("X", "raw/X") if inside in group and "null" not in _encoding(group[inside])]
    return own + [f"{part}/{key}" for part in ("layers", "obsm") if part in group for key in group[part]]


def read_view(group: h5py.Group, inside: str, place: Place) -> StoredView:
    """Read one matrix of an AnnData with its names.

    Parameters
    ----------
    group : h5py.Group
        The AnnData.
    inside : str
        One of `places_inside`.
    place : Place
        Where it is, for messages.

    Raises
    ------
    ValueError
        If it is encoded in another way, or damaged.
    """
    values, samples = read_matrix(group[inside], str(place)), index_names(group["obs"])
    if inside.startswith("obsm/"):
        columns = getattr(values, "columns", None)
        stem = inside.removeprefix("obsm/")
        n_columns = getattr(values, "shape", (0,))[-1]
        features = [f"{stem}{i}" for i in range(n_columns)] if columns is None else list(map(str, columns))
        return StoredView(as_float(values), place, samples, features, REPRESENTATION)
    var = group["raw/var" if inside == "raw/X" else "var"]
    return StoredView(as_float(values), place, samples, index_names(var), feature_type(var))


def kinds_inside(group: h5py.Group) -> dict[str, np.ndarray]:
    """Return the columns of each view in `X` by the kinds of its features, if `var["feature_types"]` names several."""
    if "X" not in group or "feature_types" not in column_names(group["var"]):
        return {}
    found = columns_by_view(list(read_column(group["var"], "feature_types").astype(str)))
    return found if len(found) > 1 else {}


def read_kind(group: h5py.Group, view: str, path: Path) -> StoredView:
    """Read the features of one kind in `X`, one of `kinds_inside`."""
    columns = kinds_inside(group)[view]
    kind = str(read_column(group["var"], "feature_types").iloc[columns[0]])
    whole = read_view(group, "X", Place(path, f"X:{kind}"))
    names = whole.feature_names or []
    return replace(whole, values=whole.values[:, columns], feature_names=[names[i] for i in columns], feature_type=kind)


def _encoding(element: h5py.Group | h5py.Dataset) -> str:
    return str(encoding_of(element))


def feature_type(var: h5py.Group | h5py.Dataset) -> str | None:
    """Return the type of the features where all have the same one."""
    if "feature_types" not in column_names(var):
        return None
    kinds = read_column(var, "feature_types").astype(str).unique()
    return str(kinds[0]) if len(kinds) == 1 else None
