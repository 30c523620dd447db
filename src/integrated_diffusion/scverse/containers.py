"""MuData from a mapping of AnnData, with the same cells in every modality."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import mudata
import numpy as np
import pandas as pd
from anndata import AnnData

from integrated_diffusion.io.feature_kinds import columns_by_view
from integrated_diffusion.io.mudata_settings import own_columns
from integrated_diffusion.io.unusable import other_cells
from integrated_diffusion.io.writing.assemble import check_modality_names, joined
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.missing import DROP, KEEP, REFUSE, check_missing
from integrated_diffusion.views.names import alike, check_unique


class MissingCellsWarning(UserWarning):
    """Cells that a modality lacks were left out."""


def as_mudata(data: Any, missing: str = DROP, views: Collection[str] | None = None) -> mudata.MuData:
    """Return a MuData of several modalities, in which every modality has every cell unless missing ones are kept.

    Parameters
    ----------
    data : mudata.MuData, mapping of str to anndata.AnnData, or anndata.AnnData
        The order of cells may differ between modalities. The AnnData of a mapping are not copied: they become the
        modalities of the MuData. One AnnData is split by `var["feature_types"]`, if it has several kinds of features.
    missing : {"keep", "drop", "refuse"}, default "drop"
        What to do with cells that a modality lacks: keep them, leave them out with a warning, or raise an error.
    views : collection of str or None, default None
        Modalities that are looked at, all unless given. Cells that none of them has are left out with a warning.

    Returns
    -------
    mudata.MuData
        `data` itself if it is a MuData in which every modality has every cell, else a new one.

    Raises
    ------
    TypeError
        If `data` is neither, or a modality is no AnnData.
    ValueError
        If there are fewer than two modalities, a modality's name has a slash, names of cells repeat, or no cell is in
        every modality; with `missing="refuse"`, if any cell is not.
    """
    missing = REFUSE if missing == "error" else missing  # its name in version 0.2
    check_missing(missing)
    mdata = data if isinstance(data, mudata.MuData) else _from_mapping(data)
    if mdata.axis == 1:
        raise other_cells("MuData")
    if len(mdata.mod) < 2:
        raise ValueError(
            f"expected at least two modalities of the same cells, found {len(mdata.mod)} "
            f"({', '.join(map(repr, mdata.mod)) or 'none'}); add another measurement of the same cells"
        )
    check_modality_names(list(mdata.mod))
    for name, modality in mdata.mod.items():
        if not isinstance(modality, AnnData):
            raise TypeError(
                f"expected an AnnData as modality '{name}', found {type(modality).__name__}; give the AnnData in it"
            )
        check_unique(list(map(str, modality.obs_names)), f"'{name}'")
        renamed = modality.obs_names[~modality.obs_names.isin(mdata.obs_names)]
        if len(renamed):
            raise ValueError(
                f"expected the cells of '{name}' among those of the MuData, found {len(renamed):,} others (first "
                f"'{renamed[0]}'); call update() on the MuData after its modalities were changed"
            )
    if views is not None:
        check_known(list(views), tuple(mdata.mod), "views")
    return _with_all_cells(mdata, missing, [name for name in mdata.mod if views is None or name in views])


def rows_of(mdata: mudata.MuData, modality: str) -> np.ndarray | None:
    """Return the rows of a modality in the order of the MuData; `None` if it has every cell in that order already."""
    whole, own = (list(map(str, names)) for names in (mdata.obs_names, mdata[modality].obs_names))
    if whole == own:
        return None
    rows = pd.Index(own).get_indexer(pd.Index(whole))
    return np.asarray(rows[rows >= 0], dtype=np.intp)


def cells_of(mdata: mudata.MuData, modality: str) -> np.ndarray:
    """Return which cells of the MuData a modality has, `(n_obs,)`."""
    return np.asarray(pd.Index(mdata.obs_names).isin(mdata[modality].obs_names))


def all_columns(data: mudata.MuData) -> pd.DataFrame:
    """Columns of the MuData and, as `modality:column`, of its modalities; rows in the order of the MuData."""
    own = [cells.obs.add_prefix(f"{name}:").reindex(data.obs_names) for name, cells in data.mod.items()]
    every = pd.concat([data.obs, *own], axis=1)
    return every.loc[:, ~every.columns.duplicated()]


def _by_kind(cells: AnnData) -> dict[str, AnnData]:
    """Split an AnnData by the kinds of its features, each named as the view of this kind in a file is."""
    kinds = cells.var["feature_types"].astype(str) if "feature_types" in cells.var else []
    found = columns_by_view(list(kinds))
    if len(found) < 2:
        raise TypeError(
            "expected a MuData or a mapping from name (text) to AnnData, found one AnnData without several kinds of "
            "features in var['feature_types']; write for instance {'rna': adata, 'prot': another}"
        )
    return {name: cells[:, columns].copy() for name, columns in found.items()}


def _from_mapping(data: Any) -> mudata.MuData:
    data = _by_kind(data) if isinstance(data, AnnData) else data
    if not isinstance(data, Mapping) or not all(
        isinstance(name, str) and isinstance(cells, AnnData) for name, cells in data.items()
    ):
        found = (
            {name: type(cells).__name__ for name, cells in data.items()} if isinstance(data, Mapping) else type(data)
        )
        raise TypeError(
            f"expected a MuData or a mapping from name (text) to AnnData, found {found}; write for instance "
            "{'rna': adata, 'atac': another}"
        )
    data = {name: _read(cells) for name, cells in data.items()}
    for name, cells in data.items():
        check_unique(list(map(str, cells.obs_names)), f"'{name}'")
    return joined(data)


def _read(cells: AnnData) -> AnnData:
    """The AnnData itself, but one that was opened lazily is read, since its tables are no data frames."""
    return cells if isinstance(cells.obs, pd.DataFrame) else cells.to_memory()


def _with_all_cells(mdata: mudata.MuData, missing: str, views: Sequence[str]) -> mudata.MuData:
    names = pd.Index(mdata.obs_names)
    lacking = {name: ~names.isin(mdata[name].obs_names) for name in views}
    common, measured = ~np.logical_or.reduce(list(lacking.values())), ~np.logical_and.reduce(list(lacking.values()))
    found = ", ".join(
        f"{(lacks & measured).sum():,} of {measured.sum():,} cells missing in '{name}' (first "
        f"'{names[lacks & measured][0]}')"
        for name, lacks in lacking.items()
        if (lacks & measured).any()
    )
    if found and not common.any() and missing != KEEP:
        raise ValueError(
            f"expected cells that every modality has, found none ({found}); "
            f"{alike(*(map(str, mdata[name].obs_names) for name in views[:2]))}"
        )
    if found and missing == REFUSE:
        raise ValueError(
            f'expected the same cells in every modality, found {found}; missing="keep" integrates all, "drop" leaves '
            "them out"
        )
    kept = measured if missing == KEEP else common
    if kept.all():
        return mdata
    left_out = [] if missing == KEEP or not found else [found]
    if not measured.all():
        nobodys = names[~measured]
        left_out.append(f"{len(nobodys):,} cells that none of {', '.join(map(repr, views))} has (first '{nobodys[0]}')")
    found = ", ".join(left_out)
    if mdata.isbacked:
        raise ValueError(
            f"expected the same cells in every modality of a file that is open, found {found}; read the file into "
            "memory, where they can be left out"
        )
    warnings.warn(
        f"{found}; they are left out, and {kept.sum():,} cells remain in a new MuData, which is returned",
        MissingCellsWarning,
        stacklevel=4,
    )
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mdata[kept].copy()
