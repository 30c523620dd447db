"""Denoised values to files, one block of columns after another, never a whole view in memory."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from anndata.io import write_elem

from integrated_diffusion.io import keys
from integrated_diffusion.io.measured import Place
from integrated_diffusion.io.writing import STORES, Names, TextWriter, write_columns
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.layer import write_layer
from integrated_diffusion.io.writing.outputs import check_output, replacing

_TEXT_ROWS = 1_000  # rows of text at a time


def check_denoised_output(
    output: str | Path, place: Place | None = None, inputs: Iterable[Path] = (), *, whole: bool = True
) -> Path:
    """Check that denoised values can be written, before the work that leads to them.

    Parameters
    ----------
    output
        `.h5ad`, `.zarr`, `.npz`, `.npy`, `.csv`, `.tsv`; or `.h5mu` if the view was measured in one.
    place
        Where the view was measured.
    inputs
        The files that all views were read from; none of them is replaced, but that of the view itself by its copy.
    whole
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
    container = place.file.suffix.lower() if place is not None and whole else ""
    containers = [".h5mu"] if container == ".h5mu" else []
    check_output(output, [*containers, *STORES, ".npz", ".npy", ".csv", ".tsv"])
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
    `.h5mu` or `.h5ad`, is a copy of the measured file with one more layer, `integrated` (`obsm["..._integrated"]` for a
    view out of `obsm`). Any other `.h5ad` or `.zarr` is an AnnData of the denoised values alone, and if writing it is
    stopped, it goes on from there the next time.

    Parameters
    ----------
    denoised
        The view and its blocks.
    output
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
    output = check_denoised_output(output, denoised.place, whole=denoised.whole)
    suffix = output.suffix.lower()
    place = denoised.place if denoised.place is not None and _is_copy(output, denoised.place, denoised.whole) else None
    if place is None and suffix in STORES:
        return write_columns(denoised, _Described(denoised), output)
    with replacing(output) as temporary:
        if suffix == ".npy":
            with temporary.open("wb") as stream:
                _stream_npy(denoised, stream)
        elif suffix == ".npz":
            _write_npz(denoised, temporary)
        elif suffix in (".csv", ".tsv"):
            _write_text(denoised, temporary, "," if suffix == ".csv" else "\t")
        elif place is not None:
            write_layer(denoised, place, temporary)
    return output


def _is_copy(output: Path, place: Place, whole: bool) -> bool:
    """Whether the output is a copy of the measured file with the denoised values in it."""
    return whole and output.suffix.lower() == place.file.suffix.lower() in (".h5mu", ".h5ad")


@dataclass(frozen=True)
class _Described:
    """Names, and how the values were made, for `stores.write_columns`."""

    view: DenoisedView

    @property
    def _names(self) -> Names:
        return Names(self.view.sample_names, self.view.feature_names)

    def write(self, root: Any, texts: TextWriter) -> None:
        self._names.write(root, texts)
        write_elem(root["uns"], keys.DENOISING, self.view.description)

    def fingerprint(self) -> str:
        return f"{self._names.fingerprint()} {self.view.description}"


def _stream_npy(denoised: DenoisedView, stream: IO[bytes]) -> None:
    """Columns one after another: what numpy calls Fortran order, so that no block waits for the next."""
    header = {"descr": "<f4", "fortran_order": True, "shape": denoised.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    for _, block in denoised.in_order():
        stream.write(np.ascontiguousarray(block.T, dtype="<f4").data)


def _write_npz(denoised: DenoisedView, temporary: Path) -> None:
    names = {"sample_names": denoised.sample_names, "feature_names": denoised.feature_names}
    with zipfile.ZipFile(temporary, "w") as archive:
        with archive.open("values.npy", "w", force_zip64=True) as stream:
            _stream_npy(denoised, stream)
        for key, texts in names.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.array(texts, dtype=np.str_), allow_pickle=False)


def _write_text(denoised: DenoisedView, temporary: Path, separator: str) -> None:
    """A table is written by rows, so the columns wait for each other on disk."""
    with tempfile.NamedTemporaryFile(dir=temporary.parent, prefix=f"{temporary.name}.") as waiting:
        _stream_npy(denoised, waiting)
        waiting.flush()
        values = np.load(waiting.name, mmap_mode="r")
        for start in range(0, denoised.shape[0], _TEXT_ROWS):
            rows = slice(start, start + _TEXT_ROWS)
            frame = pd.DataFrame(values[rows], denoised.sample_names[rows], denoised.feature_names)
            frame.to_csv(temporary, sep=separator, mode="a", header=start == 0, index_label="sample")
