"""What the defaults rest on: kernels, local denoising and powers, on digits, trees and real data.

    python benchmarks/defaults.py [seed ...]

Each row is one data set and kernel; each column a walk, its score once and at the power its entropy asks for: accuracy
of five nearest neighbours for digits and cells, DEMaP for trees, on 20 diffusion coordinates.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from data import load_digits_60k, load_snareseq, load_snareseq_types

from integrated_diffusion import AlphaDecayKernel, DisconnectedGraphWarning, LocalDenoising, PowerFilter
from integrated_diffusion.construction import Construction
from integrated_diffusion.datasets import noisy_digits, tree
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.metrics import Geodesics, knn_accuracy
from integrated_diffusion.operators import Operator, product
from integrated_diffusion.steps import EntropySteps, choose_power, joint_walk

KERNELS = {
    "5 mean": AlphaDecayKernel(5),
    "15 mean": AlphaDecayKernel(15),
    "15 mutual": AlphaDecayKernel(15, symmetrisation="mutual"),
}
DENOISING = {
    "as measured": None,
    "denoised, t by entropy": LocalDenoising(),
    "denoised, t = 3": LocalDenoising(filter=PowerFilter(3)),
}

Score = Callable[[np.ndarray], float]


def data(seed: int) -> Iterator[tuple[str, dict[str, np.ndarray], Score]]:
    """Name, views and score of each data set."""
    for noise in (0.3, 1.0, 4.0):
        found = noisy_digits((0.3, noise), **load_digits_60k(), n_samples=1_500, random_state=seed)
        views = {name: X.reshape(len(X), -1) for name, X in found.views.items()}
        yield f"MNIST 0.3, {noise}", views, lambda E, labels=found.labels: knn_accuracy(E, labels)
    for level in (0.0, 0.1, 0.4):
        found = tree(n_samples=1_500, local_noise=(level, level), random_state=seed)
        yield f"tree {level}", found.views, Geodesics.of(found.clean).demap
    types = load_snareseq_types()
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(types != "Mis"))[:2_500]
    cells = {name: X[chosen] for name, X in load_snareseq().items()}
    yield "SNARE-seq", cells, lambda E: knn_accuracy(E, types[chosen])


def describe(walk: Operator, score: Score) -> str:
    """Scores of a walk taken once and as often as its entropy asks for."""
    power = choose_power(walk)
    return f"{score(diffusion_map(walk)):.3f}, {score(diffusion_map(walk, power=power)):.3f} at power {power}"


def main(seed: int) -> None:
    """Print every data set, kernel and way to denoise."""
    for name, views, score in data(seed):
        for kernel_name, kernel in KERNELS.items():
            for denoising_name, denoising in DENOISING.items():
                construction = Construction(kernel=kernel, local_denoising=denoising)
                walks = construction.walks(construction.denoise(construction.reduce(views)))
                J = joint_walk(walks, EntropySteps()(walks).steps)
                columns = {
                    **{f"{view} alone": walk for view, walk in walks.items()},
                    "alternating": product(*walks.values()),
                }
                columns[f"integrated {J!r}"] = J
                print(f"seed {seed} | {name} | {kernel_name} | {denoising_name}", end="")
                print("".join(f" | {column}: {describe(walk, score)}" for column, walk in columns.items()), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    for seed in map(int, sys.argv[1:] or ["0"]):
        main(seed)
