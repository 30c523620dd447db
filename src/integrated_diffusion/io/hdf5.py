"""Views in HDF5 files: MuData (`.h5mu`), AnnData (`.h5ad`) and the count matrices of 10x Genomics (`.h5`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata.io import read_elem

from integrated_diffusion.io.files import one_line, opened_hdf5
from integrated_diffusion.io.measured import Part, Place, lean
from integrated_diffusion.views.recognition import REPRESENTATION

_PART_BYTES = 64 * 2**20  # of numbers that are looked at at a time
_ENCODINGS = ("array", "csr_matrix", "csc_matrix", "dataframe")
_TENX_VIEWS = {"Gene Expression": "rna", "Peaks": "atac", "Antibody Capture": "prot"}
_TENX_PARTS = {"barcodes", "data", "features", "indices", "indptr", "shape"}


@dataclass(frozen=True)
class H5mu:
    """A MuData file: one view a modality. Places are `rna:X`, `rna:layers/counts`, `rna:obsm/X_pca`."""

    path: Path
    format = "h5mu"

    def places(self) -> list[str]:
        """What every modality holds."""
        with opened_hdf5(self.path) as file:
            return [f"{name}:{inside}" for name in self._modalities(file) for inside in _inside(file["mod"][name])]

    def default(self) -> list[str]:
        """Every modality's `X`."""
        with opened_hdf5(self.path) as file:
            return [f"{name}:X" for name in self._modalities(file)]

    def sample_names(self) -> list[str]:
        """Names of the samples in the order of the whole MuData, which a modality may order differently."""
        with opened_hdf5(self.path) as file:
            self._modalities(file)
            return index_names(file["obs"])

    def read(self, place: str) -> Part:
        """Read one matrix of one modality."""
        name, _, inside = place.rpartition(":")  # a modality may have a colon in its name
        with opened_hdf5(self.path) as file:
            return _read_matrix(file["mod"][name], inside, Place(self.path, f"mod/{name}/{inside}"))

    def _modalities(self, file: h5py.File) -> list[str]:
        if not {"mod", "obs"} <= file.keys():
            raise ValueError(
                f"{self.path}: expected a MuData file (with 'mod' and 'obs'), found {_contents(file)}; "
                "name the file by its format, such as .h5ad"
            )
        return list(map(str, file["mod"].attrs.get("mod-order", list(file["mod"]))))


@dataclass(frozen=True)
class H5ad:
    """An AnnData file: one view, named as the file is. Places are `FILE:X`, `FILE:layers/counts`, `FILE:obsm/X_pca`."""

    path: Path
    format = "h5ad"

    def places(self) -> list[str]:
        """What the file holds."""
        with opened_hdf5(self.path) as file:
            if "mod" in file or not {"obs", "var"} <= file.keys():
                raise ValueError(
                    f"{self.path}: expected an AnnData file (with 'X', 'obs' and 'var'), found {_contents(file)}; "
                    "name the file by its format, such as .h5mu"
                )
            return [f"{self.path.stem}:{inside}" for inside in _inside(file)]

    def default(self) -> list[str]:
        """The file's `X`."""
        return [f"{self.path.stem}:X"]

    def sample_names(self) -> list[str]:
        """Names of the samples."""
        with opened_hdf5(self.path) as file:
            return index_names(file["obs"])

    def read(self, place: str) -> Part:
        """Read one matrix."""
        inside = place.removeprefix(f"{self.path.stem}:")
        with opened_hdf5(self.path) as file:
            return _read_matrix(file, inside, Place(self.path, inside))


@dataclass(frozen=True)
class TenX:
    """A 10x Genomics `.h5` file: one view a feature type; `rna`, `atac`, `prot`, or the type's own name in lower case.

    The layout is Cell Ranger's since version 3: a group `matrix`, features x barcodes by columns.
    """

    path: Path
    format = "10x"

    def places(self) -> list[str]:
        """The feature types, as names of views."""
        return list(dict.fromkeys(map(_tenx_view, self._types)))

    def default(self) -> list[str]:
        """Every feature type."""
        return self.places()

    def sample_names(self) -> list[str]:
        """The barcodes."""
        with opened_hdf5(self.path) as file:
            return _texts(file["matrix/barcodes"])

    def read(self, place: str) -> Part:
        """Read the features of one type."""
        chosen = np.array([_tenx_view(kind) == place for kind in self._types])
        with opened_hdf5(self.path) as file:
            names = np.array(_texts(file["matrix/features/name"]))[chosen]
        kind = next(kind for kind in self._types if _tenx_view(kind) == place)
        return Part(
            self._counts[:, np.flatnonzero(chosen)], Place(self.path, kind), self.sample_names(), list(names), kind
        )

    @cached_property
    def _types(self) -> list[str]:
        with opened_hdf5(self.path) as file:
            if not (isinstance(file.get("matrix"), h5py.Group) and file["matrix"].keys() >= _TENX_PARTS):
                raise ValueError(
                    f"{self.path}: expected a 10x file of Cell Ranger 3 or later (a group 'matrix' with features and "
                    f"barcodes), found {_contents(file)}; convert it to .h5ad or .h5mu"
                )
            return _texts(file["matrix/features/feature_type"])

    @cached_property
    def _counts(self) -> sp.csr_array:
        """Samples x features: the columns of the file are the rows of its transpose, so nothing is converted."""
        with opened_hdf5(self.path) as file:
            group, (n_features, n_samples) = file["matrix"], map(int, file["matrix/shape"][:])
            places = [_numbers(group[part], _narrow) for part in ("indices", "indptr")]
            counts = sp.csr_array((_numbers(group["data"], lean), *places), shape=(n_samples, n_features))
            return whole(counts, self.path)


