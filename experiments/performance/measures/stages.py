"""Seconds and memory of every stage of `IntegratedDiffusion.paper()`, and of PHATE of the same operator.

python -m experiments.performance.measures.stages [n_samples ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from experiments.performance.child import peak_gigabytes
from experiments.performance.subjects import Measurement, Numbers, Views, few

REDUCTION, DENOISING, NEIGHBOURS, KERNEL = "principal components", "local denoising", "neighbours", "kernel"
SPECTRUM, POWER, SVD, PHATE = "spectra of the operators", "spectrum of J", "SVD of J", "PHATE of J"
STAGES = (REDUCTION, DENOISING, NEIGHBOURS, KERNEL, SPECTRUM, POWER, SVD)
"""What a fit consists of; PHATE comes on top."""


class Clock:
    """Seconds and peak memory by stage, of all views together."""

    def __init__(self) -> None:
        self.numbers: Numbers = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what is done inside to a stage."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        start = time.perf_counter()
        yield
        seconds, gigabytes = f"{name}: seconds", f"{name}: gigabytes"
        self.numbers[seconds] = self.numbers.get(seconds, 0.0) + time.perf_counter() - start
        self.numbers[gigabytes] = max(self.numbers.get(gigabytes, 0.0), peak_gigabytes())


def staged(views: Views, clock: Clock) -> np.ndarray:
    """Do what the fit does, stage by stage, then PHATE, and return the coordinates of the fit.

    Parameters
    ----------
    views
        Views by name, `(n_samples, n_features)`.
    clock
        Is told when a stage begins and ends.
    """
    from integrated_diffusion import IntegratedDiffusion
    from integrated_diffusion.embedding import diffusion_map, phate
    from integrated_diffusion.integration.construction import Construction
    from integrated_diffusion.integration.steps import choose_power
    from integrated_diffusion.neighbors import find_neighbors
    from integrated_diffusion.operators import DiffusionOperator
    from integrated_diffusion.operators.build import warn_if_disconnected
    from integrated_diffusion.runtime.threads import one_blas_thread

    paper = IntegratedDiffusion.paper().get_params()
    settings = {name: paper[name] for name in ("kernel", "local_denoising", "steps", "n_pca")}
    construction = Construction(**settings)
    kernel = construction.kernel
    with one_blas_thread():  # as a fit does
        with clock.stage(REDUCTION):
            reduced = construction.reduce(views)
        with clock.stage(DENOISING):
            denoised = construction.denoise(reduced)
        with clock.stage(NEIGHBOURS):
            near = {name: find_neighbors(X, kernel.n_candidates) for name, X in denoised.items()}
        with clock.stage(KERNEL):
            operators = {name: DiffusionOperator.of(kernel.affinities(near.pop(name)), name) for name in views}
            for operator in operators.values():
                warn_if_disconnected(operator)
        with clock.stage(SPECTRUM):
            chosen = construction.choose(denoised, operators)
        J = construction.join(operators, chosen).operator
        with clock.stage(POWER):
            power = choose_power(J, paper["power"])
        with clock.stage(SVD):
            coordinates = diffusion_map(J, paper["n_components"], power)
        with clock.stage(PHATE):
            phate(J, power=power)
    return coordinates


def measure(views: Views) -> Numbers:
    """Seconds and peak memory of each stage, and of the fit."""
    staged(few(views), Clock())
    clock = Clock()
    staged(views, clock)
    seconds = sum(clock.numbers[f"{stage}: seconds"] for stage in STAGES)
    gigabytes = max(clock.numbers[f"{stage}: gigabytes"] for stage in STAGES)
    return clock.numbers | {"fit: seconds": seconds, "fit: gigabytes": gigabytes}


def main(*sizes: int) -> None:
    """Print seconds and gigabytes of each stage on the simulated tree."""
    from experiments.performance.sets import TREE
    from experiments.study.markdown import table

    for n_samples in sizes or (1_000, 10_000, 100_000):
        numbers = measure(TREE.draw(n_samples).views)
        rows = [
            [stage, f"{numbers[f'{stage}: seconds']:.2f}", f"{numbers[f'{stage}: gigabytes']:.2f}"]
            for stage in (*STAGES, "fit", PHATE)
        ]
        print(table([f"{n_samples:,} samples", "seconds", "GB"], rows), end="\n\n", flush=True)


SIZES, SHEET_SIZES = (1_000, 4_000, 10_000, 25_000, 100_000, 300_000, 1_000_000), (25_000, 100_000, 1_000_000)
SUBJECT = Measurement("stages", SIZES, measure, SHEET_SIZES)

if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
