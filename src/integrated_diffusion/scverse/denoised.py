"""Values averaged along the joint walk: into a layer, a data frame of chosen features, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.writing import Tables
from integrated_diffusion.io.writing.assemble import unique_names
from integrated_diffusion.io.writing.denoised import suffixes, write_anndata
from integrated_diffusion.io.writing.in_memory import gathered
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.scverse.checks import check_mudata
from integrated_diffusion.scverse.containers import all_columns
from integrated_diffusion.scverse.features import feature_columns, feature_names, views_of
from integrated_diffusion.scverse.sources import in_place, normalised, source_of
from integrated_diffusion.views.checks import check_count, check_known, check_positive


def denoise(
    data: mudata.MuData,
    view: str,
    features: Sequence[str] | None = None,
    power: int = 1,
    threshold: float | None = None,
    progress: Progress = silent,
) -> mudata.MuData:
    """Average a view's normalised values along the joint walk, `J^p X` (paper, eq. 4 and 7).

    All features become `layers["integrated"]` of the view's modality, which `uns["integrated_denoising"]` describes;
    chosen ones a data frame, `obsm["integrated_denoised"]`, which `uns["integrated_denoised"]` describes. Its other
    columns stay if they are of the same view and power; else it is made anew. In names of columns a slash, which files
    do not take, becomes an underscore, and names that repeat get a number.

    Parameters
    ----------
    data
        An integrated MuData.
    view
        Which view.
    features
        Names of features; all unless given.
    power
        How often the walk is repeated.
    threshold
        Values nearer to zero are left out, and the layer is sparse: nothing dense is ever larger than a block. Dense
        unless given. Chosen features are dense, with zeros there.
    progress
        Is told how many features are done.

    Returns
    -------
    mudata.MuData
        `data` itself.

    Raises
    ------
    TypeError, ValueError
        If nothing was integrated, there is no such view or feature (the closest names are told), or `threshold` or
        `power` make no sense.
    """
    blocks, columns = _denoised_blocks(data, view, features, power, threshold, progress)
    values = gathered(blocks, (data.n_obs, len(columns)), threshold)
    modality = source_of(data, view).modality
    cells, values = data[modality], in_place(data, modality, values)
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
    """Denoise a view into an `.h5ad` or `.zarr`, block by block, for results that do not fit into memory.

    Columns of `obs` are those of the MuData and, as `rna:batch`, of its modalities. What a stopped call has finished
    lies beside the output, and the same call goes on from there (without a threshold).

    Parameters
    ----------
    data, view, features, power, threshold, progress
        As in `denoise`.
    output
        The file, which appears whole or not at all; `anndata.read_h5ad(output, backed="r")` opens it. With a threshold
        an `.h5ad`.

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
    cells = data[source_of(data, view).modality]
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
    walk = stored_operator(data).operator ** power
    columns = feature_columns(data, view, features)
    return BlockedProduct(walk, normalised(data, view), columns, progress), columns


def _beside_others(frame: pd.DataFrame, there: Any) -> pd.DataFrame:
    if not isinstance(there, pd.DataFrame):
        return frame
    return pd.concat([there.drop(columns=frame.columns, errors="ignore"), frame], axis=1)


def _are_alike(found: Any, how: dict[str, Any]) -> bool:
    """Whether the columns that are there were made in the same way."""
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
