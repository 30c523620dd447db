"""Views of any files as one MuData, in which results can be kept beside them."""

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
from integrated_diffusion.io.dataset import Dataset
from integrated_diffusion.io.elements import check_element
from integrated_diffusion.io.feature_kinds import columns_by_view, split_view, view_of
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.foreign import as_hdf5, stored_kind
from integrated_diffusion.io.mudata_settings import own_columns


def as_mudata(dataset: Dataset) -> mudata.MuData:
    """Return a MuData of measured views, cells in one order; of a `.h5ad` everything in it is kept.

    Parameters
    ----------
    dataset : Dataset
        What was read.

    Returns
    -------
    mudata.MuData
        One modality a view. Names of features that repeat get a number; the original names are in `var["name"]`. A view
        out of `obsm` is a modality of these coordinates alone, without the features of its `.h5ad`.

    Raises
    ------
    ValueError
        If the name of a view has a slash.
    """
    return in_order(joined({name: modality_of(dataset, name) for name in dataset.views}), dataset.sample_names)


def in_order(mdata: mudata.MuData, names: Sequence[str]) -> mudata.MuData:
    """Return a MuData with its samples in an order, some left out if they are not named; itself if they are in it."""
    if list(map(str, mdata.obs_names)) == list(names):
        return mdata
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mdata[list(names)].copy()


def joined(modalities: Mapping[str, anndata.AnnData]) -> mudata.MuData:
    """Return a MuData of modalities; their columns of `obs` and `var` are not copied to the whole.

    Parameters
    ----------
    modalities : mapping of str to anndata.AnnData
        Modalities by name.

    Raises
    ------
    ValueError
        If the name of one has a slash.
    """
    check_modality_names(list(modalities))
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # views may share names of features
        return mudata.MuData(dict(modalities))


def check_modality_names(names: Sequence[str]) -> None:
    """Raise `ValueError` if the name of a modality has a slash, which separates groups in HDF5."""
    for name in map(str, names):
        if "/" in name:
            raise ValueError(
                f"expected names of modalities without '/', found {name!r}, which mudata writes but cannot read; "
                f"name it for instance {keys.as_key(name)!r}"
            )


def modality_of(dataset: Dataset, name: str) -> anndata.AnnData:
    """Return a view as a modality: of a `.h5ad` with everything in it, else its values and names.

    Parameters
    ----------
    dataset : Dataset
        What was read.
    name : str
        Name of the view.
    """
    place = dataset.places[name]
    is_h5ad = stored_kind(place.file) == ".h5ad"
    if is_h5ad and not place.inside.startswith("obsm/"):
        with opened_hdf5(place.file) as file:
            check_element(file)
        cells = _part(anndata.read_h5ad(as_hdf5(place.file)), place.inside, dataset, name)
        return cells[:, dataset.kept[name]].copy() if name in dataset.kept else cells
    X = dataset.views[name]
    found = dataset.feature_names[name]
    var = pd.DataFrame({"name": found}, index=unique_names(found))
    for key, others in dataset.annotations.get(name, {}).items():
        var[key] = others
    if dataset.feature_types[name] is not None:
        var["feature_types"] = pd.Categorical([dataset.feature_types[name]] * len(var))
    values = X if isinstance(X, np.ndarray) else sp.csr_matrix(X)
    names = pd.Index(dataset.names_in(name))
    return anndata.AnnData(values, obs=_obs_of(place.file, names) if is_h5ad else pd.DataFrame(index=names), var=var)


def _part(whole: anndata.AnnData, inside: str, dataset: Dataset, name: str) -> anndata.AnnData:
    """Measured samples of an AnnData, with all of it, the features of one kind, or those of `raw`."""
    cells = whole[dataset.names_in(name)]
    if inside == "raw/X":
        return cells.raw.to_adata()
    if split_view(inside) != inside:
        kinds = [str(kind) for kind in whole.var["feature_types"]]
        return cells[:, columns_by_view(kinds)[view_of(inside.partition(":")[2])]].copy()
    return cells.copy()


def _obs_of(file: Path, names: pd.Index) -> pd.DataFrame:
    """Annotations of the samples in a `.h5ad`, read without its values."""
    whole = anndata.read_h5ad(as_hdf5(file), backed="r")
    try:
        return whole.obs.loc[names].copy()
    finally:
        whole.file.close()


def unique_names(names: Sequence[str]) -> pd.Index:
    """Return names that are all different: those that repeat get a number, as scanpy numbers them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name may look like a numbered one
        return anndata.utils.make_index_unique(pd.Index(names, dtype=str))
