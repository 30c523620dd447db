"""Blocks of columns into a file that appears whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from integrated_diffusion.io.files import one_line
from integrated_diffusion.io.writing.formats import WRITERS
from integrated_diffusion.io.writing.outputs import check_output
from integrated_diffusion.io.writing.partial import growing
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import ColumnBlocks, Writer


def write_columns(columns: ColumnBlocks, tables: Tables, output: str | Path, writer: Writer | None = None) -> Path:
    """Write a matrix in float32, block by block, and resume where an earlier call was stopped.

    Finished columns are kept in `.NAME.partial` beside the output until the output is complete. In the formats `.h5ad`,
    `.zarr` and `.npy` they stay there if the process is interrupted or killed, or the disk is full; the same call then
    computes the missing columns only, with the same bits. Other formats leave nothing.

    Parameters
    ----------
    columns : ColumnBlocks
        The matrix, computed as it is written.
    tables : Tables
        Names and annotations of its rows and columns.
    output : str or pathlib.Path
        A file, or a folder `.zarr`.
    writer : Writer or None, default None
        The format; by the output's suffix unless given.

    Returns
    -------
    pathlib.Path
        The output.

    Raises
    ------
    ValueError
        If the blocks do not cover the matrix, or the output cannot be written, for want of a folder, space or
        permission, or because another process writes to it.
    """
    output = Path(output)
    if writer is None:
        writer = WRITERS[check_output(output, list(WRITERS)).suffix.lower()]
    fingerprint = columns.fingerprint() if writer.resumes else None
    try:
        with growing(output, fingerprint and f"{fingerprint} {tables.fingerprint()}") as partial:
            if not partial.finished:
                _check_space(output, tables.shape, writer.value_bytes)
                writer.create(partial.file, tables)
            with writer.filling(partial.file, tables) as put:
                for place, block in _in_order(columns, tables.shape, partial.finished):
                    put(place, block.astype(np.float32, copy=False))
                    partial.record_finished(place.stop)
    except OSError as error:
        raise ValueError(
            f"{output}: expected to write the output, found that it failed ({one_line(error)}); free some space or "
            "choose another folder"
        ) from error
    return output


def _in_order(columns: ColumnBlocks, shape: tuple[int, int], first: int) -> Iterator[tuple[slice, np.ndarray]]:
    """The blocks, checked to cover every column from `first` on, once and in order."""
    done = first
    for place, block in columns.from_column(first):
        start, stop, _ = place.indices(shape[1])
        if start != done or block.shape != (shape[0], stop - start):
            raise ValueError(
                f"denoised values: expected columns from {done} on, {shape[0]} rows each, found a block "
                f"{block.shape} for columns {start} to {stop}; give all columns in order"
            )
        yield slice(start, stop), block
        done = stop
    if done != shape[1]:
        raise ValueError(f"denoised values: expected {shape[1]} columns, found {done}; give all columns in order")


def _check_space(output: Path, shape: tuple[int, int], value_bytes: int) -> None:
    needed, free = value_bytes * shape[0] * shape[1], shutil.disk_usage(output.parent).free
    if needed > free:
        raise ValueError(
            f"{output}: expected {needed / 1e9:.1f} GB of free space for {shape[0]:,} x {shape[1]:,} values, found "
            f"{free / 1e9:.1f} GB; choose another folder or fewer features"
        )
