"""Elbows of the entropy curve as it grows longer, by each rule, on digits, trees and real data.

python -m benchmarks.elbows
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.data import load_digits_60k, load_snareseq
from integrated_diffusion import (
    diffusion_operator,
    eigenvalues,
    elbow_marginal_decrease,
    elbow_two_segment,
    entropy_curve,
)
from integrated_diffusion.datasets import noisy_digits, tree
from integrated_diffusion.views.reduction import pca

LENGTHS = (50, 100, 200, 400)


def views() -> Iterator[tuple[str, np.ndarray]]:
    """Name and coordinates of each view."""
    for noise in (0.3, 1.0, 4.0):
        digits = noisy_digits((noise,), **load_digits_60k(), n_samples=2_000)
        X = digits.views["view1"]
        yield f"MNIST, noise {noise}", pca(X.reshape(len(X), -1), 50)
    for level in (0.0, 0.1, 0.4):
        yield f"tree, local noise {level}", tree(local_noise=(level, level)).views["view1"]
    yield from ((f"SNARE-seq {name}", X) for name, X in load_snareseq().items())


if __name__ == "__main__":
    lengths = ", ".join(map(str, LENGTHS))
    print(f"{'view':<24} {'marginal fall at t_max = ' + lengths:<42} two lines at the same")
    for name, X in views():
        spectrum = eigenvalues(diffusion_operator(X))
        curves = [entropy_curve(spectrum, t_max).value for t_max in LENGTHS]
        rows = [
            "  ".join(f"{rule(value):>3}" for value in curves) for rule in (elbow_marginal_decrease, elbow_two_segment)
        ]
        print(f"{name:<24} {rows[0]:<42} {rows[1]}", flush=True)
