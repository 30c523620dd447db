"""Denoising a large sparse view into a file: seconds, the process's peak memory, and whether the values are right.

    python -m benchmarks.denoising_to_disk [n_samples [n_features [n_chosen [OUTPUT]]]]

Two operators of 27 affinities a sample, neighbours side by side, and counts of which 5 % are above zero. A few columns
of the file are held against direct products in float64. The aim: 1,000,000 samples x 2,000 features within 4 GB, in
which the view and the operators count. The peak is that while denoising (Linux); what it took to make them is not in
it.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path

import anndata
import numpy as np
import scipy.sparse as sp

from integrated_diffusion import DiffusionOperator, IntegratedDiffusion, random_order

HALF_WIDTH = 13
DENSITY = 0.05


def banded_walk(n_samples: int, name: str, rng: np.random.Generator) -> DiffusionOperator:
    """An operator on a line of samples, 27 affinities each, cheap to make."""
    weights = rng.uniform(0.2, 1.0, HALF_WIDTH + 1)
    rows = np.arange(n_samples, dtype=np.int32)[:, None] + np.arange(-HALF_WIDTH, HALF_WIDTH + 1, dtype=np.int32)
    inside = (rows >= 0) & (rows < n_samples)
    ends = np.concatenate([[0], np.cumsum(inside.sum(axis=1))]).astype(np.int32)
    affinities = np.broadcast_to(weights[np.abs(np.arange(-HALF_WIDTH, HALF_WIDTH + 1))], rows.shape)[inside]
    kernel = sp.csr_array((affinities, rows[inside], ends), shape=(n_samples, n_samples))
    return DiffusionOperator(kernel, name)


def counts(n_samples: int, n_features: int, rng: np.random.Generator) -> sp.csr_array:
    """Sparse counts, float32: as many of each sample, of features in the order in which they stand."""
    n_each = max(1, int(DENSITY * n_features))
    starts = np.linspace(0, n_features, n_each, endpoint=False).astype(np.int32)
    steps = np.diff(starts, append=n_features).astype(np.int32)
    indices = np.empty((n_samples, n_each), dtype=np.int32)
    for first in range(0, n_samples, 50_000):
        part = indices[first : first + 50_000]
        part[:] = starts + (rng.random(part.shape, dtype=np.float32) * steps).astype(np.int32)
    data = rng.integers(1, 5, indices.size, dtype=np.int8).astype(np.float32)
    ends = n_each * np.arange(n_samples + 1, dtype=np.int32)
    return sp.csr_array((data, indices.ravel(), ends), shape=(n_samples, n_features))


def fitted_model(n_samples: int, n_features: int, rng: np.random.Generator) -> IntegratedDiffusion:
    """A model that was fitted to something else, and has this operator and this view."""
    model = IntegratedDiffusion(verbose=True)
    operators = {name: banded_walk(n_samples, name, rng) for name in ("rna", "atac")}
    model.operators_, model.operator_ = operators, random_order(operators, {"rna": 2, "atac": 1}, None) ** 2
    model.views_ = {"rna": counts(n_samples, n_features, rng)}
    return model


def most_memory() -> float:
    """The most memory that this process had since `forget_peak`, in GB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 2**20


def forget_peak() -> None:
    """Let the kernel count the most memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def check(model: IntegratedDiffusion, path: Path, columns: np.ndarray) -> float:
    """Return the largest relative difference of a few columns to direct products in float64."""
    X = model.views_["rna"]
    places = np.unique(np.linspace(0, len(columns) - 1, 3).astype(int))
    found = anndata.read_h5ad(path, backed="r") if path.suffix == ".h5ad" else anndata.io.read_zarr(path)
    worst = 0.0
    for place in places:
        expected = model.operator_ @ X[:, [columns[place]]].toarray().astype(np.float64)
        difference = np.abs(found.X[:, place] - expected[:, 0]).max()
        worst = max(worst, float(difference / np.abs(expected).max()))
    return worst


def main(n_samples: int = 1_000_000, n_features: int = 2_000, n_chosen: int = 0, output: str = "") -> None:
    """Print all of it."""
    rng = np.random.default_rng(0)
    model = fitted_model(n_samples, n_features, rng)
    X = model.views_["rna"]
    columns = np.sort(rng.choice(n_features, n_chosen, replace=False)) if n_chosen else np.arange(n_features)
    size = (X.data.nbytes + X.indices.nbytes) / 2**30
    print(f"{n_samples:,} x {n_features:,} ({X.nnz:,} above zero, {size:.2f} GB), J = {model.operator_!r}", flush=True)
    gc.collect()
    forget_peak()
    print(f"memory before: {most_memory():.2f} GB", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        start, busy = time.perf_counter(), time.process_time()
        path = model.denoise("rna", 1, features=columns, out=Path(output or Path(folder) / "denoised.h5ad"))
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        took = f"{seconds:.1f} s ({busy:.0f} s of processors)"
        print(f"{len(columns):,} features to {path.name}: {took}, peak {most_memory():.2f} GB", flush=True)
        print(f"largest relative difference to direct products: {check(model, path, columns):.1e}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:])
