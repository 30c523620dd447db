"""One column of `obs` that several modalities have."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def agreed(columns: Sequence[pd.Series]) -> pd.Series | None:
    """Return what columns of the same cells say together; `None` where two of them differ.

    Parameters
    ----------
    columns : sequence of pandas.Series
        Columns with the same index; a value is missing where a modality lacks the cell.
    """
    first, *others = columns
    for other in others:
        first = first if first.notna().all() else _filled(first, other)
    same = (first[other.notna()].astype(object).equals(other.dropna().astype(object)) for other in others)
    return first if all(same) else None


def _filled(column: pd.Series, other: pd.Series) -> pd.Series:
    """A column with the values of another where it has none; the categories of both."""
    filled = column.astype(object).where(column.notna(), other.astype(object))
    if not (isinstance(column.dtype, pd.CategoricalDtype) and isinstance(other.dtype, pd.CategoricalDtype)):
        return filled.infer_objects()
    known = column.cat.categories
    both = known.append(other.cat.categories.difference(known, sort=False))
    return filled.astype(pd.CategoricalDtype(both, column.cat.ordered))
