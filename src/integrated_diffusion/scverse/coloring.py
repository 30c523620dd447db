"""What gives cells their colour: a column of `obs` or a feature, by its name."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.plotting import in_natural_order, is_categorical
from integrated_diffusion.scverse.arguments import suggestion
from integrated_diffusion.scverse.columns import agreed
from integrated_diffusion.scverse.feature_values import feature_names, feature_values, find_feature, with_prefix
from integrated_diffusion.scverse.inputs import has_features, place_of, views_of


@dataclass(frozen=True, eq=False)
class Coloring:
    """What gives the colour of each cell.

    Attributes
    ----------
    title : str
        Name of the column or feature.
    values : numpy.ndarray of shape (n_obs,)
        Numbers, or text with `None` where it is missing.
    column : str, default ""
        Name of the column of `obs`; none of a feature.
    categories : sequence of str or None, default None
        The column's categories in the order in which scanpy stores their colours; `None` if the values are numbers.
    legend : sequence of str, default ()
        The categories in the order of the legend.
    uns : mapping, default {}
        `uns` of the MuData or the modality that has the column.
    """

    title: str
    values: np.ndarray
    column: str = ""
    categories: Sequence[str] | None = None
    legend: Sequence[str] = ()
    uns: MutableMapping[str, Any] = field(default_factory=dict)


def coloring(data: mudata.MuData, color: str, view: str | None, denoised: bool) -> Coloring:
    """Return what a colour of `pl.embedding` means.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    color : str
        One colour, as in `pl.embedding`.
    view : str or None
        As in `pl.embedding`.
    denoised : bool
        As in `pl.embedding`.

    Returns
    -------
    Coloring

    Raises
    ------
    ValueError
        If there is no such column or feature, or several.
    """
    found = _column(data, color, view)
    if found is None and not _is_feature(data, color, view):
        found = _column_of_a_modality(data, color, view)
    if found is not None:
        return _of_column(color, *found)
    view, name = _feature(data, color, view)
    title = f"{name} ({view}, denoised)" if denoised else f"{name} ({view})"
    return Coloring(title, feature_values(data, name, view, denoised))


def names_in(data: mudata.MuData, views: Sequence[str]) -> list[str]:
    """Return the names of the features of all these modalities that have any."""
    return [name for view in views if has_features(data, view) for name in feature_names(data, view)]


def _of_column(title: str, column: pd.Series, uns: MutableMapping[str, Any]) -> Coloring:
    """Values and categories of a column."""
    values, name = _as_labels(column), str(column.name)
    if not is_categorical(values):
        return Coloring(title, values, name)
    ordered = column.dtype if isinstance(column.dtype, pd.CategoricalDtype) else pd.Categorical(column.dropna())
    categories = [str(category) for category in ordered.categories]
    is_sorted = isinstance(column.dtype, pd.CategoricalDtype)
    return Coloring(title, values, name, categories, categories if is_sorted else in_natural_order(categories), uns)


def _column(data: mudata.MuData, color: str, view: str | None) -> tuple[pd.Series, MutableMapping[str, Any]] | None:
    """A column of `obs`, rows as in the MuData, and the `uns` beside it.

    `None` if there is no such column, or `view` has a feature of this name.
    """
    if view is not None and color in names_in(data, [view]):
        return None
    if color in data.obs:
        return data.obs[color], data.uns
    tables = {name: data[name].obs for name in _modalities(data, view)}
    found = {name: obs[color].reindex(data.obs_names) for name, obs in tables.items() if color in obs}
    if not found:
        return None
    column = agreed(list(found.values()))
    if column is None:
        raise ValueError(
            f"color: expected a column that is the same in every modality, found {color!r} with different values in "
            f"{' and '.join(map(repr, found))}; write {' or '.join(repr(f'{name}:{color}') for name in found)}"
        )
    return column, data[next(iter(found))].uns


def _column_of_a_modality(
    data: mudata.MuData, color: str, view: str | None
) -> tuple[pd.Series, MutableMapping[str, Any]] | None:
    """A column named as `modality:name`, and the `uns` of the modality."""
    named = with_prefix(color, _modalities(data, view))
    if named is None or named[1] not in data[named[0]].obs:
        return None
    return data[named[0]].obs[named[1]].reindex(data.obs_names), data[named[0]].uns


def _modalities(data: mudata.MuData, view: str | None) -> list[str]:
    """All modalities, or that of the view that is named."""
    return list(data.mod) if view is None else [place_of(data, view)[0]]


def _as_labels(column: pd.Series) -> np.ndarray:
    """A column as numbers, or as text with `None` where it is missing."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)
    return column.to_numpy(dtype=np.float64, na_value=np.nan) if column.hasnans else column.to_numpy()


def _feature(data: mudata.MuData, color: str, view: str | None) -> tuple[str, str]:
    """A feature's modality and name; the error for other names lists the closest columns and features."""
    asked = views_of(data) if view is None else [view]
    known = names_in(data, asked)
    if color in known or with_prefix(color, asked) is not None:
        where, place = find_feature(data, color, view)
        return where, feature_names(data, where)[place]
    tables = [data.obs, *(data[name].obs for name in _modalities(data, view))]
    columns = [str(name) for obs in tables for name in obs]
    near = suggestion(color, list(dict.fromkeys([*columns, *known])))
    raise ValueError(f"color: {color!r} is neither a column of obs nor a feature; {near}")


def _is_feature(data: mudata.MuData, color: str, view: str | None) -> bool:
    """Whether a colour is a feature's name, or `modality:name`."""
    asked = views_of(data) if view is None else [view]
    named = with_prefix(color, asked)
    return color in names_in(data, asked) or (named is not None and named[1] in names_in(data, [named[0]]))
