"""Denoised values into a copy of the measured file: one more layer beside those that were measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
from anndata.io import write_elem

from integrated_diffusion.io import keys
from integrated_diffusion.io.hdf5 import index_names
from integrated_diffusion.io.measured import Place
from integrated_diffusion.io.writing import place_for_values
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.writers import mapping_group
from integrated_diffusion.views.names import match_rows

LAYER = "integrated"
"""Name of the layer, next to the `X` that it was measured as."""


def write_layer(denoised: DenoisedView, place: Place, temporary: Path) -> None:
    """Copy the measured file and add the denoised values to the copy, rows in the order of the modality.

    Parameters
    ----------
    denoised
        The view and its blocks, all features.
    place
        Where it was measured: next to `X` or a layer they become `layers["integrated"]`, next to `obsm["X_pca"]`
        `obsm["X_pca_integrated"]`.
    temporary
        The copy.

    Raises
    ------
    ValueError
        If samples or features are others than those in the file.
    """
    shutil.copyfile(place.file, temporary)
    with h5py.File(temporary, "r+") as file:
        dataset, rows = _layer(file, denoised, place)
        for columns, block in denoised.in_order():
            dataset[:, columns] = block if rows is None else block[rows]
        owner, part, _ = _split(place.inside)
        if part == "layers":  # of which walk it is: the file may keep another one
            uns = mapping_group(file, f"{owner}/uns" if owner else "uns")
            write_elem(uns, keys.DENOISING, denoised.description)


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
    return place_for_values(layers, key, denoised.shape), rows


def _split(inside: str) -> tuple[str, str, str]:
    """`mod/rna/obsm/X_pca` to the modality's group, the part of it to write to, and the key there."""
    mod, name, rest = ["", "", inside] if not inside.startswith("mod/") else inside.split("/", 2)
    owner = f"{mod}/{name}" if mod else ""
    if rest.startswith("obsm/"):
        return owner, "obsm", f"{rest.removeprefix('obsm/')}_{LAYER}"
    return owner, "layers", LAYER
