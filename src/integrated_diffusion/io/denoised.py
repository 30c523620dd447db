"""Denoised values to files, one block of columns after another, never a whole view in memory."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import h5py
import numpy as np
import pandas as pd
from anndata.io import write_elem

from integrated_diffusion import keys
from integrated_diffusion.io.guards import check_output, replacing
from integrated_diffusion.io.hdf5 import index_names
from integrated_diffusion.io.measured import Place
from integrated_diffusion.io.writers import mapping_group
from integrated_diffusion.names import match_rows

LAYER = "integrated"
"""Name of the layer, next to the `X` that it was measured as."""

_TEXT_ROWS = 1_000  # rows of text at a time


@dataclass(frozen=True)
class DenoisedView:
    """Denoised values of one view, on their way to a file.

    Attributes
    ----------
    name
        Name of the view.
    sample_names, feature_names
        Names of its `n_samples` rows and `n_features` columns.
    blocks
        Columns and their values `(n_samples, n_columns)`, from the first column to the last; consumed once.
    place
        Where the view was measured, for output into a copy of that file.
    power
        How often the joint walk was applied.
    walk
        The joint walk, in words.
    """

    name: str
    sample_names: list[str]
    feature_names: list[str]
    blocks: Iterable[tuple[slice, np.ndarray]]
    place: Place | None = None
    power: int = 1
    walk: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return len(self.sample_names), len(self.feature_names)

    def in_order(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The blocks in float32, checked to cover every column once, in order.

        Raises
        ------
        ValueError
            If they do not.
        """
        n_samples, n_features = self.shape
        done = 0
        for columns, block in self.blocks:
            start, stop, _ = columns.indices(n_features)
            if start != done or block.shape != (n_samples, stop - start):
                raise ValueError(
                    f"denoised '{self.name}': expected columns from {done} on, {n_samples} rows each, found a block "
                    f"{block.shape} for columns {start} to {stop}; give all columns in order"
                )
            yield slice(start, stop), block.astype(np.float32, copy=False)
            done = stop
        if done != n_features:
            raise ValueError(
                f"denoised '{self.name}': expected {n_features} columns, found {done}; give all columns in order"
            )


def check_denoised_output(
    output: str | Path, place: Place | None = None, inputs: Iterable[Path] = (), *, whole: bool = True
) -> Path:
    """Check that denoised values can be written, before the work that leads to them.

    Parameters
    ----------
    output
        `.npz`, `.npy`, `.csv`, `.tsv`; or the suffix of the `.h5mu` or `.h5ad` that the view was measured in.
    place
        Where the view was measured.
    inputs
        The files that all views were read from; none of them is replaced, but that of the view itself by its copy.
    whole
        Whether all features are written; some alone cannot become a layer.

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
    container = place.file.suffix.lower() if place is not None else ""
    containers = [container] if container in (".h5mu", ".h5ad") else []
    check_output(output, [*(containers if whole else []), ".npz", ".npy", ".csv", ".tsv"])
    measured = {path.resolve() for path in inputs} | ({place.file.resolve()} if place is not None else set())
    if containers and place is not None:
        measured.discard(place.file.resolve())
    if output.resolve() in measured:
        raise ValueError(
            f"{output}: expected an output beside the input, found the input itself, whose values would be lost; "
            "choose another name"
        )
    return output


def write_denoised(denoised: DenoisedView, output: str | Path) -> Path:
    """Write denoised values block by block, in float32, in the form that the output's suffix names.

    A `.npz` holds `values`, `sample_names` and `feature_names`. A `.h5mu` or `.h5ad` is a copy of the measured file
    with one more layer, `integrated` (`obsm["..._integrated"]` for a view out of `obsm`).

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
    output = check_denoised_output(output, denoised.place)
    suffix = output.suffix.lower()
    with replacing(output) as temporary:
        if suffix == ".npy":
            with temporary.open("wb") as stream:
                _stream_npy(denoised, stream)
        elif suffix == ".npz":
            _write_npz(denoised, temporary)
        elif suffix in (".csv", ".tsv"):
            _write_text(denoised, temporary, "," if suffix == ".csv" else "\t")
        elif denoised.place is not None:
            _write_layer(denoised, denoised.place, temporary)
    return output


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


def _write_layer(denoised: DenoisedView, place: Place, temporary: Path) -> None:
    shutil.copyfile(place.file, temporary)
    with h5py.File(temporary, "r+") as file:
        dataset, rows = _layer(file, denoised, place)
        for columns, block in denoised.in_order():
            dataset[:, columns] = block if rows is None else block[rows]
        owner, part, _ = _split(place.inside)
        if part == "layers":  # of which walk it is: the file may keep another one
            how = {"view": denoised.name, "power": denoised.power, "threshold": 0.0, "walk": denoised.walk}
            write_elem(mapping_group(file, f"{owner}/uns" if owner else "uns"), keys.DENOISING, how)


def _layer(file: h5py.File, denoised: DenoisedView, place: Place) -> tuple[h5py.Dataset, np.ndarray | None]:
    """An empty layer next to the measured matrix, and the rows in that matrix's order."""
    owner, part, key = _split(place.inside)
    group = file[owner] if owner else file
    rows = match_rows(index_names(group["obs"]), denoised.sample_names, str(place.file), "the denoised values")
    n_features = len(index_names(group["var"]))
    if part == "layers" and denoised.shape[1] != n_features:
        raise ValueError(
            f"denoised '{denoised.name}': expected all {n_features} features for a layer, found {denoised.shape[1]}; "
            "denoise all features, or write the chosen ones to .npz or .csv"
        )
    layers = mapping_group(file, f"{owner}/{part}" if owner else part)
    if key in layers:
        del layers[key]
    dataset = layers.create_dataset(key, denoised.shape, dtype=np.float32, chunks=chunks(denoised.shape))
    dataset.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    return dataset, rows


def _split(inside: str) -> tuple[str, str, str]:
    """`mod/rna/obsm/X_pca` to the modality's group, the part of it to write to, and the key there."""
    mod, name, rest = ["", "", inside] if not inside.startswith("mod/") else inside.split("/", 2)
    owner = f"{mod}/{name}" if mod else ""
    if rest.startswith("obsm/"):
        return owner, "obsm", f"{rest.removeprefix('obsm/')}_{LAYER}"
    return owner, "layers", LAYER


def chunks(shape: tuple[int, int]) -> tuple[int, int]:
    """Narrow and long, about a megabyte: a block of columns fills whole chunks."""
    return max(1, min(shape[0], 4_096)), max(1, min(shape[1], 64))
