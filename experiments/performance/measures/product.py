"""The product `P @ X`, the hot loop, against what the memory of the machine allows."""

from __future__ import annotations

import os
from functools import partial

from benchmarks.bandwidth import best_seconds, bytes_of_product, triad_bytes_a_second
from experiments.performance.subjects import Measurement, Numbers, Views

WIDTHS, STEPS = (16, 64, 100), 8


def measure(views: Views) -> Numbers:
    """Seconds, bytes that have to be moved, and the share of the measured bandwidth, by the number of columns."""
    import numpy as np

    from integrated_diffusion import IntegratedDiffusion, diffusion_operator
    from integrated_diffusion.runtime.threads import n_threads

    X = next(iter(views.values()))
    operator = diffusion_operator(X, IntegratedDiffusion.paper().kernel)
    bandwidth = triad_bytes_a_second()
    numbers = {
        "cores": n_threads(None),
        "memory: GB": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9,
        "bandwidth: GB/s": bandwidth / 1e9,
        "entries a row": operator.kernel.nnz / len(X),
    }
    for width in WIDTHS:
        block = np.random.default_rng(0).standard_normal((len(X), width)).astype(np.float32)
        moved = bytes_of_product(len(X), operator.kernel.nnz, width)
        fetched = moved + operator.kernel.nnz * width * block.itemsize
        for what, steps in (("", 1), (f" of {STEPS} steps", STEPS)):
            seconds = best_seconds(partial((operator**steps).__matmul__, block)) / steps
            numbers[f"{width} columns{what}: seconds"] = seconds
            numbers[f"{width} columns{what}: share"] = moved / seconds / bandwidth
            numbers[f"{width} columns{what}: share fetched"] = fetched / seconds / bandwidth
    return numbers


SUBJECT = Measurement("product", (200_000,), measure, (200_000,))
