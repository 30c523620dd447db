"""Views in a count matrix of 10x Genomics (`.h5`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.declared_size import check_size
from integrated_diffusion.io.elements import declared_bytes
from integrated_diffusion.io.feature_kinds import columns_by_view
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.frames import texts
from integrated_diffusion.io.hdf5 import contents, read_sparse
from integrated_diffusion.io.reading.view_file import StoredView
from integrated_diffusion.views.sparse_structure import damaged

_ANNOTATIONS = {"gene_ids": "id", "genome": "genome", "interval": "interval"}
_PARTS = {"barcodes", "data", "features", "indices", "indptr", "shape"}


@dataclass(frozen=True)
class TenX:
    """A 10x Genomics `.h5` file: one view a feature type; `rna`, `atac`, `prot`, or the type's own name in lower case.

    The layout is Cell Ranger's since version 3: a group `matrix`, features x barcodes by columns.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    """

    path: Path
    format = "10x"

    def places(self) -> list[str]:
        """Return the feature types, as names of views."""
        return list(columns_by_view(self._types))

    def default(self) -> list[str]:
        """Return every feature type."""
        return self.places()

    def sample_names(self) -> list[str]:
        """Return the barcodes."""
        with opened_hdf5(self.path) as file:
            return self._texts(file, "barcodes", self._shape[1])

    def read(self, place: str) -> StoredView:
        """Read the features of one type."""
        columns = columns_by_view(self._types)[place]
        with opened_hdf5(self.path) as file:
            names = np.array(self._texts(file, "features/name", self._shape[0]), dtype=object)[columns]
            kept = {
                key: np.array(self._texts(file, f"features/{part}", self._shape[0]), dtype=object)[columns]
                for key, part in _ANNOTATIONS.items()
                if part in file["matrix/features"]
            }
        kind = self._types[columns[0]]
        annotations = {key: list(values) for key, values in kept.items()}
        values = self._counts[:, columns]
        return StoredView(values, Place(self.path, kind), self.sample_names(), list(names), kind, annotations)

    @cached_property
    def _types(self) -> list[str]:
        with opened_hdf5(self.path) as file:
            if not (isinstance(file.get("matrix"), h5py.Group) and file["matrix"].keys() >= _PARTS):
                raise ValueError(
                    f"{self.path}: expected a 10x file of Cell Ranger 3 or later (a group 'matrix' with features and "
                    f"barcodes), found {contents(file)}; convert it to .h5ad or .h5mu"
                )
            return self._texts(file, "features/feature_type", self._shape[0])

    @cached_property
    def _shape(self) -> tuple[int, int]:
        """Features x samples."""
        with opened_hdf5(self.path) as file:
            kept = np.atleast_1d(file["matrix/shape"][()])
            if kept.shape != (2,) or kept.dtype.kind not in "iu" or kept.min() < 0:
                raise damaged(str(self.path), "no shape of two whole numbers")
            return int(kept[0]), int(kept[1])

    @cached_property
    def _counts(self) -> sp.csr_array:
        """Samples x features: the columns of the file are the rows of its transpose, so nothing is converted."""
        with opened_hdf5(self.path) as file:
            counts: sp.csr_array = read_sparse(file["matrix"], sp.csr_array, self._shape[::-1], str(self.path))
            return counts

    def _texts(self, file: h5py.File, inside: str, n_expected: int) -> list[str]:
        found = file["matrix"].get(inside)
        if not isinstance(found, h5py.Dataset) or found.shape != (n_expected,):
            shape = getattr(found, "shape", "none")
            raise ValueError(
                f"{self.path}: expected {n_expected:,} entries in 'matrix/{inside}', one for each in the shape of the "
                f"matrix, found {shape}; write the file again"
            )
        check_size(declared_bytes(found), str(self.path), found.id.get_storage_size())
        return texts(found[:], f"{self.path}:matrix/{inside}")
