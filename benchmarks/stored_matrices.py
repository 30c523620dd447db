"""Matrices in AnnData files: this package's reading and writing beside anndata's own, in seconds and peak memory.

    python benchmarks/stored_matrices.py [n_samples [n_features]]

Counts of which 5 % are above zero, stored as 64-bit whole numbers, the way most files hold them. Each line is a job in
a process of its own: processor seconds, and how much more memory it had at its peak than when it began (Linux).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import read_elem, sparse_dataset, write_elem

from integrated_diffusion.io.hdf5 import read_matrix
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.io.reading.stored import Csc, Csr
from integrated_diffusion.io.writing.chunks import column_chunks
from integrated_diffusion.io.writing.h5ad import allocate_dense

N_COLUMNS = 64
WIDTH = 64


def make(folder: Path, n_samples: int, n_features: int) -> None:
    """Write the counts by rows and by columns."""
    rng = np.random.default_rng(0)
    counts = sp.random_array((n_samples, n_features), density=0.05, rng=rng, format="csr")
    counts.data = rng.integers(1, 5, counts.nnz)
    for name, kind in (("csr", sp.csr_matrix), ("csc", sp.csc_matrix)):
        with h5py.File(folder / f"{name}.h5", "w") as file:
            write_elem(file, "X", kind(counts))


def whole_by_anndata(folder: Path) -> None:
    """Read the matrix, then turn whole numbers into floating-point numbers."""
    with h5py.File(folder / "csr.h5") as file:
        as_float(read_elem(file["X"]))


def whole_by_us(folder: Path) -> None:
    """The same, converted part by part while it is read."""
    with h5py.File(folder / "csr.h5") as file:
        read_matrix(file["X"], "X")


def columns_by_anndata(folder: Path) -> None:
    """Some columns of a matrix that is stored by rows."""
    with h5py.File(folder / "csr.h5") as file:
        sparse_dataset(file["X"])[:, np.arange(0, N_COLUMNS)]


def columns_by_us(folder: Path) -> None:
    """The same, picked out of one block of rows after another."""
    with h5py.File(folder / "csr.h5") as file:
        Csr(file["X"]).columns(np.arange(0, N_COLUMNS))


def scattered_by_anndata(folder: Path) -> None:
    """Every second column of a quarter of a matrix that is stored by columns."""
    with h5py.File(folder / "csc.h5") as file:
        dataset = sparse_dataset(file["X"])
        dataset[:, np.arange(0, dataset.shape[1] // 4, 2)]


def scattered_by_us(folder: Path) -> None:
    """The same, with its indices checked."""
    with h5py.File(folder / "csc.h5") as file:
        stored = Csc(file["X"])
        stored.columns(np.arange(0, stored.shape[1] // 4, 2))


def dense_by_anndata(folder: Path) -> None:
    """Write zeros by `write_elem`, then fill them by columns."""
    with h5py.File(folder / "csr.h5") as file:
        shape = tuple(map(int, file["X"].attrs["shape"]))
    with h5py.File(folder / "dense.h5", "w") as file:
        kwargs = {"chunks": column_chunks(shape, 4_096)}
        write_elem(file, "X", np.broadcast_to(np.float32(0), shape), dataset_kwargs=kwargs)
        _fill(file["X"])


def dense_by_us(folder: Path) -> None:
    """Allocate the data set without values, then fill it by columns."""
    with h5py.File(folder / "csr.h5") as file:
        shape = tuple(map(int, file["X"].attrs["shape"]))
    with h5py.File(folder / "dense.h5", "w") as file:
        _fill(allocate_dense(file, "X", shape))


def _fill(dataset: h5py.Dataset) -> None:
    block = np.ones((dataset.shape[0], WIDTH), np.float32)
    for start in range(0, dataset.shape[1], WIDTH):
        dataset[:, start : start + WIDTH] = block[:, : dataset.shape[1] - start]


JOBS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "the whole matrix": (whole_by_anndata, whole_by_us),
    f"{N_COLUMNS} columns of rows": (columns_by_anndata, columns_by_us),
    "scattered columns of columns": (scattered_by_anndata, scattered_by_us),
    "dense, written by columns": (dense_by_anndata, dense_by_us),
}


def _status(what: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(what))) / 1024


def measured(job: Callable[[Path], None], folder: Path) -> None:
    """Print processor seconds and the additional peak memory in MB; the second run counts."""
    job(folder)
    Path("/proc/self/clear_refs").write_text("5")
    before, start = _status("VmRSS"), time.process_time()
    job(folder)
    print(f"{time.process_time() - start:.3f} {max(0.0, _status('VmHWM') - before):.0f}")


def main(n_samples: int = 20_000, n_features: int = 10_000) -> None:
    """Print all comparisons."""
    print(f"{n_samples:,} x {n_features:,}, anndata {version('anndata')}")
    print(f"{'':30} {'anndata':>18} {'this package':>18} {'ratio of seconds':>18}")
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), n_samples, n_features)
        for name, jobs in JOBS.items():
            found = []
            for job in jobs:
                command = [sys.executable, __file__, "--job", job.__name__, folder]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found.append(tuple(map(float, done.stdout.split())))
            cells = [f"{seconds:.2f} s {megabytes:.0f} MB" for seconds, megabytes in found]
            print(f"{name:30} {cells[0]:>18} {cells[1]:>18} {found[1][0] / found[0][0]:>18.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        measured(globals()[sys.argv[2]], Path(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:3]))
