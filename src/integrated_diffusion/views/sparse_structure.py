"""The parts of a sparse matrix checked against each other, on the integers as they are stored.

Compiled code reads and writes wherever these integers point. They are compared, not subtracted: differences of unsigned
integers wrap, and 2^63 becomes a negative number when it is converted first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_PART = 2**22  # integers that are read at a time


def check_structure(
    data: Any, indices: Any, indptr: Any, shape: tuple[int, ...], by_rows: bool, where: str, *, ends_only: bool = False
) -> None:
    """Raise `ValueError` unless the parts of a compressed sparse matrix fit together.

    Parameters
    ----------
    data, indices, indptr : numpy.ndarray or h5py.Dataset
        The parts. Data sets are read a part at a time, `data` not at all.
    shape : tuple of int
        Shape of the matrix.
    by_rows : bool
        Whether `indptr` is of rows (CSR) or of columns (CSC).
    where : str
        What to call the matrix in messages.
    ends_only : bool, default False
        Whether `indices` are left out; whoever reads them checks them then.

    Raises
    ------
    ValueError
        If a part is missing, has not one dimension or not whole numbers, has another length, `indptr` is not
        `0 <= indptr[i] <= indptr[i + 1] <= len(indices)`, or an index is outside the shape.
    """
    if len(shape) != 2 or min(shape) < 0:
        raise damaged(where, f"a shape {shape}, not of two numbers")
    n_outer, n_inner = shape if by_rows else shape[::-1]
    for name, part in (("data", data), ("indices", indices), ("indptr", indptr)):
        if len(getattr(part, "shape", None) or ()) != 1:
            raise damaged(where, f"no list of numbers '{name}'")
        if name != "data" and part.dtype.kind not in "iu":
            raise damaged(where, f"'{name}' that are no whole numbers")
    n_entries = indices.shape[0]
    if data.shape[0] != n_entries:
        raise damaged(where, f"{data.shape[0]:,} values for {n_entries:,} indices")
    if indptr.shape[0] != n_outer + 1:
        raise damaged(where, f"{indptr.shape[0]:,} ends for {n_outer:,} {'rows' if by_rows else 'columns'}")
    before = None
    for ends in _parts(indptr):
        if before is None and ends[0] != 0:
            raise damaged(where, f"first entry {ends[0]}, not 0")
        if (before is not None and ends[0] < before) or (ends[1:] < ends[:-1]).any():
            raise damaged(where, "ends that decrease")
        before = ends[-1]
    if before is not None and before > n_entries:
        raise damaged(where, f"last end {before} beyond its {n_entries:,} entries")
    if ends_only:
        return
    for part in _parts(indices):
        if part.min() < 0 or part.max() >= n_inner:
            found = part.min() if part.min() < 0 else part.max()
            raise damaged(where, f"index {found} outside its {n_inner:,} {'columns' if by_rows else 'rows'}")


def check_matrix(matrix: Any, where: str) -> None:
    """Check a sparse matrix in memory, in CSR or CSC, as `check_structure` does.

    Parameters
    ----------
    matrix : sparse matrix
        The matrix.
    where : str
        What to call it in messages.

    Raises
    ------
    ValueError
        If its parts do not fit together.
    """
    check_structure(matrix.data, matrix.indices, matrix.indptr, matrix.shape, matrix.format == "csr", where)


def damaged(where: str, what: str) -> ValueError:
    """Return the error about a sparse matrix whose parts do not fit together."""
    return ValueError(f"{where}: expected a whole sparse matrix, found a damaged one ({what}); write it again")


def _parts(numbers: Any) -> Iterator[np.ndarray]:
    for start in range(0, numbers.shape[0], _PART):
        yield np.asarray(numbers[start : start + _PART])
