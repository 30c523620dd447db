"""A view in an AnnData file (`.h5ad`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.frames import index_names
from integrated_diffusion.io.hdf5 import contents
from integrated_diffusion.io.reading.anndata_group import kinds_inside, places_inside, read_kind, read_view
from integrated_diffusion.io.reading.view_file import StoredView


@dataclass(frozen=True)
class H5ad:
    """An AnnData file: one view, named as the file is.

    Places are `FILE:X`, `FILE:layers/counts`, `FILE:raw/X`, `FILE:obsm/X_pca`. A file with features of several kinds in
    `var["feature_types"]` has a view of each, named as those of a 10x `.h5` are.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path
    format = "h5ad"

    def places(self) -> list[str]:
        """Return the matrices of the file."""
        with opened_hdf5(self.path) as file:
            if "mod" in file or not {"obs", "var"} <= file.keys():
                raise ValueError(
                    f"{self.path}: expected an AnnData file (with 'X', 'obs' and 'var'), found {contents(file)}; "
                    "name the file by its format, such as .h5mu"
                )
            return [f"{self.path.stem}:{inside}" for inside in places_inside(file)] + list(kinds_inside(file))

    def default(self) -> list[str]:
        """Return the file's `X`, or the views in it if `var["feature_types"]` names several."""
        with opened_hdf5(self.path) as file:
            return list(kinds_inside(file)) or [f"{self.path.stem}:X"]

    def sample_names(self) -> list[str]:
        """Return the names of the samples."""
        with opened_hdf5(self.path) as file:
            return index_names(file["obs"])

    def read(self, place: str) -> StoredView:
        """Read one matrix."""
        inside = place.removeprefix(f"{self.path.stem}:")
        with opened_hdf5(self.path) as file:
            if place in kinds_inside(file):
                return read_kind(file, place, self.path)
            return read_view(file, inside, Place(self.path, inside))
