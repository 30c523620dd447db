"""The published method by dense matrices, and what `IntegratedDiffusion.paper()` takes beside it, in the same run.

    python -m benchmarks.against_dense [n_samples]

The dense computation is the published method with the settings of `paper()`: kernel, Algorithm 1, steps and power by
entropy, ratio, coordinates. It forms every matrix of samples by samples and decomposes it in full, as the published
script does: singular values of each operator's symmetric conjugate and of the integrated operator for their entropies,
matrix powers, eigenvectors for Algorithm 1, and a full SVD for the diffusion map. Without local denoising, where no
clustering can fall out differently, coordinates are compared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.linalg import eigh, svd, svdvals
from sklearn.cluster import KMeans

from integrated_diffusion import IntegratedDiffusion, LocalDenoising, Spectrum, diffusion_operator, entropy_curve
from integrated_diffusion.datasets import tree
from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.model.published import PUBLISHED
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.views.reduction import pca

Result = TypeVar("Result")
PAPER = IntegratedDiffusion.paper()


@dataclass(frozen=True, eq=False)
class Published:
    """What the dense computation finds.

    Parameters
    ----------
    coordinates
        Shape `(n_samples, n_components)`.
    steps
        Of each view.
    power
        How often the integrated operator is repeated.
    """

    coordinates: np.ndarray
    steps: dict[str, int]
    power: int


def published(
    views: Mapping[str, np.ndarray], local_denoising: LocalDenoising | None = PAPER.local_denoising
) -> Published:
    """Embed the views by the published method, dense.

    Parameters
    ----------
    views
        Views by name, `(n_samples, n_features)`.
    local_denoising
        Settings of Algorithm 1, or `None` to leave it out.
    """
    reduced = {name: pca(np.asarray(X, dtype=np.float64), PUBLISHED["n_pca"]) for name, X in views.items()}
    if local_denoising is not None:
        reduced = {name: denoise(X, local_denoising, local_denoising.max_depth) for name, X in reduced.items()}
    operators = {name: diffusion_operator(X, PAPER.kernel) for name, X in reduced.items()}
    elbows = [elbow(operator.conjugate.toarray(operator.n_samples)) for operator in operators.values()]
    steps = dict(zip(operators, PAPER.steps.reduction(elbows), strict=True))
    J = np.linalg.multi_dot(
        [np.linalg.matrix_power(transitions(operator), steps[name]) for name, operator in operators.items()]
    )
    power = elbow(J)
    U, s, _ = svd(np.linalg.matrix_power(J, power))
    kept = slice(1, PUBLISHED["n_components"] + 1)  # the first is nearly constant
    return Published(U[:, kept] * s[kept], steps, power)


def denoise(X: np.ndarray, settings: LocalDenoising, depth: int) -> np.ndarray:
    """Algorithm 1 as it is written, with matrices of samples by samples."""
    if len(X) < settings.min_size or depth == 0:
        return X
    if not isinstance(settings.filter, PowerFilter):
        raise TypeError(f"filter: expected PowerFilter(t), as published, found {settings.filter!r}; pass that")
    operator = diffusion_operator(X, PAPER.kernel)
    smooth = np.linalg.matrix_power(transitions(operator), settings.filter.t) @ X
    vectors = (
        eigh(operator.conjugate.toarray(operator.n_samples))[1][:, -settings.n_clusters :]
        / np.sqrt(operator.degrees)[:, None]
    )
    labels = KMeans(settings.n_clusters, n_init=3, random_state=0).fit_predict(vectors)
    denoised = smooth.copy()
    for cluster in np.unique(labels):
        denoised[labels == cluster] = denoise(smooth[labels == cluster], settings, depth - 1)
    return (X + denoised) / 2


def transitions(operator: DiffusionOperator) -> np.ndarray:
    """The operator `P` as a dense matrix."""
    return np.asarray(operator.matrix.toarray())


def elbow(matrix: np.ndarray) -> int:
    """Elbow of the entropy of all singular values; those of a symmetric matrix are its absolute eigenvalues."""
    return entropy_curve(Spectrum.of(svdvals(matrix)), PAPER.steps.t_max, PAPER.steps.elbow).elbow


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what the work gives, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def main(n_samples: int = 4_000) -> tuple[float, float]:
    """Print all times, and return the ratios without and with local denoising."""
    views = {name: X.astype(np.float32) for name, X in tree(n_samples=n_samples, n_dimensions=50).views.items()}
    plain, whole = IntegratedDiffusion.paper(local_denoising=None), IntegratedDiffusion.paper()
    whole.fit({name: X[:: n_samples // 600] for name, X in views.items()})  # libraries loaded
    _, plain_seconds = timed(lambda: plain.fit(views))
    _, whole_seconds = timed(lambda: whole.fit(views))
    dense, dense_seconds = timed(lambda: published(views, None))
    _, dense_whole_seconds = timed(lambda: published(views))
    off = np.abs(np.abs(dense.coordinates) - np.abs(plain.embedding_)).max() / np.abs(dense.coordinates).max()
    without, with_denoising = dense_seconds / plain_seconds, dense_whole_seconds / whole_seconds
    print(f"{n_samples:,} samples, two views of 50 features")
    print(f"dense: steps {dense.steps}, power {dense.power}; this package: {plain.steps_}, {plain.power_}")
    print(f"coordinates differ by {off:.0e} of the largest at most")
    for what, slow, fast in (
        ("without local denoising", dense_seconds, plain_seconds),
        ("the published method", dense_whole_seconds, whole_seconds),
    ):
        print(f"{what}: dense {slow:.1f} s, this package {fast:.2f} s: {slow / fast:.0f} times")
    return without, with_denoising


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
