"""Tall blocks chunk by chunk: in threads, and added up in one order, so that not a bit depends on their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from integrated_diffusion.runtime.threads import map_threads

_ROWS = 2**14

Result = TypeVar("Result")


def each_chunk(work: Callable[[slice], Result], n_rows: int, n_jobs: int | None = None) -> list[Result]:
    """Do the work on each chunk of rows, and return what it gives.

    Parameters
    ----------
    work
        Called with the rows of a chunk; several at a time.
    n_rows
        Number of rows.
    n_jobs
        Number of threads.
    """
    return map_threads(work, [slice(start, start + _ROWS) for start in range(0, n_rows, _ROWS)], n_jobs)


def in_chunks(work: Callable[[slice], np.ndarray], n_rows: int, n_jobs: int | None = None) -> np.ndarray:
    """Return the sum of what the work on each chunk of rows gives, see `each_chunk`."""
    parts = each_chunk(work, n_rows, n_jobs)
    return parts[0] if len(parts) == 1 else np.asarray(np.sum(parts, axis=0))


def overlaps(left: np.ndarray, right: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
    """Return `left.T @ right`."""
    return in_chunks(lambda rows: left[rows].T @ right[rows], len(left), n_jobs)


def take_off(block: np.ndarray, basis: np.ndarray, shares: np.ndarray, n_jobs: int | None = None) -> None:
    """Take `basis @ shares` off a block."""

    def work(rows: slice) -> None:
        block[rows] -= basis[rows] @ shares

    each_chunk(work, len(block), n_jobs)


def without(basis: np.ndarray, block: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
    """Take the part of a block that lies in the span of orthonormal vectors out of it, and return the block."""
    if basis.shape[1]:
        take_off(block, basis, overlaps(basis, block, n_jobs), n_jobs)
    return block


def copied(block: np.ndarray, out: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
    """Write a block into another, in that one's precision, and return it."""

    def work(rows: slice) -> None:
        np.copyto(out[rows], block[rows], casting="same_kind")

    each_chunk(work, len(block), n_jobs)
    return out


def combined(basis: np.ndarray, shares: np.ndarray, n_jobs: int | None = None) -> np.ndarray:
    """Return `basis @ shares`."""
    out = np.empty((len(basis), shares.shape[1]))

    def work(rows: slice) -> None:
        np.matmul(basis[rows], shares, out=out[rows])

    each_chunk(work, len(basis), n_jobs)
    return out
