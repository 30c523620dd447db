"""The default beside the published method: time and memory of both, each in a process of its own.

python -m benchmarks.default_cost [--set tree|sheet|groups] [n_samples ...]

Two views of 50 features. Seconds are wall time and processor time of the fit, after a first one on 600 samples, so that
nothing is compiled; memory is the most that was resident. Sizes are 25,000 and 100,000 unless given.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings

import numpy as np

from benchmarks.selection_cost import groups
from experiments.performance.sets import SHEET, TREE
from integrated_diffusion import DisconnectedGraphWarning, IntegratedDiffusion
from integrated_diffusion.metrics import knn_accuracy


def drawn(name: str, n_samples: int) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Return views and labels of one of the simulated sets."""
    if name == "groups":
        return groups(n_samples), None
    found = {"tree": TREE, "sheet": SHEET}[name].draw(n_samples)
    return found.views, found.labels


def measure(name: str, settings: str, n_samples: int) -> dict[str, float | str]:
    """Fit once and return what it took."""
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    make = IntegratedDiffusion if settings == "default" else IntegratedDiffusion.paper
    make().fit(drawn(name, 600)[0])
    views, labels = drawn(name, n_samples)
    start, begun = time.perf_counter(), time.process_time()
    model = make().fit(views)
    seconds, used = time.perf_counter() - start, time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    scored = np.random.default_rng(2).permutation(n_samples)[:2_000]
    accuracy = np.nan if labels is None else knn_accuracy(model.embedding_[scored], labels[scored])
    return {"seconds": seconds, "used": used, "memory": memory, "accuracy": accuracy, "J": repr(model.operator_)}


def main() -> None:
    """Print a line for both at every size, and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", dest="name", default="tree", choices=["tree", "sheet", "groups"])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("sizes", nargs="*", type=int, default=[25_000, 100_000])
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.name, given.one, given.sizes[0])))
        return
    for n_samples in given.sizes:
        both = []
        for settings in ("paper", "default"):
            command = [sys.executable, "-m", "benchmarks.default_cost", "--set", given.name, "--one", settings]
            out = subprocess.run([*command, str(n_samples)], check=True, capture_output=True, text=True).stdout
            both.append(json.loads(out.splitlines()[-1]))
            print(f"{given.name}, {n_samples:,}, {settings}: " + described(both[-1]), flush=True)
        ratios = ", ".join(f"{name} {both[1][name] / both[0][name]:.2f}" for name in ("seconds", "used", "memory"))
        print(f"{given.name}, {n_samples:,}, default over paper: {ratios}", flush=True)


def described(one: dict[str, float | str]) -> str:
    """Return one run in a line."""
    return (
        f"{one['seconds']:.1f} s, {one['used']:.1f} s of processor time, {one['memory']:.2f} GB, "
        f"accuracy {one['accuracy']:.3f}, J = {one['J']}"
    )


if __name__ == "__main__":
    main()
