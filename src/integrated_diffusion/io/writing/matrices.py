"""Blocks of columns to one matrix, dense or sparse, in memory or in an AnnData file that is written as they come."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata.io import write_elem

from integrated_diffusion.io.writing import STORES, TextWriter, lay_out, write_columns
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.views.checks import check_positive
from integrated_diffusion.views.validation import View


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
    """Write denoised values to an `.h5ad` or `.zarr`, block by block: `X`, with the tables of samples and features.

    If it is dense, a stopped call leaves what is finished, and the same call goes on from there.

    Parameters
    ----------
    denoised
        Blocks of the view.
    obs, var
        Tables of its samples and features.
    uns
        What else is to be kept.
    output
        The file, `.h5ad`, or, if it is dense, `.zarr`.
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
    output, tables = check_output(Path(output), suffixes(threshold)), Frames(obs, var, uns)
    if threshold is None:
        return write_columns(denoised, tables, output)
    check_positive(threshold, "threshold")
    with replacing(output) as temporary, h5py.File(temporary, "w") as file:
        tables.write(file)
        _stream_sparse(file, denoised.shape, (_above(block, threshold) for _, block in denoised.in_order()))
    return output


def suffixes(threshold: float | None = None) -> list[str]:
    """What a file of denoised values alone may end in, if small ones are left out or not."""
    return list(STORES) if threshold is None else [".h5ad"]


@dataclass(frozen=True, eq=False)
class Frames:
    """Tables of samples and features, for `stores.write_columns`.

    Attributes
    ----------
    obs, var
        Tables of samples and features.
    uns
        What else is to be kept.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    uns: Mapping[str, Any]

    def write(self, root: Any, texts: TextWriter | None = None) -> None:
        """Write an AnnData of them; `X` is still to come."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # how it writes is not the user's concern
            tables = anndata.AnnData(obs=self.obs, var=self.var)
            tables.strings_to_categoricals()
            lay_out(root)
            write_elem(root, "obs", tables.obs)
            write_elem(root, "var", tables.var)
            write_elem(root, "uns", dict(self.uns))

    def fingerprint(self) -> str:
        """A few letters that are others where anything in them is another."""
        told = hashlib.blake2b(repr((self.uns, self.obs.dtypes, self.var.dtypes)).encode(), digest_size=16)
        for frame in (self.obs, self.var):
            told.update(pd.util.hash_pandas_object(frame).to_numpy().data)
        return told.hexdigest()


def _above(block: np.ndarray, threshold: float) -> sp.csc_array:
    kept = block.astype(np.float32, copy=False)
    return sp.csc_array(np.where(np.abs(kept) >= threshold, kept, np.float32(0)))


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
