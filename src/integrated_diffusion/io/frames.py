"""Data frames in HDF5 files: names of rows and columns of values, as anndata, mudata and R have written them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np
import pandas as pd

from integrated_diffusion.io.elements import check_element, place_of, read_element, read_frame


def index_names(frame: h5py.Group | h5py.Dataset) -> list[str]:
    """Return the row names of a data frame in an AnnData or MuData file, without reading its columns."""
    where = place_of(frame)
    if isinstance(frame, h5py.Dataset):  # anndata before 0.7
        return texts(read_frame(frame).index, where)
    column = frame.attrs.get("_index")
    found = frame.get(text(column)) if isinstance(column, str | bytes) else None
    names = None if found is None else _values(found)
    if names is None or np.ndim(names) != 1:
        raise ValueError(f"{where}: expected a column of names, found none; write the file again")
    return texts(names, where)


def column_names(frame: h5py.Group | h5py.Dataset) -> list[str]:
    """Return the names of a data frame's columns, those alone that are there."""
    if isinstance(frame, h5py.Dataset):
        return texts(read_frame(frame).columns)
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
        values = read_frame(frame)[name].to_numpy()
        return pd.Series(texts(values) if values.dtype.kind in "OS" else values, index_names(frame), name=name)
    values, names = _values(frame[name]), index_names(frame)
    if np.shape(values) != (len(names),):
        raise ValueError(
            f"{place_of(frame)}: expected {len(names):,} values in column '{name}', one a row, found an array of shape "
            f"{np.shape(values)}; write the file again"
        )
    return pd.Series(values, names, name=name)


def texts(values: Iterable[Any], where: str = "names") -> list[str]:
    """Return names as text, also those that a file has as bytes.

    Parameters
    ----------
    values : iterable
        The names.
    where : str, default 'names'
        What to call them in messages.

    Raises
    ------
    ValueError
        If one is no text that UTF-8 can hold, as half a pair of surrogates is.
    """
    found = [text(value) for value in values]
    try:
        "".join(found).encode()
    except UnicodeError as error:
        wrong = next(name for name in found if not name.isascii() and name != name.encode("utf-8", "replace").decode())
        raise ValueError(
            f"{where}: expected names in UTF-8, found {wrong!r}; write the file again with names in UTF-8"
        ) from error
    return found


def text(value: Any) -> str:
    """Return a name as text; bytes are UTF-8, as HDF5 has it, or Latin-1, which R writes on some systems.

    Halves of surrogates, which some programs encode as if they were letters, stay what they are; see `texts`.
    """
    if not isinstance(value, bytes):
        return str(value)
    for encoding, errors in (("utf-8", "strict"), ("utf-8", "surrogatepass")):
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode(encoding, errors)
    return value.decode("latin-1")


def _values(element: h5py.Group | h5py.Dataset) -> Any:
    if isinstance(element, h5py.Group):
        return read_element(element)
    check_element(element)
    values = element[()]
    categories = element.attrs.get("categories")
    if isinstance(categories, h5py.Reference):  # anndata 0.7: codes here, categories in `__categories`
        known = _values(element.file[categories])
        return pd.Categorical.from_codes(values, pd.Index(known))
    if values.dtype.kind not in "OS":
        return values
    return np.array(texts(values), dtype=object)
