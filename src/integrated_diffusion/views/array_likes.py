"""Arrays of other libraries, lazily held ones too: recognised by their methods, none of these libraries is imported."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp


def in_memory(values: Any, name: str) -> Any:
    """Return values as a numpy array or sparse matrix if they are of another library, else as they are.

    Dask arrays are computed, matrices that a file backs are read, tensors are detached, sparse arrays of other
    libraries become sparse matrices, and data frames of other libraries are exchanged by `__dataframe__`.

    Parameters
    ----------
    values : object
        An array, matrix or data frame of any library, or lists of numbers.
    name : str
        What to call the view in messages.

    Raises
    ------
    TypeError
        If the library that they are of cannot convert them.
    """
    if isinstance(values, np.ndarray | list | tuple) or sp.issparse(values) or hasattr(values, "iloc"):
        return values
    try:
        return _converted(values)
    except MemoryError:
        raise
    except Exception as error:  # of whichever library the values are
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise TypeError(
            f"view '{name}': expected numbers that numpy can read, found a {type(values).__name__} that it cannot "
            f"({said}); convert it to a numpy array first"
        ) from error


def _converted(values: Any) -> Any:
    if hasattr(values, "__dask_graph__"):
        values = values.compute()
    elif hasattr(values, "collect"):  # a lazy frame of polars
        values = values.collect()
    if hasattr(values, "to_memory"):  # of anndata, backed by a file
        values = values.to_memory()
    if hasattr(values, "detach"):  # a tensor
        values = values.detach().cpu()
    if "sparse" in str(getattr(values, "layout", "")):
        entries = values.to_sparse_coo().coalesce()
        return sp.coo_array((entries.values().numpy(), tuple(entries.indices().numpy())), shape=tuple(entries.shape))
    if hasattr(values, "tocsr") and not sp.issparse(values):
        values = values.tocsr()
    if sp.issparse(values) or hasattr(values, "iloc"):
        return values
    if not hasattr(values, "__array__") and hasattr(values, "__dataframe__"):
        import pandas as pd

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas 3 announces the end of the protocol, without another in its place
            return pd.api.interchange.from_dataframe(values)
    return np.asarray(values)
