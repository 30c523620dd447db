"""Measured values and coordinates of a modality, rows in the order of the MuData and back."""

from __future__ import annotations

import mudata
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.scverse.containers import rows_of
from integrated_diffusion.views.validation import View, as_array, as_view


def measured_values(mdata: mudata.MuData, modality: str, layer: str | None) -> View:
    """Return the measured values of a modality.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    modality : str
        Name of the modality.
    layer : str or None
        Layer that holds the values; `X` if `None`.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Rows in the order of the MuData; sparse if the values are.

    Raises
    ------
    TypeError, ValueError
        If there is no such layer, or the values are no view (see `validation.as_view`).
    """
    cells = mdata[modality]
    if layer is not None:
        _check_key(layer, [key for key in cells.layers if key is not None], "layers", f"a layer of '{modality}'")
    X = cells.X if layer is None else cells.layers[layer]
    if X is None:
        raise ValueError(f"expected measured values in X of '{modality}', found none; name a layer")
    X = X[:] if cells.isbacked and not isinstance(X, np.ndarray) else X
    X = as_view(as_float(X), modality)
    rows = rows_of(mdata, modality)
    return X if rows is None else X[rows]


def coordinates(mdata: mudata.MuData, modality: str, key: str) -> View:
    """Return coordinates from `obsm` of a modality.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    modality, key : str
        Name of the modality and key of its `obsm`.

    Returns
    -------
    numpy.ndarray of shape (n_obs, n_coordinates)
        Rows in the order of the MuData.

    Raises
    ------
    ValueError
        If there is no such key; the message names the closest ones.
    """
    _check_key(key, list(mdata[modality].obsm), "use_rep", f"a key of obsm of '{modality}'")
    X = as_array(mdata[modality].obsm[key], f"{modality}: {key}")
    rows = rows_of(mdata, modality)
    return X if rows is None else X[rows]


def in_modality_order(mdata: mudata.MuData, modality: str, values: View) -> View:
    """Return values with rows in the order of the modality, as AnnData stores them (sparse ones as `csr_matrix`).

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    modality : str
        Name of the modality.
    values : numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n)
        Rows in the order of the MuData.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_matrix of shape (n_obs, n)
    """
    rows = rows_of(mdata, modality)
    if rows is not None:
        back = np.empty_like(rows)
        back[rows] = np.arange(len(rows))
        values = values[back]
    return values if isinstance(values, np.ndarray) else sp.csr_matrix(values)


def feature_type(mdata: mudata.MuData, modality: str) -> str | None:
    """`var["feature_types"]` of a modality if it is the same for all features, else `None`."""
    var = mdata[modality].var
    kinds = list(var["feature_types"].astype(str).unique()) if "feature_types" in var else []
    return str(kinds[0]) if len(kinds) == 1 else None


def _check_key(key: str, there: list[str], what: str, expected: str) -> None:
    if key not in there:
        remedy = f"try {closest(key, there)}" if there else "the modality has none"
        raise ValueError(f"{what}: expected {expected}, found {key!r}; {remedy}")
