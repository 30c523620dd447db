"""Measured views of any files as one MuData, for results that are to be kept beside them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import anndata
import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.io.measured import Measured


def as_mudata(measured: Measured) -> mudata.MuData:
    """Return a MuData of measured views, cells in one order; a `.h5ad` comes whole, with all that is in it.

    Parameters
    ----------
    measured
        What was read.

    Returns
    -------
    mudata.MuData
        One modality a view. Names of features that repeat get a number; what they were is in `var["name"]`.
    """
    return joined({name: _modality(measured, name) for name in measured.views})


def joined(modalities: Mapping[str, anndata.AnnData]) -> mudata.MuData:
    """Return a MuData of modalities, whose own columns stay their own."""
    with mudata.set_options(pull_on_update=False), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that views may share names of features is no matter
        return mudata.MuData(dict(modalities))


def _modality(measured: Measured, name: str) -> anndata.AnnData:
    place = measured.places[name]
    if place.file.suffix.lower() == ".h5ad":
        return anndata.read_h5ad(place.file)[measured.sample_names].copy()
    X = measured.views[name]
    found = measured.feature_names[name]
    var = pd.DataFrame({"name": found}, index=unique_names(found))
    if measured.feature_types[name] is not None:
        var["feature_types"] = pd.Categorical([measured.feature_types[name]] * len(var))
    values = X if isinstance(X, np.ndarray) else sp.csr_matrix(X)
    return anndata.AnnData(values, obs=pd.DataFrame(index=measured.sample_names), var=var)


def unique_names(names: Sequence[str]) -> pd.Index:
    """Return names, each of which stands once: those that repeat get a number, as scanpy numbers them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a name looks like one of the numbered ones is no matter
        return anndata.utils.make_index_unique(pd.Index(names, dtype=str))
