"""`run` and `denoise` on a cluster: files that are read chunk by chunk, a store that is written chunk by chunk."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integrated_diffusion.cli.options import Cluster, Embedding, Fitting, Missing
from integrated_diffusion.cli.parameters import Requested
from integrated_diffusion.cli.plans import DENOISE_ON_CLUSTER, RUN_ON_CLUSTER
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Progress

if TYPE_CHECKING:
    from integrated_diffusion.io.reading.lazy import LazyViews


@dataclass(frozen=True)
class ClusterRun:
    """A command on a cluster: what is fitted to which files, and where its results go.

    Parameters
    ----------
    model : IntegratedDiffusion
        The model, not yet fitted.
    inputs : sequence of Path
        AnnData or MuData.
    output : Path
        A `.zarr`.
    fitting, on_cluster : Fitting, Cluster
        The options.
    overwrite : bool
        Whether the output may be replaced.
    max_memory : str or None
        Given or not.
    """

    model: IntegratedDiffusion
    inputs: Sequence[Path]
    output: Path
    fitting: Fitting
    on_cluster: Cluster
    overwrite: bool
    max_memory: str | None

    def integrate(self, embedding: Embedding) -> str:
        """Fit the views, write the coordinates, and return what to tell.

        Parameters
        ----------
        embedding : Embedding
            The options of the embedding.

        Raises
        ------
        ValueError
            If an option was given that only runs in memory follow, or an input or output cannot be used.
        """
        from integrated_diffusion.io.writing.lazy_store import write_lazy_results
        from integrated_diffusion.version import __version__

        start, model = time.perf_counter(), self.model
        found = self._read({"--color": embedding.color})
        with connected(self.on_cluster) as client, progress_bar(plan=RUN_ON_CLUSTER) as bar:
            _fit(model, found, client, bar)
            record = {
                "version": __version__,
                "steps": dict(model.steps_),
                "n_repeats": model.n_repeats_,
                "power": model.power_,
                "operator": repr(model.operator_),
                "seed": model.seed_,
                "inputs": [path.name for path in self.inputs],
            }
            bar("writing", 0, 1)
            write_lazy_results(self.output, found.samples, model.embedding_, record)
            n_workers = len(client.nthreads())
        n_samples, n_components = model.embedding_.shape
        return self._told(f"{n_samples:,} samples, {n_components} components", start, n_workers)

    def denoise(self, only: str, features: Sequence[str] | None, how: Requested) -> str:
        """Fit the views, write one of them denoised, and return what to tell.

        Parameters
        ----------
        only : str
            Name of the view.
        features : sequence of str or None
            Which of its features; all unless given.
        how : Requested
            What is asked of the smoother.

        Raises
        ------
        ValueError
            If an option was given that only runs in memory follow, or an input or output cannot be used.
        """
        from integrated_diffusion.io.feature_names import columns_named
        from integrated_diffusion.io.writing.denoised_view import smoothing_description
        from integrated_diffusion.io.writing.lazy_store import write_lazy_denoised
        from integrated_diffusion.views.checks import check_known

        start, model = time.perf_counter(), self.model
        found = self._read({})
        check_known([only], tuple(found.views), "--only")
        names = found.features(only)
        columns = columns_named(list(names), features, only)
        with connected(self.on_cluster) as client, progress_bar(plan=DENOISE_ON_CLUSTER) as bar:
            _fit(model, found, client, bar)
            smoother = model.smoother(only, how.power, how.amount, how.scale)
            blocks = model.denoised_blocks(only, how.power, columns, amount=how.amount, scale=how.scale)
            description = {**smoothing_description(only, smoother, how.scale), "operator": repr(model.operator_)}
            write_lazy_denoised(self.output, found.samples, names[columns], blocks, description, bar)
            n_workers = len(client.nthreads())
        what = f"{only} denoised: {smoother}, {how.scale}, {len(columns):,} features"
        return self._told(what, start, n_workers)

    def _read(self, in_memory: Mapping[str, Any]) -> LazyViews:
        """Check options and output, and open the files; the model is told the recipes."""
        from integrated_diffusion.cli.parameters import pairs, sources_of
        from integrated_diffusion.io.reading.lazy import read_lazily
        from integrated_diffusion.io.writing.lazy_store import check_lazy_output
        from integrated_diffusion.views.missing import DROP, REFUSE

        _refuse({**_in_memory(self.fitting), **in_memory, "--max-memory": self.max_memory})
        if self.model.local_denoising is not None:
            raise ValueError(
                "--local-denoising: expected a run in memory for it and for --preset paper, found one on a cluster; "
                "add --no-local-denoising, or leave out --cluster and --workers"
            )
        check_lazy_output(self.output, self.overwrite)
        recipes = pairs(self.fitting.normalize, "--normalize")
        missing = DROP if self.fitting.missing == Missing.DROP else REFUSE
        found = read_lazily(self.inputs, sources_of(self.fitting.view), missing)
        self.model.set_params(recipes={name: recipes.get(name, "auto") for name in found.views} | recipes)
        return found

    def _told(self, what: str, start: float, n_workers: int) -> str:
        seconds = time.perf_counter() - start
        return f"J = {self.model.operator_!r}\n{what}, {seconds:.0f} s on {n_workers} workers\nwrote {self.output}"


def _fit(model: IntegratedDiffusion, found: LazyViews, client: Any, progress: Progress) -> None:
    from integrated_diffusion.runtime.telling import tell

    if client.dashboard_link:
        tell(f"dashboard {client.dashboard_link}")
    model.set_params(verbose=progress)
    try:
        model.fit(found.views, client=client)
    finally:
        model.set_params(verbose=False)


def _in_memory(fitting: Fitting) -> dict[str, Any]:
    """The options of a fit that only runs in memory follow, and what was given."""
    return {
        "--batch": fitting.batch,
        "--batch-view": fitting.batch_view,
        "--exclude": fitting.exclude,
        "--transpose": fitting.transpose,
        "--split-counts": fitting.split_counts,
    }


def _refuse(in_memory: Mapping[str, Any]) -> None:
    """Raise `ValueError` if an option was given that only runs in memory follow."""
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
        from distributed import Client

        from integrated_diffusion.cluster.client import local_client
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
    if n_workers is None:
        raise ValueError(
            "--memory-per-worker: expected --workers beside it, found none; say how many processes to start"
        )
    if n_workers < 1:
        raise ValueError(
            f"--workers: expected at least 1, found {n_workers}; one is enough for data larger than memory"
        )
    try:
        client = local_client(n_workers, memory or "auto")
    except ValueError as error:
        raise ValueError(
            f"--memory-per-worker: expected a size such as 4GB, at least 256MB, found {memory}; correct it"
        ) from error
    with client.cluster, client:
        try:
            yield client
        except KeyboardInterrupt:
            logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # tasks of dask that nobody waits for any more
            raise
