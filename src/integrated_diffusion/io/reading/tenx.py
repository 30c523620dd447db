"""Views in a count matrix of 10x Genomics (`.h5`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.feature_kinds import columns_by_view
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.frames import texts
from integrated_diffusion.io.hdf5 import contents, read_sparse
from integrated_diffusion.io.reading.view_file import StoredView

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
            return texts(file["matrix/barcodes"])

    def read(self, place: str) -> StoredView:
        """Read the features of one type."""
        columns = columns_by_view(self._types)[place]
        with opened_hdf5(self.path) as file:
            features = file["matrix/features"]
            names = np.array(texts(features["name"]))[columns]
            kept = {
                key: np.array(texts(features[part]))[columns] for key, part in _ANNOTATIONS.items() if part in features
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
            return texts(file["matrix/features/feature_type"])

    @cached_property
    def _counts(self) -> sp.csr_array:
        """Samples x features: the columns of the file are the rows of its transpose, so nothing is converted."""
        with opened_hdf5(self.path) as file:
            n_features, n_samples = map(int, file["matrix/shape"][:])
            counts: sp.csr_array = read_sparse(file["matrix"], sp.csr_array, (n_samples, n_features), str(self.path))
            return counts
