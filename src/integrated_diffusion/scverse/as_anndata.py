"""A MuData's results as one AnnData, with the values of a modality, for functions and programs that take an AnnData."""

from __future__ import annotations

import copy

import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata import AnnData

from integrated_diffusion.io import keys
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.containers import all_columns, rows_of
from integrated_diffusion.scverse.denoising import denoised_values
from integrated_diffusion.scverse.inputs import input_of
from integrated_diffusion.scverse.measured_values import stored_matrix
from integrated_diffusion.scverse.normalised_values import normalised
from integrated_diffusion.views.checks import check_choice, check_known

MEASURED, NORMALISED, DENOISED = "measured", "normalised", "denoised"
COUNTS = "counts"
"""Layer that holds what was measured, where `X` holds other values."""


def to_anndata(data: mudata.MuData, view: str | None = None, values: str = MEASURED) -> AnnData:
    """Return the integrated results of a MuData as one AnnData, for functions that take an AnnData.

    With `values="normalised"` or `"denoised"`, `scanpy.tl.rank_genes_groups`, `scanpy.pl.dotplot` and their like run on
    it, and the file that `write_h5ad` makes is what cellxgene and R read.

    Parameters
    ----------
    data : mudata.MuData
        Every modality has every cell.
    view : str or None, default None
        Modality whose features and annotations are included; none if `None`.
    values : {"measured", "normalised", "denoised"}, default "measured"
        Which of its values become `X`: those in its `X`; normalised by the recipe of the integration; or denoised, as
        `tl.denoise` does. What was measured is then in `layers["counts"]`, and `raw` is left out.

    Returns
    -------
    anndata.AnnData
        A copy, cells in the order of the MuData. Columns of `obs` of each modality are named as `rna:batch`. Where the
        MuData and the modality use the same key, the MuData's element is taken.

    Raises
    ------
    TypeError
        If `data` is no MuData.
    ValueError
        If there is no such modality, it lacks cells, or values are asked for without one.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.scverse import as_mudata
    >>> cells = {name: AnnData(np.ones((4, 2)), var={"name": [f"{name}1", f"{name}2"]}) for name in ("rna", "prot")}
    >>> mdata = as_mudata(cells)
    >>> mdata.obsm["X_integrated"] = np.zeros((4, 3))
    >>> cells = to_anndata(mdata, "rna")
    >>> cells.shape, list(cells.var), list(cells.obsm)
    ((4, 2), ['name'], ['X_integrated'])
    """
    check_mudata(data)
    check_known([] if view is None else [view], tuple(data.mod), "view")
    check_choice(values, (MEASURED, NORMALISED, DENOISED), "values")
    if view is None and values != MEASURED:
        raise ValueError(
            f"view: expected the modality whose {values} values are wanted, found none; write to_anndata(data, "
            f"'{next(iter(data.mod))}', '{values}')"
        )
    integrated = AnnData(obs=pd.DataFrame(index=pd.Index(data.obs_names))) if view is None else _whole(data, view)
    if view is not None and values != MEASURED:
        _put(integrated, data, view, values)
    integrated.obs = all_columns(data)
    for group in ("obsm", "obsp", "uns"):
        for key, element in getattr(data, group).items():
            if not (group == "obsm" and key in data.mod):  # where mudata keeps which cells a modality has
                getattr(integrated, group)[key] = copy.deepcopy(element)
    return integrated


def _put(cells: AnnData, data: mudata.MuData, view: str, values: str) -> None:
    """Make normalised or denoised values the `X` of a modality's copy, and keep what was measured in a layer."""
    source = input_of(data, view)
    measured = stored_matrix(cells, source.modality, source.layer)
    if values == DENOISED and keys.DENOISED_LAYER in cells.layers:
        found = cells.layers[keys.DENOISED_LAYER]
    else:
        found = denoised_values(data, view) if values == DENOISED else normalised(data, view)
    for layer in (keys.NORMALISED_LAYER, keys.DENOISED_LAYER):
        cells.layers.pop(layer, None)
    cells.raw = None
    cells.layers[COUNTS] = measured
    cells.X = sp.csr_matrix(found) if sp.issparse(found) else np.asarray(found)


def _whole(data: mudata.MuData, view: str) -> AnnData:
    cells, rows = data[view], rows_of(data, view)
    if rows is not None and len(rows) < data.n_obs:
        raise ValueError(
            f"expected every cell of the MuData in '{view}', found {len(rows):,} of {data.n_obs:,}; leave view out, or "
            "give the cells that every modality has, pp.align(data)"
        )
    whole = cells.to_memory() if cells.isbacked else cells.copy()
    return whole if rows is None else whole[rows].copy()
