"""What a fit on a cluster of this machine costs: beside one in memory, with one worker and with two.

python -m benchmarks.cluster [--samples 300000] [--workers 1 2] [--memory-per-worker 3GB] [--in-memory]

Prints seconds by stage, tasks, the bytes that workers sent, what one product costs, and the largest
memory of each worker and of the process of client and scheduler, and how large affinities and kernels are.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter, defaultdict
from typing import Any

import dask.array as da
import numpy as np
from dask.sizeof import sizeof
from dask.utils import key_split
from distributed.diagnostics.plugin import SchedulerPlugin

from integrated_diffusion import IntegratedDiffusion

FEATURES = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=300_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--memory-per-worker", default="auto")
    parser.add_argument("--in-memory", action="store_true", help="the fit in memory as well")
    arguments = parser.parse_args()
    n = arguments.samples
    for n_workers in arguments.workers:
        on_cluster(n, n_workers, arguments.memory_per_worker)
    if arguments.in_memory:  # last, so that it is no part of what the client is said to have needed
        in_memory(n)


def in_memory(n_samples: int) -> None:
    """Fit the same in memory."""
    views = {name: X.compute(scheduler="sync") for name, X in simulated(n_samples).items()}
    start, used = time.perf_counter(), time.process_time()
    model = IntegratedDiffusion(n_components=10).fit(views)
    spent, used = time.perf_counter() - start, time.process_time() - used
    print(f"in memory: {spent:.1f} s, {used:.1f} s of processors, steps {model.steps_}", flush=True)


def simulated(n_samples: int, chunk_rows: int = 50_000) -> dict[str, da.Array]:
    """Two views of twelve groups of samples on a sheet of five dimensions, drawn chunk by chunk."""
    rows = tuple(min(chunk_rows, n_samples - start) for start in range(0, n_samples, chunk_rows))
    return {
        name: da.map_blocks(
            draw, chunks=(rows, (FEATURES,)), dtype=np.float32, meta=np.empty((0, 0), np.float32), rows=rows, view=view
        )
        for view, name in enumerate(("first", "second"))
    }


def draw(rows: tuple[int, ...], view: int, block_info: Any = None) -> np.ndarray:
    """Draw one chunk of a view; the latent values of a chunk are the same in both views."""
    chunk = block_info[None]["chunk-location"][0]
    shared, own = np.random.default_rng([0, chunk]), np.random.default_rng([1 + view, chunk])
    weights = np.random.default_rng(10 + view).standard_normal((5, FEATURES))
    centres = 5 * np.random.default_rng(7).standard_normal((12, 5))
    latent = centres[shared.integers(0, 12, rows[chunk])] + shared.standard_normal((rows[chunk], 5))
    noise = (0.3 + 0.3 * view) * own.standard_normal((rows[chunk], FEATURES))
    return (np.tanh(latent @ weights / 4) + noise).astype(np.float32)


def on_cluster(n_samples: int, n_workers: int, memory: str) -> None:
    """Fit on a cluster of this machine, and print what it costs."""
    from integrated_diffusion.cluster.client import local_client

    client = local_client(n_workers, memory)
    with client.cluster as cluster, client:
        stages: list[tuple[str, float]] = []
        tasks = Tasks()
        cluster.scheduler.add_plugin(tasks, name="tasks")
        client.run(warm)
        before = list(client.run(time.process_time).values())
        start, used = time.perf_counter(), time.process_time()
        model = IntegratedDiffusion(
            n_components=10, verbose=lambda stage, *_: stages.append((stage, time.perf_counter()))
        ).fit(simulated(n_samples), client=client)
        model.embedding_[:1].compute()
        end = time.perf_counter()
        used = time.process_time() - used
        workers = sum(client.run(time.process_time).values()) - sum(before)
        n_parts = len(model.operators_["first"].order.sizes)
        print(
            f"{n_workers} workers: {end - start:.1f} s, {workers:.1f} s of processors in workers and {used:.1f} s in "
            f"client and scheduler, steps {model.steps_}, {n_parts} parts",
            flush=True,
        )
        seconds: dict[str, float] = defaultdict(float)
        for (stage, begin), (_, following) in zip(stages, [*stages[1:], ("", end)], strict=True):
            seconds[stage] += following - begin
        for stage, spent in seconds.items():
            print(f"  {stage}: {spent:.1f} s")
        n_tasks, sent = sum(tasks.number.values()), sum(client.run(sent_bytes).values())
        each = sum(tasks.seconds.values()) / n_tasks
        print(f"  {n_tasks} tasks, {each:.4f} s each, workers sent {sent / n_samples:.0f} bytes a sample")
        for name, spent in sorted(tasks.seconds.items(), key=lambda item: -item[1])[:12]:
            print(f"    {name}: {tasks.number[name]} tasks, {spent:.2f} s")
        products(client, model, n_samples)
        held(client, model, n_samples)
        for address, peak in client.run(peak_memory).items():
            print(f"  peak memory of worker {address}: {peak:.2f} GB")
        print(f"  peak memory of client and scheduler: {peak_memory():.2f} GB", flush=True)


def warm() -> None:
    """Import what tasks need, so that it is not counted as theirs."""
    import integrated_diffusion.cluster.fit
    import integrated_diffusion.operators.product_kernel  # noqa: F401


def sent_bytes(dask_worker: Any) -> int:
    """Return the bytes that a worker has sent to others and to the client."""
    return int(dask_worker.transfer_outgoing_bytes_total)


class Tasks(SchedulerPlugin):
    """Counts tasks and their seconds by name."""

    def __init__(self) -> None:
        self.number: Counter[str] = Counter()
        self.seconds: dict[str, float] = defaultdict(float)

    def transition(self, key: Any, start: str, finish: str, *args: Any, startstops: Any = (), **kwargs: Any) -> None:
        """Note a task that is done."""
        if start != "processing" or finish != "memory":
            return
        name = key_split(key)
        self.number[name] += 1
        for step in startstops or ():
            if step["action"] == "compute":
                self.seconds[name] += step["stop"] - step["start"]


def products(client: Any, model: Any, n_samples: int, width: int = 16) -> None:
    """Print seconds, tasks and bytes of one product of a view's operator with 16 columns."""
    P = model.operators_["first"]
    workspace = P.workspace_for(np.broadcast_to(np.float32(0), (n_samples, width)))
    block = workspace.standard_normal(np.random.default_rng(0), (n_samples, width)).astype(np.float32)
    for _ in range(2):  # the first one converts the matrix
        client.gather(client.map(len, block.joined(), pure=False))
        start = time.perf_counter()
        image = P.image(block, workspace)
        client.gather(client.map(len, image.joined(), pure=False))
        spent = time.perf_counter() - start
    sent = P.parts.exchange.n_rows.sum()
    n_tasks = len(P.parts.exchange.n_rows) + len(P.order.sizes)
    print(
        f"  one product with {width} columns: {spent:.3f} s, {n_tasks} tasks, {sent / n_samples:.3f} rows and "
        f"{4 * width * sent / n_samples:.1f} bytes sent a sample"
    )


def held(client: Any, model: Any, n_samples: int) -> None:
    """Print the bytes of each view's directed affinities and kernel."""
    for name, P in model.operators_.items():
        sizes = [
            sum(client.gather(client.map(sizeof, parts, pure=False))) / n_samples
            for parts in (P.cluster_affinities.directed, P.parts.matrices)
        ]
        print(f"  {name}: affinities {sizes[0]:.0f} and kernel {sizes[1]:.0f} bytes a sample")


def peak_memory() -> float:
    """Return the largest memory of this process, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
