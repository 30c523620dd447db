"""Denoised values: into a layer, a data frame of chosen features, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mudata
import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.reading.stored_description import reading_record
from integrated_diffusion.io.writing.assemble import unique_names
from integrated_diffusion.io.writing.denoised import suffixes, write_anndata
from integrated_diffusion.io.writing.denoised_view import smoothing_description
from integrated_diffusion.io.writing.in_memory import gathered
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.model.smoothing import Smoothing, counts_smoothing
from integrated_diffusion.model.stored_record import smoother_of
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.containers import all_columns, cells_of
from integrated_diffusion.scverse.feature_values import feature_columns, feature_names
from integrated_diffusion.scverse.inputs import input_of, views_of
from integrated_diffusion.scverse.measured_values import in_modality_order, measured_values
from integrated_diffusion.scverse.normalised_values import normalised
from integrated_diffusion.selection.smoothers import COUNTS, NORMALISED, Smoother, stored_smoother
from integrated_diffusion.views.checks import check_count, check_known, check_positive


def denoise(
    data: mudata.MuData,
    view: str,
    features: Sequence[str] | None = None,
    power: int | None = None,
    threshold: float | None = None,
    progress: Progress = silent,
    *,
    amount: float | str | None = None,
    scale: str = NORMALISED,
) -> mudata.MuData:
    """Denoise a modality: `(1 - a) X + a S X`, with its own smoother `S` and amount `a`.

    Where the steps were cross-validated, `tl.integrate` has selected operator, diffusion time and amount of each
    modality by held-out counts or features, and the record keeps them. Otherwise, or with a power, the normalised
    values are smoothed by the integrated operator, `J^p X` (paper, eq. 4 and 7).

    If all features are denoised, they become `layers["integrated"]` of the modality, and `uns["integrated_denoising"]`
    describes how. Chosen features become columns of the data frame `obsm["integrated_denoised"]`, and
    `uns["integrated_denoised"]` describes how. Columns that are already there stay if they were denoised in the same
    way, else the data frame is replaced. In names of columns an underscore replaces a slash, which files do not
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
    power : int or None, default None
        The exponent `p` of `J`; 1 unless given, if no smoother was selected.
    threshold : float or None, default None
        Values with a smaller absolute value become zero, and the layer is sparse, so that no dense array is larger than
        a block. Dense if `None`. Chosen features are dense in either case.
    progress : Progress, default silent
        Called with a stage, the number of features done and their number.
    amount : float, str or None, default None
        How much of the smoothed value is taken, from 0 (as measured) to 1, with `J^p`; or `'cross_validated'`: the
        selected smoother. Unless given: the selected smoother if there is one and no power is given, else 1.
    scale : str, default 'normalised'
        `'normalised'`, or `'counts'`: expected counts of each cell at its own depth, without logarithms.

    Returns
    -------
    mudata.MuData
        `data` itself.

    Raises
    ------
    TypeError, ValueError
        If the MuData is not integrated, there is no such modality or feature (the message names the closest ones), or
        `threshold`, `power`,
        `amount` or `scale` is out of range, or counts are asked for of a modality that has none.
    """
    how = _smoother(data, view, power, amount, scale)
    blocks, columns = _denoised_blocks(data, view, features, how, threshold, scale, progress)
    values = gathered(blocks, (data.n_obs, len(columns)), threshold)
    modality = input_of(data, view).modality
    if not cells_of(data, modality).all():
        data.obsm[keys.imputed(view)] = _for_all_cells(data, view, values, columns)
    cells, values = data[modality], in_modality_order(data, modality, values)
    if features is None:
        cells.layers[keys.DENOISED_LAYER] = values
        cells.uns[keys.DENOISING] = _described(view, how, scale, threshold)
    else:
        names = unique_names(list(map(keys.as_key, feature_names(data, view))))[columns]
        dense = values if isinstance(values, np.ndarray) else values.toarray()
        frame = pd.DataFrame(dense, index=cells.obs_names, columns=names)
        description = smoothing_description(view, how, scale)
        alike = _are_alike(cells.uns.get(keys.DENOISED_HOW), description)
        there = cells.obsm.get(keys.DENOISED_FEATURES) if alike else None
        cells.obsm[keys.DENOISED_FEATURES] = _beside_others(frame, there)
        cells.uns[keys.DENOISED_HOW] = description
    return data


def denoised_values(data: mudata.MuData, view: str, scale: str = NORMALISED) -> np.ndarray:
    """Return the denoised values of all features of a modality, as `denoise` computes them.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData.
    view : str
        The modality.
    scale : str, default 'normalised'
        As in `denoise`.

    Returns
    -------
    numpy.ndarray of shape (n_obs, n_vars)
        Cells in the order of the MuData.
    """
    how = _smoother(data, view, None, None, scale)
    blocks, columns = _denoised_blocks(data, view, None, how, None, scale, silent)
    return np.asarray(gathered(blocks, (data.n_obs, len(columns)), None))


def write_denoised(
    data: mudata.MuData,
    view: str,
    output: str | Path,
    features: Sequence[str] | None = None,
    power: int | None = None,
    threshold: float | None = None,
    progress: Progress = silent,
    *,
    amount: float | str | None = None,
    scale: str = NORMALISED,
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
    power : int or None, default None
        As in `denoise`.
    threshold : float or None, default None
        As in `denoise`.
    progress : Progress, default silent
        As in `denoise`.
    amount : float, str or None, default None
        As in `denoise`.
    scale : str, default 'normalised'
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
    smoother = _smoother(data, view, power, amount, scale)
    blocks, columns = _denoised_blocks(data, view, features, smoother, threshold, scale, progress)
    cells = data[input_of(data, view).modality]
    obs, var = all_columns(data), cells.var.iloc[columns]
    how = {keys.DENOISING: _described(view, smoother, scale, threshold)}
    return write_anndata(blocks, Tables(obs, var, how), output, threshold)


def _smoother(data: mudata.MuData, view: str, power: int | None, amount: float | str | None, scale: str) -> Smoother:
    check_mudata(data)
    check_known([view], views_of(data), "view")
    with reading_record("the MuData"):
        selected = smoother_of(data.uns.get(keys.RECORD, {}), view)
    smoother = stored_smoother(power, amount, scale, selected, view)
    check_count(smoother.t, "power")
    return smoother


def _denoised_blocks(
    data: mudata.MuData,
    view: str,
    features: Sequence[str] | None,
    smoother: Smoother,
    threshold: float | None,
    scale: str,
    progress: Progress,
) -> tuple[BlockedProduct, np.ndarray]:
    if threshold is not None:
        check_positive(threshold, "threshold")
    smoothing = smoothing_of(data, view, smoother, stored_operator(data), scale)
    columns = feature_columns(data, view, features)
    return BlockedProduct(smoothing.operator, smoothing.values, columns, progress), columns


def smoothing_of(
    data: mudata.MuData, view: str, smoother: Smoother, integrated: IntegratedOperator, scale: str
) -> Smoothing:
    """Return a smoother of a modality and the values that it is applied to, with a row for every cell.

    Parameters
    ----------
    data : mudata.MuData
        Its modalities may lack cells.
    view : str
        Name of a view of the integration.
    smoother : Smoother
        Its smoother.
    integrated : IntegratedOperator
        The integrated operator of the MuData.
    scale : str
        `'normalised'` or `'counts'`.

    Raises
    ------
    ValueError
        If counts are asked for of a modality that has none.
    """
    operator, source = smoother.of(view, integrated), input_of(data, view)
    if scale != COUNTS:
        return Smoothing(operator, normalised(data, view))
    X = measured_values(data, source.modality, source.layer)
    return counts_smoothing(operator, X, source.recipe, view, integrated.measured[view])


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
    """Whether stored columns were denoised in the same way; before 0.2 all were smoothed by a power of `J`."""
    if found is None:
        return False
    before = smoothing_description(how["view"], Smoother(t=how["power"]))
    return all(str({**before, **found}[key]) == str(value) for key, value in how.items())


def _described(view: str, smoother: Smoother, scale: str, threshold: float | None) -> dict[str, Any]:
    return {**smoothing_description(view, smoother, scale), "threshold": threshold or 0.0}


def _check_output(data: mudata.MuData, output: Path, threshold: float | None) -> None:
    check_output(output, suffixes(threshold))
    files = [found.filename for found in (data, *data.mod.values()) if found.isbacked]
    if output.resolve() in [Path(file).resolve() for file in files if file is not None]:
        raise ValueError(
            f"{output}: expected an output beside the data, found the file that holds them; choose another name"
        )
