"""Blocks of columns to one matrix, dense or sparse, in memory or in an AnnData file that is written as they come."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.io.denoised import DenoisedView, chunks
from integrated_diffusion.io.guards import check_output, replacing
from integrated_diffusion.validation import View, check_positive


def gathered(
    blocks: Iterable[tuple[slice, np.ndarray]], shape: tuple[int, int], threshold: float | None = None
) -> View:
    """Return blocks of columns as one matrix.

    Parameters
    ----------
    blocks
        Columns and their values `(n_samples, n_columns)`, from the first column to the last.
    shape
        Shape of the whole.
    threshold
        Values nearer to zero are left out and the result is sparse; dense unless given.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array of shape `shape`, float32

    Raises
    ------
    ValueError
        If the threshold is not a finite number above zero.
    """
    if threshold is not None:
        check_positive(threshold, "threshold")
        parts = [_above(block, threshold) for _, block in blocks]
        return sp.csr_array(sp.hstack(parts, format="csc"))
    whole = np.empty(shape, dtype=np.float32)
    for place, block in blocks:
        whole[:, place] = block
    return whole


def write_anndata(
    denoised: DenoisedView,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    uns: Mapping[str, Any],
    output: str | Path,
    threshold: float | None = None,
) -> Path:
    """Write denoised values to an `.h5ad`, block by block: `X`, with the tables of samples and features.

    Parameters
    ----------
    denoised
        Blocks of the view.
    obs, var
        Tables of its samples and features.
    uns
        What else is to be kept.
    output
        The file, `.h5ad`.
    threshold
        Values nearer to zero are left out, and `X` is sparse, by columns; dense unless given.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If it cannot be written; nothing is left of it then.
    """
    output = check_output(Path(output), [".h5ad"])
    if threshold is not None:
        check_positive(threshold, "threshold")
    with replacing(output) as temporary:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how it writes is not the user's concern
            anndata.AnnData(obs=obs, var=var, uns=dict(uns)).write_h5ad(temporary)
        with h5py.File(temporary, "r+") as file:
            if "X" in file:
                del file["X"]
            if threshold is None:
                _stream_dense(file, denoised)
            else:
                _stream_sparse(file, denoised.shape, (_above(block, threshold) for _, block in denoised.in_order()))
    return output


def _above(block: np.ndarray, threshold: float) -> sp.csc_array:
    kept = block.astype(np.float32, copy=False)
    return sp.csc_array(np.where(np.abs(kept) >= threshold, kept, np.float32(0)))


def _stream_dense(file: h5py.File, denoised: DenoisedView) -> None:
    X = file.create_dataset("X", denoised.shape, dtype=np.float32, chunks=chunks(denoised.shape))
    X.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    for columns, block in denoised.in_order():
        X[:, columns] = block


def _stream_sparse(file: h5py.File, shape: tuple[int, int], blocks: Iterator[sp.csc_array]) -> None:
    group = file.create_group("X")
    group.attrs.update({"encoding-type": "csc_matrix", "encoding-version": "0.1.0", "shape": np.array(shape)})
    kinds = {"data": np.float32, "indices": np.int32}
    parts = {name: group.create_dataset(name, (0,), maxshape=(None,), dtype=kind) for name, kind in kinds.items()}
    ends = [np.zeros(1, dtype=np.int64)]
    for block in blocks:
        start = int(ends[-1][-1])
        for name, dataset in parts.items():
            dataset.resize((start + block.nnz,))
            dataset[start:] = getattr(block, name)
        ends.append(start + block.indptr[1:].astype(np.int64))
    group.create_dataset("indptr", data=np.concatenate(ends))
