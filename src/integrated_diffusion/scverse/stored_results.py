"""Results of an integration in a MuData, in place of those of an earlier one."""

from __future__ import annotations

import warnings

import mudata
from anndata import AnnData, ImplicitModificationWarning

from integrated_diffusion.io import Results, keys
from integrated_diffusion.io.writing.mudata_elements import mudata_elements, outdated


def store(mdata: mudata.MuData, results: Results) -> None:
    """Store results in a MuData, and remove everything that holds only for an earlier integration.

    Parameters
    ----------
    mdata : mudata.MuData
        Changed in place.
    results : Results
        What the integration found.
    """
    for group, found in mudata_elements(results, mdata.obs_names).items():
        for key in filter(keys.is_of_one_operator, list(getattr(mdata, group))):
            del getattr(mdata, group)[key]
        for key, element in found.items():
            getattr(mdata, group)[key] = element
    read = {str(view["inside"]) for view in results.record["views"].values()}
    for name, cells in mdata.mod.items():
        for group, key in outdated(name, cells.uns, read):
            _drop(cells, group, key)


def _drop(cells: AnnData, group: str, key: str) -> None:
    if key not in getattr(cells, group):
        return
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ImplicitModificationWarning
        )  # a view of an AnnData becomes an AnnData of its own
        del getattr(cells, group)[key]
