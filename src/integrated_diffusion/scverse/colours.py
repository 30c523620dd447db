"""What cells are coloured by: a column of the tables, or a feature, by its name."""

from __future__ import annotations

from collections.abc import Sequence

import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.scverse.features import feature_names, feature_values, find_feature, with_prefix
from integrated_diffusion.scverse.sources import has_features, place_of, views_of


def labelled(data: mudata.MuData, color: str, view: str | None, denoised: bool) -> tuple[str, np.ndarray]:
    """Return what a colour is called, and its value at each cell.

    Parameters
    ----------
    data
        An integrated MuData.
    color, view, denoised
        As in `pl.embedding`, one colour.

    Returns
    -------
    name : str
    values : numpy.ndarray of shape `(n_obs,)`
        Numbers, or text with `None` where it is missing.

    Raises
    ------
    ValueError
        If there is no such column or feature, or several.
    """
    column = _column(data, color, view)
    if column is None and not _is_feature(data, color, view):
        column = _column_of_a_modality(data, color, view)
    if column is not None:
        return color, _as_labels(column)
    view, name = _feature(data, color, view)
    return f"{name} ({view}, denoised)" if denoised else f"{name} ({view})", feature_values(data, name, view, denoised)


def names_in(data: mudata.MuData, views: Sequence[str]) -> list[str]:
    """Return the names of the features of all these views that have any."""
    return [name for view in views if has_features(data, view) for name in feature_names(data, view)]


def _column(data: mudata.MuData, color: str, view: str | None) -> pd.Series | None:
    """A column of `obs`, rows in the order of the MuData; `None` if it is none, or a feature of the view asked for."""
    if view is not None and color in names_in(data, [view]):
        return None
    if color in data.obs:
        return data.obs[color]
    tables = {name: data[name].obs for name in _modalities(data, view)}
    found = {name: obs[color].reindex(data.obs_names) for name, obs in tables.items() if color in obs}
    if not found:
        return None
    first, *others = found.values()
    if not all(first.astype(object).equals(other.astype(object)) for other in others):
        raise ValueError(
            f"color: expected a column that is the same in every modality, found {color!r} with different values in "
            f"{' and '.join(map(repr, found))}; write {' or '.join(repr(f'{name}:{color}') for name in found)}"
        )
    return first


def _column_of_a_modality(data: mudata.MuData, color: str, view: str | None) -> pd.Series | None:
    """A column that is written `modality:name`."""
    named = with_prefix(color, _modalities(data, view))
    if named is None or named[1] not in data[named[0]].obs:
        return None
    return data[named[0]].obs[named[1]].reindex(data.obs_names)


def _modalities(data: mudata.MuData, view: str | None) -> list[str]:
    """All modalities, or that of the view that is asked for."""
    return list(data.mod) if view is None else [place_of(data, view)[0]]


def _as_labels(column: pd.Series) -> np.ndarray:
    """A column as numbers, or as text with `None` where it is missing."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)
    return column.to_numpy(dtype=np.float64, na_value=np.nan) if column.hasnans else column.to_numpy()


def _feature(data: mudata.MuData, color: str, view: str | None) -> tuple[str, str]:
    """A feature's view and name; what is neither one nor a column is told with the closest names of both."""
    asked = views_of(data) if view is None else [view]
    known = names_in(data, asked)
    if color in known or with_prefix(color, asked) is not None:
        where, place = find_feature(data, color, view)
        return where, feature_names(data, where)[place]
    tables = [data.obs, *(data[name].obs for name in _modalities(data, view))]
    columns = [str(name) for obs in tables for name in obs]
    near = closest(color, list(dict.fromkeys([*columns, *known])))
    raise ValueError(f"color: expected a column of obs or a feature, found {color!r}; try {near}")


def _is_feature(data: mudata.MuData, color: str, view: str | None) -> bool:
    """Whether a colour is a feature's name, or `view:name`."""
    asked = views_of(data) if view is None else [view]
    named = with_prefix(color, asked)
    return color in names_in(data, asked) or (named is not None and named[1] in names_in(data, [named[0]]))
