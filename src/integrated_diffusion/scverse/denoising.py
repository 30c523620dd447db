"""Denoised values `J^p X`: into a layer, a data frame of chosen features, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.writing.assemble import unique_names
from integrated_diffusion.io.writing.denoised import suffixes, write_anndata
from integrated_diffusion.io.writing.in_memory import gathered
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.containers import all_columns, cells_of
from integrated_diffusion.scverse.feature_values import feature_columns, feature_names
from integrated_diffusion.scverse.inputs import input_of, views_of
from integrated_diffusion.scverse.measured_values import in_modality_order
from integrated_diffusion.scverse.normalised_values import normalised
from integrated_diffusion.views.checks import check_count, check_known, check_positive


def denoise(
    data: mudata.MuData,
    view: str,
    features: Sequence[str] | None = None,
    power: int = 1,
    threshold: float | None = None,
    progress: Progress = silent,
) -> mudata.MuData:
    """Denoise a modality: apply the integrated operator `J` to its normalised values `X`, `J^p X` (paper, eq. 4 and 7).

    If all features are denoised, they become `layers["integrated"]` of the modality, and `uns["integrated_denoising"]`
    describes how. Chosen features become columns of the data frame `obsm["integrated_denoised"]`, and
    `uns["integrated_denoised"]` describes how. Columns that are already there stay if they are of the same modality and
    power, else the data frame is replaced. In names of columns an underscore replaces a slash, which files do not
    allow, and repeated names are numbered.

    Where the modality lacks cells, values of those that it has measured are averaged, `J^p (w X) / J^p w`, and
    `obsm["integrated_imputed_MODALITY"]` of the MuData has the denoised values of all cells, a data frame (a sparse
    matrix with a threshold).

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    view : str
        The modality.
    features : sequence of str or None, default None
        Names of features; all of them if `None`.
    power : int, default 1
        The exponent `p` of `J`.
    threshold : float or None, default None
        Values with a smaller absolute value become zero, and the layer is sparse, so that no dense array is larger than
        a block. Dense if `None`. Chosen features are dense in either case.
    progress : Progress, default silent
        Called with a stage, the number of features done and their number.

    Returns
    -------
    mudata.MuData
        `data` itself.

    Raises
    ------
    TypeError, ValueError
        If the MuData is not integrated, there is no such modality or feature (the message names the closest ones), or
        `threshold` or `power` is not positive.
    """
    blocks, columns = _denoised_blocks(data, view, features, power, threshold, progress)
    values = gathered(blocks, (data.n_obs, len(columns)), threshold)
    modality = input_of(data, view).modality
    if not cells_of(data, modality).all():
        data.obsm[keys.imputed(view)] = _for_all_cells(data, view, values, columns)
    cells, values = data[modality], in_modality_order(data, modality, values)
    if features is None:
        cells.layers[keys.DENOISED_LAYER] = values
        cells.uns[keys.DENOISING] = _described(view, power, threshold)
    else:
        names = unique_names(list(map(keys.as_key, feature_names(data, view))))[columns]
        dense = values if isinstance(values, np.ndarray) else values.toarray()
        frame = pd.DataFrame(dense, index=cells.obs_names, columns=names)
        how = {"view": view, "power": power}
        alike = _are_alike(cells.uns.get(keys.DENOISED_HOW), how)
        there = cells.obsm.get(keys.DENOISED_FEATURES) if alike else None
        cells.obsm[keys.DENOISED_FEATURES] = _beside_others(frame, there)
        cells.uns[keys.DENOISED_HOW] = how
    return data


def write_denoised(
    data: mudata.MuData,
    view: str,
    output: str | Path,
    features: Sequence[str] | None = None,
    power: int = 1,
    threshold: float | None = None,
    progress: Progress = silent,
) -> Path:
    """Denoise a modality into an `.h5ad` or `.zarr` file, block by block, for results that do not fit into memory.

    Columns of `obs` are those of the MuData and, as `rna:batch`, those of its modalities. Blocks that an interrupted
    call has finished are stored beside the output, and the same call continues from there (without a threshold).

    Parameters
    ----------
    data : mudata.MuData
        As in `denoise`.
    view : str
        As in `denoise`.
    features : sequence of str or None, default None
        As in `denoise`.
    power : int, default 1
        As in `denoise`.
    threshold : float or None, default None
        As in `denoise`.
    progress : Progress, default silent
        As in `denoise`.
    output : str or pathlib.Path
        The file, `.h5ad` or `.zarr`, with a threshold `.h5ad`. It appears complete or not at all;
        `anndata.read_h5ad(output, backed="r")` opens it.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    TypeError, ValueError
        As in `denoise`, and if the file cannot be written or `data` is backed by it.
    """
    check_mudata(data)
    _check_output(data, Path(output), threshold)
    blocks, columns = _denoised_blocks(data, view, features, power, threshold, progress)
    cells = data[input_of(data, view).modality]
    obs, var = all_columns(data), cells.var.iloc[columns]
    how = {keys.DENOISING: _described(view, power, threshold)}
    return write_anndata(blocks, Tables(obs, var, how), output, threshold)


def _denoised_blocks(
    data: mudata.MuData,
    view: str,
    features: Sequence[str] | None,
    power: int,
    threshold: float | None,
    progress: Progress,
) -> tuple[BlockedProduct, np.ndarray]:
    check_mudata(data)
    check_count(power, "power")
    if threshold is not None:
        check_positive(threshold, "threshold")
    check_known([view], views_of(data), "view")
    operator = stored_operator(data).denoiser(view, power)
    columns = feature_columns(data, view, features)
    return BlockedProduct(operator, normalised(data, view), columns, progress), columns


def _for_all_cells(data: mudata.MuData, view: str, values: Any, columns: np.ndarray) -> Any:
    """Denoised values of all cells, as a data frame unless they are sparse."""
    if not isinstance(values, np.ndarray):
        return sp.csr_matrix(values)
    names = unique_names(list(map(keys.as_key, feature_names(data, view))))[columns]
    return pd.DataFrame(values, index=data.obs_names, columns=names)


def _beside_others(frame: pd.DataFrame, there: Any) -> pd.DataFrame:
    if not isinstance(there, pd.DataFrame):
        return frame
    return pd.concat([there.drop(columns=frame.columns, errors="ignore"), frame], axis=1)


def _are_alike(found: Any, how: dict[str, Any]) -> bool:
    """Whether stored columns are of the same modality and power."""
    return found is not None and (str(found["view"]), int(found["power"])) == (how["view"], how["power"])


def _described(view: str, power: int, threshold: float | None) -> dict[str, Any]:
    return {"view": view, "power": power, "threshold": threshold or 0.0}


def _check_output(data: mudata.MuData, output: Path, threshold: float | None) -> None:
    check_output(output, suffixes(threshold))
    files = [found.filename for found in (data, *data.mod.values()) if found.isbacked]
    if output.resolve() in [Path(file).resolve() for file in files if file is not None]:
        raise ValueError(
            f"{output}: expected an output beside the data, found the file that holds them; choose another name"
        )
