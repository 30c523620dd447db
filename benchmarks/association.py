"""Gene-peak pairs at the size of a 10x multiome: seconds and memory of the associations, without and with shuffles.

    python -m benchmarks.association [n_samples [n_pairs]]

Two views of twenty groups make the integrated operator; counts of 1,700 genes and of as many peaks as pairs, 3 % of
them above zero, are what is smoothed. The time starts when the operator exists. The aim: 18,000 pairs of 12,000
samples in 30 seconds and 1 GB on two cores.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import scipy.sparse as sp

from integrated_diffusion import IntegratedOperator, diffusion_operator, random_order
from integrated_diffusion.association import (
    FixedSmoothing,
    JointSmoothing,
    NoSmoothing,
    Pairs,
    PerViewSmoothing,
    Smoothing,
    associate,
    mutual_information,
)

N_GENES = 1_700


def operator(n_samples: int, rng: np.random.Generator) -> IntegratedOperator:
    """Two steps in the first view for one in the second, at random, twice."""
    points = 2 * rng.standard_normal((20, 10))[rng.integers(0, 20, n_samples)]
    views = {name: (points + rng.standard_normal((n_samples, 10))).astype(np.float32) for name in ("rna", "atac")}
    operators = {name: diffusion_operator(X, name=name) for name, X in views.items()}
    return IntegratedOperator(operators, {"rna": 2, "atac": 1}, random_order, 2)


def counts(n_samples: int, n_features: int, rng: np.random.Generator) -> sp.csr_array:
    """Sparse counts, float32."""
    n_drawn = int(0.03 * n_samples * n_features)
    places = rng.integers(0, n_samples, n_drawn), rng.integers(0, n_features, n_drawn)
    return sp.csr_array((np.ones(n_drawn, dtype=np.float32), places), shape=(n_samples, n_features))


def timed(smoothing: Smoothing, genes: sp.csr_array, peaks: sp.csr_array, pairs: Pairs, n_shuffles: int) -> float:
    """Print what it takes, and return the seconds."""
    start, busy = time.perf_counter(), time.process_time()
    found = associate(smoothing, genes, peaks, pairs, n_shuffles=n_shuffles)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    how = type(smoothing).__name__
    took = f"{seconds:6.1f} s ({busy:.0f} s of processors)"
    print(f"{how:>10}, {n_shuffles:2d} shuffles: {took}, peak {peak:.2f} GB ({found.mean})", flush=True)
    return seconds


def main(n_samples: int = 12_000, n_pairs: int = 18_000) -> None:
    """Print all of it."""
    rng = np.random.default_rng(0)
    joint, genes, peaks = operator(n_samples, rng), counts(n_samples, N_GENES, rng), counts(n_samples, n_pairs, rng)
    mutual_information(np.arange(9.0), np.arange(9.0))  # compiled
    mutual_information(np.arange(9, dtype=np.float32), np.arange(9, dtype=np.float32))
    joint.operator @ np.ones((n_samples, 1), dtype=np.float32)  # the parts in single precision exist
    gene = np.sort(rng.integers(0, N_GENES, n_pairs))
    pairs = Pairs(gene, np.arange(n_pairs), gene.astype(str), np.arange(n_pairs).astype(str))
    print(f"{n_samples:,} samples, {pairs!r}; J = {joint.operator!r}")
    J = joint.operator
    for smoothing in (
        NoSmoothing(),
        PerViewSmoothing(joint, "rna", "atac"),
        FixedSmoothing(J, J),
        JointSmoothing(joint, "rna", "atac"),
    ):
        for n_shuffles in (0, 10):
            timed(smoothing, genes, peaks, pairs, n_shuffles)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
