"""Labels of samples, to colour maps by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import h5py
import numpy as np
import pandas as pd

from integrated_diffusion.io.dataset import Dataset
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.foreign import stored_kind
from integrated_diffusion.io.frames import column_names, read_column
from integrated_diffusion.io.reading.arrays import dimensions, read_array
from integrated_diffusion.io.reading.h5mu import modalities
from integrated_diffusion.views.names import match_rows

Frames: TypeAlias = Mapping[str, h5py.Group | h5py.Dataset]
"""Tables `obs` by the name of what they annotate: a modality, a file; nothing for a whole MuData."""


def read_labels(dataset: Dataset, column: str, option: str = "--color") -> np.ndarray:
    """Read a label for each sample from the files the views came from.

    Parameters
    ----------
    dataset : Dataset
        What was read.
    column : str
        A column of `obs` in a `.h5mu`, in one of its modalities, or in a `.h5ad`; `rna:column` is that of the modality,
        or the `.h5ad`, of this name. Or the name of a one-dimensional array in an `.npz`.
    option : str, default "--color"
        The option that names the column.

    Returns
    -------
    numpy.ndarray of shape (n_samples,)
        Text or numbers; missing labels are the text `nan`, or NaN.

    Raises
    ------
    ValueError
        If there is no such column, or several that differ, or the files are of a kind that holds none.
    """
    path = dataset.source[0]
    if path.suffix.lower() == ".npz":
        known = [name for name, n_dimensions in dimensions(path).items() if n_dimensions == 1]
        _check_column(column, known, str(path))
        labels = read_array(path, column)
    elif stored_kind(path) in (".h5mu", ".h5ad"):
        labels = _as_labels(_column(dataset, column, option))
    else:
        raise ValueError(
            f"{path}: expected a .h5mu, .h5ad or .npz to read the column {column!r} from, found "
            f"'{path.suffix}'; leave {option} out or give such a file"
        )
    if len(labels) != len(dataset.sample_names):
        raise ValueError(
            f"{path}: expected {len(dataset.sample_names)} labels in {column!r}, found {len(labels)}; choose another"
        )
    return np.asarray(labels)


def read_batches(dataset: Dataset, column: str) -> pd.Series:
    """Read the batch of each sample, as text, by a column as in `read_labels`.

    Raises
    ------
    ValueError
        As in `read_labels`; if a sample has no batch.
    """
    labels = pd.Series(read_labels(dataset, column, "--batch"), name=column)
    missing = labels.isna() | labels.astype(str).isin(("nan", "None", "<NA>"))
    if missing.any():
        raise ValueError(
            f"--batch: expected a batch for every sample in {column!r}, found {int(missing.sum())} samples without "
            "one; name it, or leave them out"
        )
    return labels.astype(str)


def _column(dataset: Dataset, column: str, option: str) -> pd.Series:
    """The column in the order of the samples; a sample without it has NaN, as it may be in another file only."""
    known: list[str] = []
    found: dict[str, pd.Series] = {}
    for path in dataset.source:
        if stored_kind(path) not in (".h5mu", ".h5ad"):
            continue
        with opened_hdf5(path) as file:
            for where, obs in _frames(file, path).items():
                names = column_names(obs)
                known += [name for name in names if name not in known]
                inside = column.removeprefix(f"{where}:") if where else column
                chosen = column if column in names else inside if inside in names else None
                if chosen is not None:
                    found[where] = read_column(obs, chosen)
    _check_column(column, [*known, *((column,) if found else ())], f"{dataset.source[0]}:obs")
    first = next(iter(found))
    if not dataset.measured and first in ("", dataset.source[0].stem):
        match_rows(dataset.sample_names, list(found[first].index), "the views", str(dataset.source[0]))
    ordered = {where: labels.reindex(dataset.sample_names) for where, labels in found.items()}
    shared = ordered[first]
    if first == "" or len(ordered) == 1:  # the whole MuData's own column is meant before those of its modalities
        return shared
    for where, labels in ordered.items():
        both = (shared.notna() & labels.notna()).to_numpy()
        if not (shared[both].astype(str) == labels[both].astype(str)).all():
            raise ValueError(
                f"{option}: expected a column that is the same everywhere, found {column!r} with different values in "
                f"'{first}' and '{where}'; write '{first}:{column}' or '{where}:{column}'"
            )
        shared = shared if shared.notna().all() else shared.astype(object).combine_first(labels.astype(object))
    return shared


def _frames(file: h5py.File, path: Path) -> Frames:
    if stored_kind(path) == ".h5ad":
        return {path.stem: file["obs"]}
    return {"": file["obs"], **{name: file[f"mod/{name}/obs"] for name in modalities(file)}}


def _as_labels(column: pd.Series) -> np.ndarray:
    """Numbers as they are, NaN where they are missing; everything else as text, `nan` where it is missing."""
    if pd.api.types.is_bool_dtype(column) and not column.isna().any():
        return column.to_numpy(dtype=bool)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        if column.isna().any():
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.array(column.tolist()) if column.dtype.kind in "iu" else np.asarray(column.to_numpy())
    return np.array(["nan" if pd.isna(value) else str(value) for value in column], dtype=object)


def _check_column(column: str, known: list[str], where: str) -> None:
    if column not in known:
        raise ValueError(
            f"{where}: expected a column {column!r}, found {closest(column, known)}; choose one of the columns"
        )
