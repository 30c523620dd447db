"""The product `P @ X`, the hot loop, against what the memory of the machine allows."""

from __future__ import annotations

import os
from functools import partial

from benchmarks.bandwidth import best_seconds, bytes_of_product, triad_bytes_a_second
from benchmarks.peers.subjects import Measurement, Numbers, Views

WIDTHS = (16, 64, 100)


def measure(views: Views) -> Numbers:
    """Seconds, bytes that have to be moved, and the share of the measured bandwidth, by the number of columns."""
    import numpy as np

    from integrated_diffusion import IntegratedDiffusion, diffusion_operator
    from integrated_diffusion.parallel import n_threads

    X = next(iter(views.values()))
    walk = diffusion_operator(X, IntegratedDiffusion.paper().kernel)
    bandwidth = triad_bytes_a_second()
    numbers = {
        "cores": n_threads(None),
        "memory: GB": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9,
        "bandwidth: GB/s": bandwidth / 1e9,
        "entries a row": walk.kernel.nnz / len(X),
    }
    for width in WIDTHS:
        block = np.random.default_rng(0).standard_normal((len(X), width)).astype(np.float32)
        seconds = best_seconds(partial(walk.__matmul__, block))
        moved = bytes_of_product(len(X), walk.kernel.nnz, width)
        numbers[f"{width} columns: seconds"] = seconds
        numbers[f"{width} columns: share"] = moved / seconds / bandwidth
    return numbers


SUBJECT = Measurement("product", (200_000,), measure)
