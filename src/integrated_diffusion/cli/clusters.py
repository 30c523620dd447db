"""`run` on a cluster: files that are read chunk by chunk, a store that is written chunk by chunk."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrated_diffusion.cli.options import Cluster, Embedding, Fitting, Missing
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Stopwatch


def run_on_cluster(
    model: IntegratedDiffusion,
    inputs: Sequence[Path],
    output: Path,
    fitting: Fitting,
    embedding: Embedding,
    on_cluster: Cluster,
    overwrite: bool,
    max_memory: str | None,
) -> str:
    """Fit the views of files on a cluster, write the results, and return what to tell.

    Parameters
    ----------
    model : IntegratedDiffusion
        The model, not yet fitted.
    inputs : sequence of Path
        AnnData or MuData.
    output : Path
        A `.zarr`.
    fitting, embedding, on_cluster : Fitting, Embedding, Cluster
        The options.
    overwrite : bool
        Whether the output may be replaced.
    max_memory : str or None
        Given or not.

    Raises
    ------
    ValueError
        If an option was given that only runs in memory follow, or an input or output cannot be used.
    """
    from integrated_diffusion.cli.parameters import pairs, sources_of
    from integrated_diffusion.io.reading.lazy import read_lazily
    from integrated_diffusion.io.writing.lazy_store import check_lazy_output, write_lazy_results
    from integrated_diffusion.version import __version__

    start = time.perf_counter()
    _refuse(fitting, embedding, max_memory)
    check_lazy_output(output, overwrite)
    recipes = pairs(fitting.normalize, "--normalize")
    found = read_lazily(inputs, sources_of(fitting.view))
    model.set_params(recipes={name: recipes.get(name, "auto") for name in found.views} | recipes)
    with connected(on_cluster) as client, progress_bar() as bar:
        model.set_params(verbose=Stopwatch(bar))
        model.fit(found.views, client=client)
        record = {
            "version": __version__,
            "steps": dict(model.steps_),
            "n_repeats": model.n_repeats_,
            "power": model.power_,
            "operator": repr(model.operator_),
            "seed": model.seed_,
            "inputs": [path.name for path in inputs],
        }
        write_lazy_results(output, found.samples, model.embedding_, record)
        n_workers = len(client.nthreads())
    seconds = time.perf_counter() - start
    n_samples, n_components = model.embedding_.shape
    return (
        f"J = {model.operator_!r}\n{n_samples:,} samples, {n_components} components, {seconds:.0f} s on "
        f"{n_workers} workers\nwrote {output}"
    )


def _refuse(fitting: Fitting, embedding: Embedding, max_memory: str | None) -> None:
    """Raise `ValueError` if an option was given that only runs in memory follow."""
    in_memory = {
        "--color": embedding.color,
        "--batch": fitting.batch,
        "--batch-view": fitting.batch_view,
        "--exclude": fitting.exclude,
        "--transpose": fitting.transpose,
        "--split-counts": fitting.split_counts,
        "--max-memory": max_memory,
        "--missing": fitting.missing == Missing.DROP,
    }
    given = [name for name, value in in_memory.items() if value]
    if given:
        raise ValueError(
            f"{given[0]}: expected a run in memory, found one on a cluster; leave the option out, or leave out "
            "--cluster and --workers"
        )


@contextmanager
def connected(on_cluster: Cluster) -> Iterator[Any]:
    """Give a client of the cluster at an address, or of one on this machine that ends with the run.

    Parameters
    ----------
    on_cluster : Cluster
        Address of a scheduler; or number of processes on this machine, and their memory.

    Raises
    ------
    ValueError
        If both or a wrong number are given, there is no scheduler, or dask is not installed.
    """
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise ValueError(
            "--cluster: expected dask.distributed, found it is not installed; pip install 'integrated-diffusion[dask]'"
        ) from error
    address, n_workers, memory = on_cluster.cluster, on_cluster.workers, on_cluster.memory_per_worker
    if address is not None and (n_workers is not None or memory is not None):
        raise ValueError("--cluster: expected an address or --workers, found both; leave one of them out")
    if address is not None:
        try:
            client = Client(address, timeout="10s")
        except (OSError, ValueError) as error:
            raise ValueError(
                f"--cluster: expected a scheduler at {address}, found none ({error}); start it by `dask scheduler`"
            ) from error
        with client:
            yield client
        return
    if n_workers is None or n_workers < 1:
        raise ValueError(f"--workers: expected at least 1, found {n_workers}; 1 runs out of core on one processor")
    limit = "auto" if memory is None else memory
    try:
        cluster = LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            memory_limit=limit,
            dashboard_address=":0",
            silence_logs=logging.ERROR,
        )
    except ValueError as error:
        raise ValueError(f"--memory-per-worker: expected a size such as 4GB, found {memory}; correct it") from error
    with cluster, Client(cluster) as client:
        yield client
