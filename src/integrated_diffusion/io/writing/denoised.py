"""Denoised values to files, one block of columns after another, never a whole view in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.feature_kinds import split_view
from integrated_diffusion.io.foreign import stored_kind
from integrated_diffusion.io.writing.columns import write_columns
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.formats import ANNDATA_SUFFIXES, WRITERS
from integrated_diffusion.io.writing.layer import LayerWriter, ZarrLayerWriter
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.sparse_h5ad import SparseH5adWriter
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import ColumnBlocks, Writer
from integrated_diffusion.views.checks import check_positive


def check_denoised_output(
    output: str | Path, place: Place | None = None, inputs: Iterable[Path] = (), *, whole: bool = True
) -> Path:
    """Check that denoised values can be written, before the computation that leads to them.

    Parameters
    ----------
    output : str or pathlib.Path
        `.h5ad`, `.zarr`, `.npz`, `.npy`, `.csv`, `.tsv`; or `.h5mu` if the view was measured in a MuData.
    place : Place or None, default None
        Where the view was measured.
    inputs : iterable of pathlib.Path, default ()
        The files that all views were read from; none of them is replaced, but that of the view itself by its copy.
    whole : bool, default True
        Whether all features are written; some alone cannot become a layer beside those that were measured.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    FileNotFoundError, PermissionError, ValueError
        If its folder does not exist or cannot be written to, its suffix is another, or it would replace measured
        values. All of them are ValueErrors.
    """
    output = Path(output)
    is_mudata = place is not None and whole and stored_kind(place.file) == ".h5mu"
    containers = [".h5mu"] if is_mudata else []
    check_output(output, [*containers, *WRITERS])
    measured = {path.resolve() for path in inputs} | ({place.file.resolve()} if place is not None else set())
    if place is not None and _is_copy(output, place, whole):
        measured.discard(place.file.resolve())
    if output.resolve() in measured:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, whose values would be lost; "
            "choose another name"
        )
    return output


def write_denoised(denoised: DenoisedView, output: str | Path) -> Path:
    """Write denoised values block by block, in float32, in the form that the output's suffix names.

    A `.npz` holds `values`, `sample_names` and `feature_names`. The whole view in the format that it was measured in,
    `.h5ad` or a MuData (`.h5mu`, `.zarr`), is a copy of what was measured with one more layer, `integrated`
    (`obsm["..._integrated"]` for a view out of `obsm`). Any other `.h5ad` or `.zarr` is an AnnData of the denoised
    values alone; that and a `.npy` can be resumed if writing is stopped.

    Parameters
    ----------
    denoised : DenoisedView
        The view and its blocks.
    output : str or pathlib.Path
        As in `check_denoised_output`.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ValueError
        If the blocks do not cover the view, or the output cannot be written; nothing is left of it then.
    """
    output, place = check_denoised_output(output, denoised.place, whole=denoised.whole), denoised.place
    layer: Writer | None = None
    if place is not None and _is_copy(output, place, denoised.whole):
        layer = ZarrLayerWriter(place) if output.suffix.lower() == ".zarr" else LayerWriter(place)
    return write_columns(denoised.blocks, denoised.tables, output, layer)


def write_anndata(columns: ColumnBlocks, tables: Tables, output: str | Path, threshold: float | None = None) -> Path:
    """Write denoised values to an `.h5ad` or `.zarr`, block by block: `X`, with annotations of samples and features.

    Parameters
    ----------
    columns : ColumnBlocks
        The values.
    tables : Tables
        Annotations of samples and features.
    output : str or pathlib.Path
        The file, `.h5ad`, or, if it is dense, `.zarr`.
    threshold : float or None, default None
        Values whose absolute value is smaller are left out, and `X` is sparse, by columns; dense unless given.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If the threshold is not a finite number above zero, or the file cannot be written; nothing is left of it then.
    """
    output = check_output(Path(output), suffixes(threshold))
    if threshold is None:
        return write_columns(columns, tables, output)
    check_positive(threshold, "threshold")
    return write_columns(columns, tables, output, SparseH5adWriter(threshold))


def suffixes(threshold: float | None = None) -> list[str]:
    """Suffixes that `write_anndata` takes with a given threshold."""
    return list(ANNDATA_SUFFIXES) if threshold is None else [".h5ad"]


def _is_copy(output: Path, place: Place, whole: bool) -> bool:
    """Whether the output is a copy of the measured file with the denoised values in it."""
    is_part = split_view(place.inside) != place.inside or place.inside.endswith("raw/X")  # has features of its own
    suffix, measured = output.suffix.lower(), place.file.suffix.lower()
    same = suffix in (".h5mu", measured) if stored_kind(place.file) == ".h5mu" else suffix == measured == ".h5ad"
    return whole and not is_part and same
