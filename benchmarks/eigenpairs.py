"""The leading eigenpairs of a diffusion operator by this package's solver and by ARPACK, side by side.

python -m benchmarks.eigenpairs [n_samples ...]

Both solve for the symmetric conjugate `A = D^-1/2 K D^-1/2` to the same relative tolerance. A spectrum is *separated*
where as many overlapping groups of samples are sought as there are, so that a wide gap follows the last pair, and
*crowded* on a plane filled evenly, whose leading eigenvalues lie the nearer one another the more samples there are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import product

import numpy as np
from scipy.sparse.linalg import eigsh

from experiments.study.markdown import table
from integrated_diffusion import DiffusionOperator, diffusion_operator
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.spectrum import leading_eigenpairs

SIZES, N_PAIRS = (5_000, 40_000), (10, 50)
TOLERANCE = 1e-8
"""Residual of a pair, as a share of its eigenvalue."""
N_TIMES = 3
_SEPARATION, _N_FEATURES = 0.75, 50
"""Distance of the groups' centres, in standard deviations of a group and by feature; and number of features."""

Solver = Callable[[DiffusionOperator, int], tuple[np.ndarray, np.ndarray]]


def separated(n_samples: int, n_groups: int) -> np.ndarray:
    """Draw overlapping groups: one leading eigenvalue each, and a gap below the last."""
    rng = np.random.default_rng(0)
    centres = _SEPARATION * rng.standard_normal((n_groups, _N_FEATURES))
    groups = rng.integers(0, n_groups, n_samples)
    return (centres[groups] + rng.standard_normal((n_samples, _N_FEATURES))).astype(np.float32)


def crowded(n_samples: int, n_groups: int) -> np.ndarray:
    """Draw points of a square, evenly; `n_groups` changes nothing."""
    return np.random.default_rng(0).random((n_samples, 2), dtype=np.float32)


def arpack(operator: DiffusionOperator, n_pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenpairs of largest magnitude by `scipy.sparse.linalg.eigsh`, largest first."""
    start = np.random.default_rng(0).standard_normal(operator.n_samples)
    values, vectors = eigsh(operator.conjugate.as_linear_operator(), n_pairs, which="LM", v0=start, tol=TOLERANCE)
    order = np.argsort(-np.abs(values), kind="stable")
    return values[order], vectors[:, order]


def own(operator: DiffusionOperator, n_pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same by this package."""
    return leading_eigenpairs(operator, n_pairs, random_state=0, tolerance=TOLERANCE)


def residual(operator: DiffusionOperator, values: np.ndarray, vectors: np.ndarray) -> float:
    """Return the largest `|A v - l v| / |l|` of some pairs."""
    errors = np.linalg.norm(operator.conjugate @ vectors - vectors * values, axis=0)
    return float((errors / np.abs(values)).max())


def timed(solve: Solver, operator: DiffusionOperator, n_pairs: int) -> tuple[float, np.ndarray, float]:
    """Return the seconds of the fastest of several calls, the eigenvalues and the largest residual."""
    seconds = []
    for _ in range(N_TIMES):
        start = time.perf_counter()
        values, vectors = solve(operator, n_pairs)
        seconds.append(time.perf_counter() - start)
    return min(seconds), values, residual(operator, values, vectors)


def main(*sizes: int) -> None:
    """Print seconds of both solvers, the ratio, both residuals and the largest difference of the eigenvalues."""
    head = ("spectrum", "samples", "pairs", "this package, s", "ARPACK, s", "ratio", "residuals", "values differ")
    print(table(head, []), flush=True)
    for n_samples, draw, n_pairs in product(sizes or SIZES, (crowded, separated), N_PAIRS):
        operator = diffusion_operator(draw(n_samples, n_pairs))
        with one_blas_thread():  # as a fit does
            own(operator, 2)  # compiled
            ours, values, error = timed(own, operator, n_pairs)
            theirs, others, their_error = timed(arpack, operator, n_pairs)
        print(
            f"| {draw.__name__} | {n_samples:,} | {n_pairs} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} "
            f"| {error:.0e}, {their_error:.0e} | {np.abs(values - others).max():.0e} |",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
