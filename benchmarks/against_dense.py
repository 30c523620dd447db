"""The whole fit against the dense computation of the same thing, in the same run.

    python benchmarks/against_dense.py [n_samples]

The dense computation does what the published script does with matrices of samples by samples: singular values of each
walk for its entropy, matrix powers, singular values of the joint walk, and a full SVD for the diffusion map. Both are
given the same views, kernel and steps, and their coordinates are compared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from scipy.linalg import svd, svdvals

from integrated_diffusion import IntegratedDiffusion, Spectrum, diffusion_operator, entropy_curve, marginal_fall
from integrated_diffusion.datasets import tree

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what the work gives, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def dense(views: dict[str, np.ndarray], steps: dict[str, int], n_components: int) -> tuple[np.ndarray, int]:
    """Diffusion map of the joint walk, with every matrix formed and decomposed in full."""
    walks = {name: diffusion_operator(X).matrix.toarray() for name, X in views.items()}
    for P in walks.values():
        entropy_curve(Spectrum.of(svdvals(P)))
    J = np.linalg.multi_dot([np.linalg.matrix_power(P, steps[name]) for name, P in walks.items()])
    power = marginal_fall(entropy_curve(Spectrum.of(svdvals(J))).value)
    U, s, _ = svd(np.linalg.matrix_power(J, power))
    return U[:, 1 : n_components + 1] * s[1 : n_components + 1], power


def main(n_samples: int = 4_000) -> float:
    """Print both times and the ratio, and return the ratio."""
    views = tree(n_samples=n_samples, n_dimensions=50).views
    steps = {name: 2 - i for i, name in enumerate(views)}
    model = IntegratedDiffusion(n_components=10, local_denoising=None, steps=steps)
    model.fit({name: X[:600] for name, X in views.items()})  # libraries loaded, loops compiled
    _, ours = timed(lambda: model.fit(views))
    (coordinates, power), theirs = timed(lambda: dense(views, steps, 10))
    with_denoising = timed(lambda: IntegratedDiffusion(n_components=10, steps=steps).fit(views))[1]
    off = np.abs(np.abs(coordinates) - np.abs(model.embedding_)).max() / np.abs(coordinates).max()
    print(f"{n_samples:,} samples, two views of 50 features, J = {model.operator_}")
    print(f"power: dense {power}, this package {model.power_}; coordinates differ by at most {off:.1e} of the largest")
    print(f"dense {theirs:.1f} s, this package {ours:.2f} s: {theirs / ours:.0f} times faster")
    print(f"with local denoising, which the dense computation leaves out: {with_denoising:.2f} s")
    return theirs / ours


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
