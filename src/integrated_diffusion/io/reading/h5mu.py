"""Views in a MuData file (`.h5mu`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.frames import index_names, texts
from integrated_diffusion.io.hdf5 import contents
from integrated_diffusion.io.reading.anndata_group import places_inside, read_view
from integrated_diffusion.io.reading.view_file import StoredView
from integrated_diffusion.io.unusable import other_cells, warn_of_empty


@dataclass(frozen=True)
class H5mu:
    """A MuData file: one view a modality. Places are `rna:X`, `rna:layers/counts`, `rna:obsm/X_pca`.

    Coordinates of the whole MuData are at `obsm/X_joint`.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path
    format = "h5mu"

    def places(self) -> list[str]:
        """Return the matrices of every modality, and the coordinates of the whole."""
        with opened_hdf5(self.path) as file:
            check_mudata_file(file, self.path)
            own = [f"{name}:{inside}" for name in modalities(file) for inside in places_inside(file["mod"][name])]
            masks = set(file["mod"])  # in `obsm`, which cells each modality has
            return own + [f"obsm/{key}" for key in file.get("obsm", ()) if key not in masks]

    def default(self) -> list[str]:
        """Return every modality's `X`; modalities without features, such as those of receptors, are left out."""
        with opened_hdf5(self.path) as file:
            check_mudata_file(file, self.path)
            inside = {name: places_inside(file["mod"][name]) for name in modalities(file)}
            bare = [name for name, places in inside.items() if "X" not in places]
            found = [name for name in bare if inside[name] and n_features(file["mod"][name])]
            if found:
                places = ", ".join(f"{name}:{place}" for name in found for place in inside[name])
                raise ValueError(
                    f"{self.path}: expected measured values in X of '{found[0]}', found none; name a view by --view, "
                    f"there are {places}"
                )
            empty = [name for name in inside if name in bare or not n_features(file["mod"][name])]
            warn_of_empty(empty)
            return [f"{name}:X" for name in inside if name not in empty]

    def sample_names(self) -> list[str]:
        """Return the samples in the order of the whole MuData, which a modality may order differently."""
        with opened_hdf5(self.path) as file:
            check_mudata_file(file, self.path)
            return index_names(file["obs"])

    def read(self, place: str) -> StoredView:
        """Read one matrix of one modality, or coordinates of the whole."""
        name, _, inside = place.rpartition(":")  # a modality may have a colon in its name
        with opened_hdf5(self.path) as file:
            if is_of_the_whole(place):
                return read_view(file, place, Place(self.path, place))
            return read_view(file["mod"][name], inside, Place(self.path, f"mod/{name}/{inside}"))


def is_of_the_whole(place: str) -> bool:
    """Return whether a place is in `obsm` of a whole MuData rather than in a modality."""
    return place.startswith("obsm/")


def check_mudata_file(file: h5py.File, path: Path) -> None:
    """Raise `ValueError` unless a file holds a MuData."""
    if not {"mod", "obs"} <= file.keys():
        raise ValueError(
            f"{path}: expected a MuData file (with 'mod' and 'obs'), found {contents(file)}; "
            "name the file by its format, such as .h5ad"
        )
    if file.attrs.get("axis", 0) == 1:
        raise other_cells(str(path))
    nested = [name for name in file["mod"] if "mod" in file["mod"][name]]
    if nested:
        raise ValueError(
            f"{path}: expected an AnnData as modality '{nested[0]}', found a MuData; write the AnnData in it as "
            "modalities of their own"
        )


def n_features(group: h5py.Group) -> int:
    """Return the number of features of a modality."""
    return len(index_names(group["var"]))


def modalities(file: h5py.File) -> list[str]:
    """Return the names of a MuData's modalities in their order."""
    return in_order(file["mod"])


def in_order(group: Any) -> list[str]:
    """Return the names of the modalities in the group that holds them, of HDF5 or zarr, in the order of the MuData."""
    named = texts(group.attrs.get("mod-order", ()))
    return named if set(named) == set(group) else list(group)
