"""A layer in a copy of the measured file (`.h5mu`, `.h5ad`, MuData in `.zarr`), filled by columns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.foreign import as_hdf5
from integrated_diffusion.io.frames import index_names
from integrated_diffusion.io.writing.checked import write_checked
from integrated_diffusion.io.writing.h5ad import allocate_dense
from integrated_diffusion.io.writing.mapping import mapping_group
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import PutBlock
from integrated_diffusion.io.writing.zarr_store import hdf5_as_zarr
from integrated_diffusion.views.names import match_rows


@dataclass(frozen=True)
class LayerWriter:
    """A copy of the measured file with one more layer, rows in the order of the modality.

    Values that were measured as `X` or a layer become `layers["integrated"]`; those of `obsm["X_pca"]` become
    `obsm["X_pca_integrated"]`.

    Attributes
    ----------
    place : Place
        The measured matrix that the layer is added beside.
    """

    place: Place
    resumes = False
    value_bytes = 4

    def create(self, path: Path, tables: Tables) -> None:
        """Copy the measured file."""
        shutil.copyfile(as_hdf5(self.place.file), path)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the copy to write columns of the layer.

        Raises
        ------
        ValueError
            If samples or features differ from those in the file.
        """
        with h5py.File(path, "r+") as file:
            layer, rows = self._layer(file, tables)

            def put(columns: slice, block: np.ndarray) -> None:
                layer[:, columns] = block if rows is None else block[rows]

            yield put
            owner, part, _ = _split(self.place.inside)
            if part == "layers":  # the file may keep another integrated operator than the one that was applied
                uns = mapping_group(file, f"{owner}/uns" if owner else "uns")
                for key, element in tables.uns.items():
                    write_checked(uns, key, element)

    def _layer(self, file: h5py.File, tables: Tables) -> tuple[h5py.Dataset, np.ndarray | None]:
        """Return an empty layer beside the measured matrix, and the rows in that matrix's order."""
        owner, part, key = _split(self.place.inside)
        group = file[owner] if owner else file
        measured = index_names(group["obs"])
        rows = _rows(measured, tables.sample_names, str(self.place.file))
        n_found, n_expected = tables.shape[1], len(index_names(group["var"]))
        if part == "layers" and n_found != n_expected:
            raise ValueError(
                f"denoised values: expected all {n_expected} features for a layer, found {n_found}; "
                "denoise all features, or write the chosen ones to .npz or .csv"
            )
        layers = mapping_group(file, f"{owner}/{part}" if owner else part)
        if key in layers:
            del layers[key]
        return allocate_dense(layers, key, (len(measured), n_found)), rows


@dataclass(frozen=True)
class ZarrLayerWriter:
    """The same in `.zarr`: a `.h5mu` is filled and its content written into the folder.

    Attributes
    ----------
    place : Place
        As in `LayerWriter`.
    """

    place: Place
    resumes = False
    value_bytes = 8

    def create(self, path: Path, tables: Tables) -> None:
        """Copy the measured file."""
        LayerWriter(self.place).create(path.with_suffix(".h5mu"), tables)

    @contextmanager
    def filling(self, path: Path, tables: Tables) -> Iterator[PutBlock]:
        """Open the copy to write columns of the layer, and make the folder at the end."""
        filled = path.with_suffix(".h5mu")
        with LayerWriter(self.place).filling(filled, tables) as put:
            yield put
        hdf5_as_zarr(filled, path)
        filled.unlink()


def _rows(measured: list[str], denoised: list[str], file: str) -> np.ndarray | None:
    """Rows of the denoised values, which are of all samples, in the order of those that the file has measured."""
    place = {name: row for row, name in enumerate(denoised)}
    if len(measured) < len(denoised) and all(name in place for name in measured):
        return np.array([place[name] for name in measured], dtype=np.intp)
    return match_rows(measured, denoised, file, "the denoised values")


def _split(inside: str) -> tuple[str, str, str]:
    """`mod/rna/obsm/X_pca` to the modality's group, the part of it to write to, and the key there."""
    mod, name, rest = ["", "", inside] if not inside.startswith("mod/") else inside.split("/", 2)
    owner = f"{mod}/{name}" if mod else ""
    if rest.startswith("obsm/"):
        return owner, "obsm", f"{rest.removeprefix('obsm/')}_{keys.DENOISED_LAYER}"
    return owner, "layers", keys.DENOISED_LAYER
