"""Columns of `obs` of a MuData and of its modalities, as categories or as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from integrated_diffusion.plotting import MAX_CATEGORIES as MOST_WHOLE_NUMBERS
from integrated_diffusion.scverse.containers import rows_of

MOST_CATEGORIES = 500
"""A column of text with more different values is left out: it names samples, not groups of samples."""


@dataclass(frozen=True, eq=False)
class Categories:
    """A column of categories.

    Attributes
    ----------
    name : str
        The column's name; `modality:column` for those of a modality.
    labels : tuple of str
        Categories that occur, in the column's order.
    codes : numpy.ndarray of int32, shape (n_samples,)
        Index of each sample's category, -1 where it is missing.
    """

    name: str
    labels: tuple[str, ...]
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers.

    Attributes
    ----------
    name : str
        The column's name; `modality:column` for those of a modality.
    values : numpy.ndarray of float64, shape (n_samples,)
        NaN where they are missing; at least one is finite.
    """

    name: str
    values: np.ndarray


@dataclass(frozen=True)
class LeftOut:
    """A column that is not shown, and why."""

    name: str
    reason: str


Column = Categories | Numbers


def columns_of(mdata: Any) -> tuple[tuple[Column, ...], tuple[LeftOut, ...]]:
    """Return all columns of `obs` of the MuData and of its modalities, rows in the order of the MuData.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every sample.

    Returns
    -------
    columns : tuple of Categories or Numbers
        Columns that can be shown.
    left_out : tuple of LeftOut
        Columns that cannot: a different text for nearly each sample, only missing values, or neither text nor numbers.
    """
    found = [column_of(name, series) for name, series in _tables(mdata).items()]
    shown = tuple(column for column in found if not isinstance(column, LeftOut))
    return shown, tuple(column for column in found if isinstance(column, LeftOut))


def column_of(name: str, series: pd.Series) -> Column | LeftOut:
    """Return one column as categories, as numbers, or as left out.

    Whole numbers with at most 20 different values are categories, since clusters are often numbered.
    """
    if series.isna().all():
        return LeftOut(name, "has no values")
    if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
        if pd.api.types.is_datetime64_any_dtype(series) or pd.api.types.is_timedelta64_dtype(series):
            return LeftOut(name, "holds times")
        return _categories(name, series)
    if pd.api.types.is_complex_dtype(series):
        return LeftOut(name, "holds complex numbers")
    if pd.api.types.is_integer_dtype(series) and series.nunique() <= MOST_WHOLE_NUMBERS:
        return _categories(name, series.astype(pd.CategoricalDtype(sorted(series.dropna().unique()))))
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return Numbers(name, values) if np.isfinite(values).any() else LeftOut(name, "has no finite values")


def _categories(name: str, series: pd.Series) -> Categories | LeftOut:
    if not isinstance(series.dtype, pd.CategoricalDtype):
        series = series.map(str, na_action="ignore").astype("category")
    series = series.cat.remove_unused_categories()
    labels = tuple(map(str, series.cat.categories))
    most = min(MOST_CATEGORIES, max(MOST_WHOLE_NUMBERS, len(series) // 2))
    if len(labels) > most:
        return LeftOut(name, f"has {len(labels):,} different values for {len(series):,} samples")
    return Categories(name, labels, series.cat.codes.to_numpy(dtype=np.int32))


def _tables(mdata: Any) -> dict[str, pd.Series]:
    """All columns by name; a modality's column that the MuData has copied is taken once."""
    found = {str(name): mdata.obs[name] for name in mdata.obs.columns}
    for modality, cells in mdata.mod.items():
        table = cells.obs if rows_of(mdata, modality) is None else cells.obs.reindex(mdata.obs_names)
        for name in table.columns:
            found.setdefault(f"{modality}:{name}", table[name])
    return found
