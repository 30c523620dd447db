"""Measured views of any files as one MuData, for results that are to be kept beside them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import anndata
import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.io import keys
from integrated_diffusion.io.measured import Measured
from integrated_diffusion.io.mudata_settings import own_columns


def as_mudata(measured: Measured) -> mudata.MuData:
    """Return a MuData of measured views, cells in one order; a `.h5ad` comes whole, with all that is in it.

    Parameters
    ----------
    measured
        What was read.

    Returns
    -------
    mudata.MuData
        One modality a view. Names of features that repeat get a number; what they were is in `var["name"]`. A view out
        of `obsm` is a modality of these coordinates: what else its `.h5ad` measured was no part of it.

    Raises
    ------
    ValueError
        If the name of a view has a slash.
    """
    return joined({name: _modality(measured, name) for name in measured.views})


def joined(modalities: Mapping[str, anndata.AnnData]) -> mudata.MuData:
    """Return a MuData of modalities, whose own columns stay their own.

    Raises
    ------
    ValueError
        If the name of one has a slash.
    """
    check_modality_names(list(modalities))
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that views may share names of features is no matter
        return mudata.MuData(dict(modalities))


def check_modality_names(names: Sequence[str]) -> None:
    """Raise `ValueError` if the name of a modality has a slash, which HDF5 takes for a folder."""
    for name in map(str, names):
        if "/" in name:
            raise ValueError(
                f"expected names of modalities without '/', found {name!r}, which mudata writes but cannot read; "
                f"call it for instance {keys.plain(name)!r}"
            )


def _modality(measured: Measured, name: str) -> anndata.AnnData:
    place = measured.places[name]
    is_h5ad = place.file.suffix.lower() == ".h5ad"
    if is_h5ad and not place.inside.startswith("obsm/"):
        return anndata.read_h5ad(place.file)[measured.sample_names].copy()
    X = measured.views[name]
    found = measured.feature_names[name]
    var = pd.DataFrame({"name": found}, index=unique_names(found))
    if measured.feature_types[name] is not None:
        var["feature_types"] = pd.Categorical([measured.feature_types[name]] * len(var))
    values = X if isinstance(X, np.ndarray) else sp.csr_matrix(X)
    names = pd.Index(measured.sample_names)
    return anndata.AnnData(values, obs=_obs_of(place.file, names) if is_h5ad else pd.DataFrame(index=names), var=var)


def _obs_of(file: Path, names: pd.Index) -> pd.DataFrame:
    """What a `.h5ad` says of the samples, without its values."""
    whole = anndata.read_h5ad(file, backed="r")
    try:
        return whole.obs.loc[names].copy()
    finally:
        whole.file.close()


def unique_names(names: Sequence[str]) -> pd.Index:
    """Return names, each of which stands once: those that repeat get a number, as scanpy numbers them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a name looks like one of the numbered ones is no matter
        return anndata.utils.make_index_unique(pd.Index(names, dtype=str))
