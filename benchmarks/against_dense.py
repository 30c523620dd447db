"""The whole fit against the dense computation of the same thing, in the same run.

    python benchmarks/against_dense.py [n_samples]

The dense computation forms every matrix of samples by samples and decomposes it in full, as the published script does:
singular values of each walk for its entropy, matrix powers, eigenvectors for Algorithm 1, singular values
of the joint walk, and a full SVD for the diffusion map. Both are given the same views, kernel and steps; without local
denoising, where no clustering can fall out differently, their coordinates are compared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
from scipy.linalg import eigh, svd, svdvals
from sklearn.cluster import KMeans

from integrated_diffusion import (
    IntegratedDiffusion,
    LocalDenoising,
    Spectrum,
    diffusion_operator,
    entropy_curve,
    marginal_fall,
)
from integrated_diffusion.datasets import tree

Result = TypeVar("Result")
SETTINGS = LocalDenoising()


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what the work gives, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def elbow(P: np.ndarray) -> int:
    """Elbow of a walk's entropy by all its singular values."""
    return marginal_fall(entropy_curve(Spectrum.of(svdvals(P))).value)


def denoise(X: np.ndarray, depth: int = SETTINGS.max_depth) -> np.ndarray:
    """Algorithm 1 as it is written, with matrices of samples by samples."""
    if len(X) < SETTINGS.min_size or depth == 0:
        return X
    operator = diffusion_operator(X)
    P = operator.matrix.toarray()
    smooth = np.linalg.matrix_power(P, elbow(P)) @ X
    vectors = eigh(operator.conjugate.toarray())[1][:, -SETTINGS.n_clusters :] / np.sqrt(operator.degrees)[:, None]
    labels = KMeans(SETTINGS.n_clusters, n_init=3, random_state=0).fit_predict(vectors)
    denoised = smooth.copy()
    for cluster in np.unique(labels):
        denoised[labels == cluster] = denoise(smooth[labels == cluster], depth - 1)
    return (X + denoised) / 2


def embed(views: Mapping[str, np.ndarray], steps: Mapping[str, int], n_components: int) -> tuple[np.ndarray, int]:
    """Diffusion map of the joint walk, and the power it took."""
    walks = {name: diffusion_operator(X).matrix.toarray() for name, X in views.items()}
    for P in walks.values():
        elbow(P)
    J = np.linalg.multi_dot([np.linalg.matrix_power(P, steps[name]) for name, P in walks.items()])
    power = elbow(J)
    U, s, _ = svd(np.linalg.matrix_power(J, power))
    return U[:, 1 : n_components + 1] * s[1 : n_components + 1], power


def main(n_samples: int = 4_000) -> tuple[float, float]:
    """Print all times, and return the ratios without and with local denoising."""
    views = tree(n_samples=n_samples, n_dimensions=50).views
    steps = {name: 2 - i for i, name in enumerate(views)}
    plain = IntegratedDiffusion(n_components=10, local_denoising=None, steps=steps)
    whole = IntegratedDiffusion(n_components=10, local_denoising=SETTINGS, steps=steps)
    whole.fit({name: X[:600] for name, X in views.items()})  # libraries loaded
    _, plain_seconds = timed(lambda: plain.fit(views))
    _, whole_seconds = timed(lambda: whole.fit(views))
    (coordinates, power), dense_seconds = timed(lambda: embed(views, steps, 10))
    _, denoising_seconds = timed(lambda: [denoise(X) for X in views.values()])
    off = np.abs(np.abs(coordinates) - np.abs(plain.embedding_)).max() / np.abs(coordinates).max()
    without, with_denoising = dense_seconds / plain_seconds, (dense_seconds + denoising_seconds) / whole_seconds
    print(f"{n_samples:,} samples, two views of 50 features, J = {plain.operator_}")
    print(f"power: dense {power}, this package {plain.power_}; coordinates differ by {off:.0e} of the largest at most")
    print(
        f"without local denoising: dense {dense_seconds:.1f} s, this package {plain_seconds:.2f} s: {without:.0f} times"
    )
    print(
        f"the whole fit: dense {dense_seconds + denoising_seconds:.1f} s, this package {whole_seconds:.2f} s: "
        f"{with_denoising:.0f} times"
    )
    return without, with_denoising


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
