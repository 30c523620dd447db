"""The batch of every cell: a column of `obs` of a MuData, or of its modalities."""

from __future__ import annotations

from functools import reduce
from typing import Any

import mudata
import pandas as pd

from integrated_diffusion.scverse.arguments import suggestion
from integrated_diffusion.scverse.containers import all_columns


def batch_labels(mdata: mudata.MuData, batch_key: Any) -> pd.Series:
    """Return the batch of every cell by its name, in the order of the MuData.

    Parameters
    ----------
    mdata : mudata.MuData
        A modality's column holds for the cells that it has.
    batch_key : str
        A column of `obs`; of a modality also as `modality:column`.

    Raises
    ------
    TypeError
        If the key is no text.
    ValueError
        If there is no such column, or modalities have different values in theirs.
    """
    if not isinstance(batch_key, str):
        raise TypeError(
            f"batch_key: expected the name of a column of obs, found {type(batch_key).__name__}; store the batch of "
            "every cell in obs and give the name"
        )
    columns = all_columns(mdata)
    if batch_key in columns:
        return columns[batch_key].rename(batch_key)
    named = [str(name) for name in columns if str(name).partition(":")[2] == batch_key]
    if not named:
        known = list(dict.fromkeys(str(name).rpartition(":")[2] for name in columns))
        raise ValueError(f"batch_key: expected a column of obs, found {batch_key!r}; {suggestion(batch_key, known)}")
    shared = reduce(pd.Series.combine_first, (columns[name].astype(object) for name in named))
    if not all(columns[name].astype(object).dropna().equals(shared[columns[name].notna()]) for name in named):
        raise ValueError(
            f"batch_key: expected a column that is the same in every modality, found {batch_key!r} with different "
            f"values; write {' or '.join(map(repr, named))}"
        )
    return shared.rename(batch_key)
