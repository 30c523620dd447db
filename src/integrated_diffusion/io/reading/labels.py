"""Labels of samples, to colour maps by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from integrated_diffusion.io.dataset import Dataset
from integrated_diffusion.io.elements import read_frame
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.reading.arrays import dimensions, read_array
from integrated_diffusion.views.names import match_rows


def read_labels(dataset: Dataset, column: str, option: str = "--color") -> np.ndarray:
    """Read a label for each sample from the file the views came from.

    Parameters
    ----------
    dataset : Dataset
        What was read.
    column : str
        A column of `obs` in a `.h5mu` or the first `.h5ad`, or the name of a one-dimensional array in an `.npz`.
    option : str, default "--color"
        The option that names the column.

    Returns
    -------
    numpy.ndarray of shape (n_samples,)
        Text or numbers; missing labels are the text `nan`.

    Raises
    ------
    ValueError
        If there is no such column, or the file is of a kind that holds none.
    """
    path = dataset.source[0]
    if path.suffix.lower() == ".npz":
        known = [name for name, n_dimensions in dimensions(path).items() if n_dimensions == 1]
        _check_column(column, known, str(path))
        labels = read_array(path, column)
    elif path.suffix.lower() in (".h5mu", ".h5ad"):
        with opened_hdf5(path) as file:
            obs = read_frame(file["obs"])
        _check_column(column, list(map(str, obs.columns)), f"{path}:obs")
        names = list(map(str, obs.index))
        if not dataset.measured:
            match_rows(dataset.sample_names, names, "the views", str(path))
        found = obs[column].set_axis(names).reindex(dataset.sample_names)  # a sample may be in another file only
        labels = found.to_numpy() if obs[column].dtype.kind in "fiub" else found.astype(str).to_numpy()
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


def _check_column(column: str, known: list[str], where: str) -> None:
    if column not in known:
        raise ValueError(
            f"{where}: expected a column {column!r}, found {closest(column, known)}; choose one of the columns"
        )
