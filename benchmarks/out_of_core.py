"""From two files of sparse counts to coordinates and denoised genes on one worker of little memory.

python -m benchmarks.out_of_core [--samples 100000] [--features 2000] [--genes 128] [--memory-per-worker 4GB]

Two `.h5ad` of counts, one in twenty values on average, of samples on a sheet of five dimensions, are drawn into a
temporary folder (in `--folder`). They are read chunk by chunk, fitted by their recipes, and coordinates and denoised
genes are written. Prints seconds by stage, and the largest memory of worker and client.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata.io import write_elem

from benchmarks.cluster import peak_memory
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.cluster.client import local_client
from integrated_diffusion.io.reading.lazy import read_lazily
from integrated_diffusion.io.writing.lazy_store import write_lazy_denoised, write_lazy_results

ROWS = 20_000
DENSITY = 0.05
DIMENSIONS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=2_000)
    parser.add_argument("--genes", type=int, default=128, help="genes to denoise")
    parser.add_argument("--memory-per-worker", default="4GB")
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        start = time.perf_counter()
        files = [Path(folder) / f"{view}.h5ad" for view in ("rna", "other_rna")]
        with ProcessPoolExecutor(1) as other:  # so that its memory is no part of what the client is said to have needed
            for view, file in enumerate(files):
                other.submit(draw, file, view, arguments).result()
        size = sum(file.stat().st_size for file in files) / 2**30
        print(f"drawn in {time.perf_counter() - start:.0f} s, {size:.2f} GB on disk", flush=True)
        run(files, Path(folder), arguments)


def draw(path: Path, view: int, arguments: argparse.Namespace) -> None:
    """Write the counts of one view, some rows at a time."""
    n, n_features = arguments.samples, arguments.features
    loadings = np.random.default_rng(10 + view).standard_normal((DIMENSIONS, n_features)).astype(np.float32)
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        write_elem(file, "obs", pd.DataFrame(index=[f"cell{i}" for i in range(n)]))
        write_elem(file, "var", pd.DataFrame(index=[f"gene{i}" for i in range(n_features)]))
        X = file.create_group("X")
        X.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": (n, n_features)})
        data = X.create_dataset("data", (0,), np.float32, maxshape=(None,), chunks=(2**18,))
        indices = X.create_dataset("indices", (0,), np.int32, maxshape=(None,), chunks=(2**18,))
        lengths = np.zeros(n + 1, dtype=np.int64)
        for first in range(0, n, ROWS):
            rows = min(ROWS, n - first)
            shared, own = np.random.default_rng([0, first]), np.random.default_rng([1 + view, first])
            rates = np.exp(0.7 * shared.standard_normal((rows, DIMENSIONS), dtype=np.float32) @ loadings)
            counts = own.poisson(DENSITY / rates.mean() * rates).astype(np.float32)
            counts[:, 0] += 1  # no sample is empty
            at, columns = np.nonzero(counts)
            lengths[first + 1 : first + rows + 1] = np.bincount(at, minlength=rows)
            for stored, values in ((data, counts[at, columns]), (indices, columns)):
                stored.resize(len(stored) + len(values), axis=0)
                stored[-len(values) :] = values
        X.create_dataset("indptr", data=np.cumsum(lengths))


def run(files: list[Path], folder: Path, arguments: argparse.Namespace) -> None:
    """Fit, write, and print what it cost."""
    stages: list[tuple[str, float]] = []

    def note(stage: str, *_: int) -> None:
        stages.append((stage, time.perf_counter()))

    client = local_client(1, arguments.memory_per_worker)
    with client.cluster, client:
        found = read_lazily(files)
        model = IntegratedDiffusion(n_components=10, recipes="auto", verbose=note).fit(found.views, client=client)
        note("writing coordinates")
        write_lazy_results(folder / "joint.zarr", found.samples, model.embedding_, {})
        note("smoother of the genes")
        smoother = model.smoother("rna")
        genes = np.arange(min(arguments.genes, arguments.features))
        blocks = model.denoised_blocks("rna", features=genes, scale="counts")
        write_lazy_denoised(folder / "genes.zarr", found.samples, found.features("rna")[genes], blocks, {}, note)
        note("end")
        seconds: dict[str, float] = defaultdict(float)
        for (stage, begin), (_, end) in itertools.pairwise(stages):
            seconds[stage] += end - begin
        print(f"{arguments.samples} x {arguments.features} in two views, steps {model.steps_}, {smoother}")
        print(
            f"  {sum(seconds.values()):.0f} s: " + ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items())
        )
        print(f"  peak memory of the worker: {max(client.run(peak_memory).values()):.2f} GB")
        print(f"  peak memory of client and scheduler: {peak_memory():.2f} GB", flush=True)


if __name__ == "__main__":
    main()