def index_names(frame: h5py.Group | h5py.Dataset) -> list[str]:
    """Row names of a data frame in an AnnData or MuData file, without reading its columns."""
    if isinstance(frame, h5py.Dataset):  # anndata before 0.7
        return list(map(str, read_elem(frame).index))
    return list(map(str, read_elem(frame[frame.attrs["_index"]])))


def _inside(group: h5py.Group) -> list[str]:
    """Matrices of an AnnData group that can be views."""
    own = ["X"] if "X" in group else []
    return own + [f"{part}/{key}" for part in ("layers", "obsm") if part in group for key in group[part]]


def whole(matrix: Any, path: Path) -> Any:
    """Return a sparse matrix whose indices are within its shape; others would be read out of bounds."""
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ValueError(
            f"{path}: expected a whole sparse matrix, found a damaged one ({one_line(error)}); write it again"
        ) from error
    return matrix


def _read_matrix(group: h5py.Group, inside: str, place: Place) -> Part:
    encoding = group[inside].attrs.get("encoding-type", "array" if isinstance(group[inside], h5py.Dataset) else None)
    if encoding not in _ENCODINGS:
        raise ValueError(
            f"{place}: expected a matrix encoded as {', '.join(_ENCODINGS)}, found {encoding!r}; write it again"
        )
    values = _values(group[inside], str(encoding))
    values = whole(values, place.file) if sp.issparse(values) else values
    samples = index_names(group["obs"])
    if inside.startswith("obsm/"):
        columns = getattr(values, "columns", None)
        stem = inside.removeprefix("obsm/")
        n_columns = getattr(values, "shape", (0,))[-1]
        features = [f"{stem}{i}" for i in range(n_columns)] if columns is None else list(map(str, columns))
        return Part(lean(values), place, samples, features, REPRESENTATION)
    return Part(lean(values), place, samples, index_names(group["var"]), _feature_type(group["var"]))


def _values(element: h5py.Group | h5py.Dataset, encoding: str) -> Any:
    """A matrix or table; numbers in as few bytes as hold them, from the first on."""
    if encoding == "array":
        return _numbers(element, lean)
    if encoding == "dataframe":
        return read_elem(element)
    made = sp.csr_array if encoding == "csr_matrix" else sp.csc_array
    shape = tuple(map(int, element.attrs["shape"]))
    indices, ends = (_numbers(element[part], _narrow) for part in ("indices", "indptr"))
    return made((_numbers(element["data"], lean), indices, ends), shape=shape)


def _numbers(dataset: h5py.Dataset, fitting: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """All of a data set, made to fit part by part: whole numbers are wide in most files."""
    step = max(1, _PART_BYTES // max(1, dataset.dtype.itemsize * math.prod(dataset.shape[1:])))
    if dataset.dtype.kind not in "iu" or not dataset.size or dataset.ndim == 0:
        return fitting(dataset[()])
    starts = range(0, dataset.shape[0], step)
    dtype = np.result_type(*{fitting(dataset[start : start + step]).dtype for start in starts})
    numbers = np.empty(dataset.shape, dtype)
    for start in starts:
        numbers[start : start + step] = dataset[start : start + step]
    return numbers


def _narrow(places: np.ndarray) -> np.ndarray:
    """Places of a sparse matrix, in 32 bits where they fit."""
    fits = places.size == 0 or (places.min() >= 0 and places.max() < 2**31)
    return places.astype(np.int32 if fits else np.int64, copy=False)


def _feature_type(var: h5py.Group | h5py.Dataset) -> str | None:
    """The type of the features where all have the same one."""
    if isinstance(var, h5py.Dataset) or "feature_types" not in var:
        return None
    kinds = pd.unique(pd.Series(read_elem(var["feature_types"])).astype(str))
    return str(kinds[0]) if len(kinds) == 1 else None


def _tenx_view(kind: str) -> str:
    return _TENX_VIEWS.get(kind) or re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")


def _texts(dataset: h5py.Dataset) -> list[str]:
    return [text.decode() if isinstance(text, bytes) else str(text) for text in dataset[:]]


def _contents(file: h5py.File) -> str:
    return ", ".join(map(repr, list(file)[:8])) or "nothing"
