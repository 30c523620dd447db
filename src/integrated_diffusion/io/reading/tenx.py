"""Views in a count matrix of 10x Genomics (`.h5`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.hdf5 import contents, read_sparse
from integrated_diffusion.io.reading.view_file import StoredView

_VIEWS = {"Gene Expression": "rna", "Peaks": "atac", "Antibody Capture": "prot"}
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
        return list(dict.fromkeys(map(_view_of, self._types)))

    def default(self) -> list[str]:
        """Return every feature type."""
        return self.places()

    def sample_names(self) -> list[str]:
        """Return the barcodes."""
        with opened_hdf5(self.path) as file:
            return _texts(file["matrix/barcodes"])

    def read(self, place: str) -> StoredView:
        """Read the features of one type."""
        chosen = np.array([_view_of(kind) == place for kind in self._types])
        with opened_hdf5(self.path) as file:
            names = np.array(_texts(file["matrix/features/name"]))[chosen]
        kind = next(kind for kind in self._types if _view_of(kind) == place)
        values = self._counts[:, np.flatnonzero(chosen)]
        return StoredView(values, Place(self.path, kind), self.sample_names(), list(names), kind)

    @cached_property
    def _types(self) -> list[str]:
        with opened_hdf5(self.path) as file:
            if not (isinstance(file.get("matrix"), h5py.Group) and file["matrix"].keys() >= _PARTS):
                raise ValueError(
                    f"{self.path}: expected a 10x file of Cell Ranger 3 or later (a group 'matrix' with features and "
                    f"barcodes), found {contents(file)}; convert it to .h5ad or .h5mu"
                )
            return _texts(file["matrix/features/feature_type"])

    @cached_property
    def _counts(self) -> sp.csr_array:
        """Samples x features: the columns of the file are the rows of its transpose, so nothing is converted."""
        with opened_hdf5(self.path) as file:
            n_features, n_samples = map(int, file["matrix/shape"][:])
            counts: sp.csr_array = read_sparse(file["matrix"], sp.csr_array, (n_samples, n_features), str(self.path))
            return counts


def _view_of(kind: str) -> str:
    return _VIEWS.get(kind) or re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")


def _texts(dataset: h5py.Dataset) -> list[str]:
    return [text.decode() if isinstance(text, bytes) else str(text) for text in dataset[:]]
