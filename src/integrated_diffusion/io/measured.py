"""What was read from files: the same samples, measured by several sensors."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.views.validation import View


@dataclass(frozen=True)
class Place:
    """Where a view lies.

    Attributes
    ----------
    file
        The file.
    inside
        The path within an HDF5 file (`mod/rna/X`), the name of an array, or nothing for files of one table.
    """

    file: Path
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.inside}" if self.inside else str(self.file)


@dataclass(frozen=True)
class Part:
    """One view as its file holds it, before the samples of all views are put in one order.

    Attributes
    ----------
    values
        Numbers as read, `(n_samples, n_features)` once checked.
    place
        Where they were read.
    sample_names, feature_names
        Names, or `None` where the file has none.
    feature_type
        What the file says the features are, such as `Gene Expression`.
    """

    values: Any
    place: Place
    sample_names: list[str] | None = None
    feature_names: list[str] | None = None
    feature_type: str | None = None


@dataclass(frozen=True)
class Measured:
    """Several views of the same samples, with their names, as read from files.

    Attributes
    ----------
    views
        Raw values by view, `(n_samples, n_features)` each, rows in the order of `sample_names`.
    sample_names
        One name a sample; `sample0`, `sample1`, ... if the files have none.
    feature_names
        One name a feature, by view.
    feature_types
        What the file says the features are (`Gene Expression`, `Peaks`), by view; `representation` for coordinates
        out of `obsm`; `None` if it says nothing.
    places
        Where each view was read.
    source
        The files.
    format
        Their format: `h5mu`, `h5ad`, `npz`, `npy`, `csv`, `tsv`, `10x`, or several joined by `+`.
    """

    views: dict[str, View]
    sample_names: list[str]
    feature_names: dict[str, list[str]]
    feature_types: dict[str, str | None]
    places: dict[str, Place]
    source: tuple[Path, ...]
    format: str

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {X.shape[1]}" for name, X in self.views.items())
        return f"{len(self.sample_names)} samples from {self.format}; features: {sizes}"


def closest(name: str, known: Sequence[str]) -> str:
    """The known names that are nearest to `name`, or the first few, for messages."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or list(known[:8])
    more = "" if len(near) == len(known) else f" (of {len(known)})"
    return ", ".join(map(repr, near)) + more if near else "nothing"


def columns_named(names: Sequence[str], features: Sequence[str] | None, view: str) -> np.ndarray:
    """Return the columns of named features, `(n_features,)`; all of them unless named.

    A name that stands twice (a gene symbol often does) means all its columns.

    Raises
    ------
    ValueError
        If there is no such feature: the closest names are told.
    """
    if features is None:
        return np.arange(len(names))
    at: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        at.setdefault(name, []).append(column)
    for name in features:
        if name not in at:
            raise ValueError(f"features: expected features of '{view}', found {name!r}; try {closest(name, list(at))}")
    return np.array([column for name in features for column in at[name]], dtype=np.intp)


def are_all(columns: np.ndarray, n_features: int) -> bool:
    """Whether columns by number are all there are, in their order."""
    return np.array_equal(columns, np.arange(n_features))


def lean(values: Any) -> Any:
    """Whole numbers as float32 where that is exact, half the memory of float64; everything else as it is."""
    dtype = getattr(values, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind not in "iub" or hasattr(values, "iloc"):
        return values
    numbers = values.data if sp.issparse(values) else values
    exact = dtype.kind == "b" or numbers.size == 0 or max(abs(int(numbers.min())), int(numbers.max())) <= 2**24
    return values.astype(np.float32 if exact else np.float64)
