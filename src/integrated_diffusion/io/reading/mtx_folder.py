"""Views in a folder of Cell Ranger: a matrix in Matrix Market format, features and barcodes beside it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import scipy.sparse as sp
from scipy.io import mmread

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.feature_kinds import columns_by_view
from integrated_diffusion.io.files import check_input, one_line
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.view_file import StoredView

MATRIX = ("matrix.mtx", "matrix.mtx.gz")
"""Names of the matrix in such a folder."""

_FEATURES = ("features.tsv", "genes.tsv", "peaks.bed")
_BARCODES = ("barcodes.tsv",)

_AS_ARRAY = {"spmatrix": False} if "spmatrix" in inspect.signature(mmread).parameters else {}
"""Asks a scipy that knows both for a sparse array."""


def is_mtx_folder(path: Path) -> bool:
    """Whether a path is a folder with a matrix of Cell Ranger, or that matrix."""
    return path.name.lower() in MATRIX or (path.is_dir() and any((path / name).is_file() for name in MATRIX))


@dataclass(frozen=True)
class MtxFolder:
    """A folder with `matrix.mtx`, `features.tsv` and `barcodes.tsv`, each may be gzipped: one view a feature type.

    Folders of Cell Ranger 2 have `genes.tsv`, and those of Cell Ranger ATAC `peaks.bed`, instead of `features.tsv`.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    path: Path
    format = "mtx"

    def places(self) -> list[str]:
        """Return the feature types, as names of views."""
        return list(columns_by_view(self._kinds))

    def default(self) -> list[str]:
        """Return every feature type."""
        return self.places()

    def sample_names(self) -> list[str]:
        """Return the barcodes."""
        return list(self._table(_BARCODES)[0])

    def read(self, place: str) -> StoredView:
        """Read the features of one type."""
        columns, barcodes = columns_by_view(self._kinds)[place], self.sample_names()
        counts = self._counts
        expected = (len(barcodes), len(self._kinds))
        if counts.shape != expected:
            raise ValueError(
                f"{self.path}: expected a matrix of {expected[1]} features and {expected[0]} barcodes, as the tables "
                f"beside it have, found {counts.shape[1]} and {counts.shape[0]}; copy the whole folder again"
            )
        ids, names = self._names
        annotations = {"gene_ids": [ids[column] for column in columns]} if ids != names else {}
        kind = self._kinds[columns[0]]
        inside = Place(self.path, kind)
        return StoredView(counts[:, columns], inside, barcodes, [names[i] for i in columns], kind, annotations)

    @cached_property
    def _counts(self) -> sp.csr_array:
        """Samples x features."""
        file = self._file(MATRIX)
        try:
            return sp.csr_array(as_float(mmread(file, **_AS_ARRAY).T))
        except (ValueError, OSError, EOFError, OverflowError) as error:
            raise ValueError(
                f"{file}: expected a matrix in Matrix Market format, found one that cannot be read "
                f"({one_line(error)}); copy or write it again"
            ) from error

    @cached_property
    def _features(self) -> pd.DataFrame:
        return self._table(_FEATURES)

    @property
    def _names(self) -> tuple[list[str], list[str]]:
        """Identifiers and names of the features."""
        table = self._features
        if self._file(_FEATURES).name.startswith("peaks"):
            peaks = [f"{chrom}:{start}-{end}" for chrom, start, end in zip(table[0], table[1], table[2], strict=True)]
            return peaks, peaks
        return list(table[0]), list(table[min(1, table.shape[1] - 1)])

    @property
    def _kinds(self) -> Sequence[str]:
        if self._file(_FEATURES).name.startswith("peaks"):
            return ["Peaks"] * len(self._features)
        return list(self._features[2]) if self._features.shape[1] > 2 else ["Gene Expression"] * len(self._features)

    def _table(self, names: Sequence[str]) -> pd.DataFrame:
        file = self._file(names)
        try:
            return pd.read_csv(file, sep="\t", header=None, dtype=str, keep_default_na=False, comment=None, quoting=3)
        except (ValueError, OSError, EOFError) as error:
            raise ValueError(
                f"{file}: expected a table separated by tabs, found one that cannot be read ({one_line(error)}); copy "
                "or write it again"
            ) from error

    def _file(self, names: Sequence[str]) -> Path:
        """The file of one of these names, gzipped or not."""
        for name in names:
            for path in (self.path / name, self.path / f"{name.removesuffix('.gz')}.gz"):
                if path.is_file():
                    check_input(path)
                    return path
        raise ValueError(
            f"{self.path}: expected a folder of Cell Ranger with {' or '.join(names)} (or .gz), found none; give the "
            "whole folder, or the .h5 that Cell Ranger writes beside it"
        )


def mtx_folder(path: Path) -> MtxFolder:
    """Return the folder that a path names, itself or by the matrix in it."""
    return MtxFolder(path if path.is_dir() else path.parent)
