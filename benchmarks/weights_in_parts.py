"""What weighting samples in parts does to the map: accuracy without weights, in one part, and in up to eight.

python -m benchmarks.weights_in_parts [n_samples]

Two views of 50 features of a tree of `n_samples` (60,000 unless given): as it is, and with further noise in each view
at a fifth of the samples, others in each.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator

import numpy as np

from experiments.performance.sets import TREE
from integrated_diffusion import CrossValidatedSteps, DisconnectedGraphWarning, IntegratedDiffusion
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.selection import rule

SHARES = (1, 2, 4, 8)
_SCORED = 8_000
_NOISE = 0.5  # of each feature's standard deviation


def noisier(views: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add noise to a fifth of the samples of each view, no sample in two of them."""
    rng = np.random.default_rng(1)
    n_samples = len(next(iter(views.values())))
    some = np.array_split(rng.permutation(n_samples), 5)
    found = {name: X.copy() for name, X in views.items()}
    for rows, X in zip(some, found.values(), strict=False):
        X[rows] += (_NOISE * X.std(axis=0) * rng.standard_normal((len(rows), X.shape[1]))).astype(X.dtype)
    return found


def lines(views: dict[str, np.ndarray], labels: np.ndarray) -> Iterator[str]:
    """Fit without weights and with parts of each size, and say how accurate each is."""
    scored = np.random.default_rng(2).permutation(len(labels))[:_SCORED]
    for share in (0, *SHARES):
        rule.WEIGHT_SAMPLES = len(labels) // max(share, 1)
        steps = CrossValidatedSteps() if share else CrossValidatedSteps(weight_exponent=(0.0,))
        model = IntegratedDiffusion(steps=steps).fit(views)
        accuracy = knn_accuracy(model.embedding_[scored], labels[scored])
        part = f"parts of 1/{share}" if share else "no weights"
        yield f"{part}: accuracy {accuracy:.4f}, J = {model.operator_!r}"


def main(n_samples: int = 60_000) -> None:
    """Print all of it."""
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    drawn = TREE.draw(n_samples)
    for name, views in (("tree", drawn.views), ("tree with further noise", noisier(drawn.views))):
        for line in lines(views, drawn.labels):
            print(f"{name}, {n_samples:,}: {line}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
