"""Measured values and coordinates of a modality, rows in the order of the MuData and back."""

from __future__ import annotations

import warnings
from typing import Any

import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.scverse.containers import rows_of
from integrated_diffusion.views.array_likes import in_memory
from integrated_diffusion.views.missing import MissingSamplesWarning, measured_rows
from integrated_diffusion.views.samples import spread
from integrated_diffusion.views.validation import View, as_array


def measured_view(mdata: mudata.MuData, modality: str, layer: str | None) -> tuple[View, np.ndarray]:
    """Return the measured values of a modality, and which cells they are of.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    modality : str
        Name of the modality.
    layer : str or None
        Layer that holds the values; `X` if `None`. `"raw"`, where no layer has this name: the values in `raw` of the
        features that `X` has.

    Returns
    -------
    X : numpy.ndarray or scipy.sparse.csr_array of shape (n_measured, n_vars)
        Rows in the order of the MuData; sparse if the values are.
    measured : numpy.ndarray of bool, shape (n_obs,)
        Which cells the modality has measured.

    Raises
    ------
    TypeError, ValueError
        If there is no such layer, or the values are no view (see `missing.measured_rows`).
    """
    cells = mdata[modality]
    X = stored_matrix(cells, modality, layer)
    if X is None:
        raise ValueError(f"expected measured values in X of '{modality}', found none; name a layer")
    X = in_memory(X[:] if cells.isbacked and not isinstance(X, np.ndarray) else X, modality)
    found, there = measured_rows(as_float(X), modality)
    return in_mudata_order(mdata, modality, found, there)


def stored_matrix(cells: AnnData, modality: str, layer: str | None) -> Any:
    """Return a matrix of a modality as it is stored, rows in its own order; see `measured_view`."""
    if layer is None:
        return cells.X
    there = [key for key in cells.layers if key is not None]
    if layer == "raw" and layer not in there and cells.raw is not None:
        lacking = [name for name in cells.var_names if name not in cells.raw.var_names]
        if lacking:
            raise ValueError(
                f"layers: expected in raw of '{modality}' every feature of X, found {len(lacking)} missing (first "
                f"'{lacking[0]}'); give raw.to_adata() as the modality"
            )
        return cells.raw[:, list(cells.var_names)].X
    _check_key(layer, there, "layers", f"a layer of '{modality}'")
    return cells.layers[layer]


def measured_values(mdata: mudata.MuData, modality: str, layer: str | None) -> View:
    """Return the measured values of a modality alone, `(n_measured, n_vars)`; see `measured_view`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingSamplesWarning)  # said when the data are integrated
        return measured_view(mdata, modality, layer)[0]


def in_mudata_order(
    mdata: mudata.MuData, modality: str, values: View, there: np.ndarray | None = None
) -> tuple[View, np.ndarray]:
    """Return rows of a modality in the order of the MuData, and which cells they are of.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    modality : str
        Name of the modality.
    values : array of shape (n_rows, n)
        Rows of the modality, in its own order.
    there : numpy.ndarray of bool, shape (n_own,), or None, default None
        Which of the modality's rows these are; all of them unless given.
    """
    places = pd.Index(mdata.obs_names).get_indexer(mdata[modality].obs_names)
    places = places if there is None else places[there]
    measured = np.zeros(mdata.n_obs, dtype=bool)
    measured[places] = True
    return (values if (np.diff(places) > 0).all() else values[np.argsort(places)]), measured


def coordinates(mdata: mudata.MuData, modality: str, key: str, measured: np.ndarray) -> View:
    """Return coordinates from `obsm` of a modality.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    modality, key : str
        Name of the modality and key of its `obsm`.
    measured : numpy.ndarray of bool, shape (n_obs,)
        Which cells the modality has measured.

    Returns
    -------
    numpy.ndarray of shape (n_measured, n_coordinates)
        Rows in the order of the MuData.

    Raises
    ------
    ValueError
        If there is no such key; the message names the closest ones.
    """
    _check_key(key, list(mdata[modality].obsm), "use_rep", f"a key of obsm of '{modality}'")
    return as_array(at_cells(mdata, modality, mdata[modality].obsm[key], measured), f"{modality}: {key}")


def at_cells(mdata: mudata.MuData, modality: str, values: Any, measured: np.ndarray) -> Any:
    """Return what a modality keeps of cells, `(n_own, n)`, at some cells of the MuData in its order.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    modality : str
        Name of the modality.
    values : array or data frame of shape (n_own, n)
        Rows in the order of the modality.
    measured : numpy.ndarray of bool, shape (n_obs,)
        Which cells, all of which the modality has.
    """
    if measured.all() and rows_of(mdata, modality) is None:
        return values
    rows = pd.Index(mdata[modality].obs_names).get_indexer(pd.Index(mdata.obs_names)[measured])
    return values.iloc[rows] if hasattr(values, "iloc") else values[rows]


def in_modality_order(mdata: mudata.MuData, modality: str, values: View, measured: np.ndarray | None = None) -> View:
    """Return values with rows in the order of the modality, as AnnData stores them (sparse ones as `csr_matrix`).

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    modality : str
        Name of the modality.
    values : numpy.ndarray or scipy.sparse.csr_array of shape (n_measured, n)
        Rows in the order of the MuData.
    measured : numpy.ndarray of bool, shape (n_obs,), or None, default None
        Which cells these are; all of them unless given.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_matrix of shape (n_own, n)
        Zero for cells of the modality that are not among these.
    """
    whole = values if measured is None or measured.all() else spread(values, measured)
    if rows_of(mdata, modality) is not None:
        whole = whole[pd.Index(mdata.obs_names).get_indexer(mdata[modality].obs_names)]
    return whole if isinstance(whole, np.ndarray) else sp.csr_matrix(whole)


def feature_type(mdata: mudata.MuData, modality: str) -> str | None:
    """`var["feature_types"]` of a modality if it is the same for all features, else `None`."""
    var = mdata[modality].var
    kinds = list(var["feature_types"].astype(str).unique()) if "feature_types" in var else []
    return str(kinds[0]) if len(kinds) == 1 else None


def _check_key(key: str, there: list[str], what: str, expected: str) -> None:
    if key not in there:
        remedy = f"try {closest(key, there)}" if there else "the modality has none"
        raise ValueError(f"{what}: expected {expected}, found {key!r}; {remedy}")
