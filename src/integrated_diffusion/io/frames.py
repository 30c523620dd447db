"""Data frames in HDF5 files: names of rows and columns of values, as anndata, mudata and R have written them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem


def index_names(frame: h5py.Group | h5py.Dataset) -> list[str]:
    """Return the row names of a data frame in an AnnData or MuData file, without reading its columns."""
    if isinstance(frame, h5py.Dataset):  # anndata before 0.7
        return texts(read_elem(frame).index)
    return texts(_values(frame[text(frame.attrs["_index"])]))


def column_names(frame: h5py.Group | h5py.Dataset) -> list[str]:
    """Return the names of a data frame's columns, those alone that are there."""
    if isinstance(frame, h5py.Dataset):
        return texts(read_elem(frame).columns)
    return [name for name in texts(frame.attrs.get("column-order", ())) if name in frame]


def read_column(frame: h5py.Group | h5py.Dataset, name: str) -> pd.Series:
    """Read one column of a data frame.

    Parameters
    ----------
    frame : h5py.Group or h5py.Dataset
        The data frame. Categories may be stored as anndata 0.7 did, apart from their codes.
    name : str
        One of `column_names`; may have slashes, which older releases of anndata wrote.

    Returns
    -------
    pandas.Series
        With the names of the rows; text as `str`, also where the file has bytes.
    """
    if isinstance(frame, h5py.Dataset):
        values = read_elem(frame)[name].to_numpy()
        return pd.Series(texts(values) if values.dtype.kind in "OS" else values, index_names(frame), name=name)
    return pd.Series(_values(frame[name]), index_names(frame), name=name)


def texts(values: Iterable[Any]) -> list[str]:
    """Return names as text, also those that a file has as bytes."""
    return [text(value) for value in values]


def text(value: Any) -> str:
    """Return a name as text; bytes are UTF-8, as HDF5 has it, or Latin-1, which R writes on some systems."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _values(element: h5py.Group | h5py.Dataset) -> Any:
    if isinstance(element, h5py.Group):
        return read_elem(element)
    values = element[()]
    categories = element.attrs.get("categories")
    if isinstance(categories, h5py.Reference):  # anndata 0.7: codes here, categories in `__categories`
        known = _values(element.file[categories])
        return pd.Categorical.from_codes(values, pd.Index(known))
    if values.dtype.kind not in "OS":
        return values
    return np.array(texts(values), dtype=object)
