"""What the defaults rest on: kernels, local denoising, orders and maps, on digits, trees and real data.

    python -m benchmarks.defaults [seed ...]

Each row is one data set and kernel; each column an operator and its score, of the multi-scale map and of the diffusion
map of the operator once: accuracy of five nearest neighbours for digits and cells, DEMaP for trees, on 20 coordinates.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.data import load_digits_60k, load_snareseq, load_snareseq_types
from integrated_diffusion import AlphaDecayKernel, DisconnectedGraphWarning, LocalDenoising
from integrated_diffusion.datasets import noisy_digits, tree
from integrated_diffusion.embedding import diffusion_map, multiscale_map
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.orders import both_orders, given_order, random_order
from integrated_diffusion.metrics import Geodesics, knn_accuracy
from integrated_diffusion.operators import Operator

KERNELS = {
    "5": AlphaDecayKernel(5),
    "15": AlphaDecayKernel(15),
    "15, anisotropy 1": AlphaDecayKernel(15, anisotropy=1.0),
    "15, decay 10": AlphaDecayKernel(15, decay=10),
    "30, anisotropy 1": AlphaDecayKernel(30, anisotropy=1.0),
    "15, mutual": AlphaDecayKernel(15, symmetrisation="mutual"),
    "30, capped": AlphaDecayKernel(30, bandwidth="capped"),
}
DENOISED = ("15, anisotropy 1",)
"""Kernels that are tried with local denoising as well."""

Score = Callable[[np.ndarray], float]


def data(seed: int) -> Iterator[tuple[str, dict[str, np.ndarray], Score]]:
    """Name, views and score of each data set."""
    for noise in (0.4, 0.8, 1.6):
        found = noisy_digits((0.4, noise), **load_digits_60k(), n_samples=1_500, random_state=seed)
        views = {name: X.reshape(len(X), -1) for name, X in found.views.items()}
        yield f"MNIST 0.4, {noise}", views, lambda E, labels=found.labels: knn_accuracy(E, labels)
    for level in (0.0, 0.1, 0.2, 0.3):
        found = tree(n_samples=1_500, noise=0.02, local_noise=(level, level), random_state=seed)
        yield f"tree {level}", found.views, Geodesics.of(found.clean, n_samples=1_000).demap
    types = load_snareseq_types()
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(types != "Mis"))[:2_500]
    cells = {name: X[chosen] for name, X in load_snareseq().items()}
    yield "SNARE-seq", cells, lambda E: knn_accuracy(E, types[chosen])


def columns(operators: dict[str, Operator]) -> dict[str, Operator]:
    """Return each view alone, and one step of each in every order."""
    once = dict.fromkeys(operators, 1)
    turned = dict(reversed(operators.items()))
    return {
        **{f"{view} alone": operator for view, operator in operators.items()},
        "given order": given_order(operators, once),
        "reversed": given_order(turned, once),
        "both orders": both_orders(operators, once),
        "random order twice": random_order(operators, once) ** 2,
    }


def main(seed: int) -> None:
    """Print every data set, kernel and way to denoise."""
    for name, views, score in data(seed):
        for kernel_name, kernel in KERNELS.items():
            for denoising in (None, LocalDenoising()) if kernel_name in DENOISED else (None,):
                construction = Construction(kernel=kernel, local_denoising=denoising)
                operators = construction.operators(construction.denoise(construction.reduce(views)))
                words = "denoised" if denoising else "as measured"
                print(f"seed {seed} | {name} | {kernel_name} | {words}", end="")
                for column, J in columns(dict(operators)).items():
                    print(f" | {column}: {score(multiscale_map(J)):.3f}, {score(diffusion_map(J)):.3f}", end="")
                print(flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    for seed in map(int, sys.argv[1:] or ["0"]):
        main(seed)
