"""What the recall of the search does to what users see: coordinates, accuracy, DEMaP, steps and denoised values.

python -m benchmarks.recall [n_samples]

Simulated trees and sheets of `n_samples` (50,000 unless given), noisy halves of MNIST and SNARE-seq where the data are
there. Everything is compared with the same fit by exact search; seconds are processor time of the whole fit.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from sklearn.cross_decomposition import CCA

from experiments.performance.sets import SETS, SHEET, TREE, Drawn
from experiments.study.data import FOLDER
from integrated_diffusion import DisconnectedGraphWarning, IntegratedDiffusion
from integrated_diffusion.metrics import demap, knn_accuracy
from integrated_diffusion.neighbors import ApproximateSearch, ExactSearch

RECALLS = (0.8, 0.9, 0.95, 0.99)
_SCORED = 2_000
_LEADING = 10  # coordinates that are compared


def noisy_halves(n_samples: int) -> Drawn:
    """Left and right halves of digits of MNIST, with noise of a fifth of their range."""
    with np.load(FOLDER / "mnist_train_60k.npz") as arrays:
        images, labels = arrays["images"][:n_samples].astype(np.float32) / 255, arrays["labels"][:n_samples]
    rng = np.random.default_rng(0)
    noisy = images + 0.2 * rng.standard_normal(images.shape, dtype=np.float32)
    return Drawn(
        {"left": noisy[:, :, :14].reshape(len(noisy), -1), "right": noisy[:, :, 14:].reshape(len(noisy), -1)}, labels
    )


def drawn_sets(n_samples: int) -> Iterator[tuple[str, Callable[[], Drawn]]]:
    """Yield every set that is there: its name, and what draws it."""
    yield "tree", lambda: TREE.draw(n_samples)
    yield "sheet", lambda: SHEET.draw(n_samples)
    if (FOLDER / "mnist_train_60k.npz").exists():
        yield "halves of MNIST", lambda: noisy_halves(min(n_samples, 60_000))
    if not SETS["SNARE-seq"].missing:
        yield "SNARE-seq", lambda: SETS["SNARE-seq"].draw(0)


def agreement(coordinates: np.ndarray, exact: np.ndarray) -> float:
    """Mean canonical correlation of the leading coordinates with those by exact search: one for the same subspace."""
    n = min(_LEADING, coordinates.shape[1])
    found = CCA(n, max_iter=2_000).fit(coordinates[:, :n], exact[:, :n]).transform(coordinates[:, :n], exact[:, :n])
    return float(np.mean([abs(np.corrcoef(a, b)[0, 1]) for a, b in zip(found[0].T, found[1].T, strict=True)]))


def compare(name: str, data: Drawn) -> None:
    """Print a line for every recall."""
    scored = np.sort(np.random.default_rng(2).permutation(len(data.labels))[:_SCORED])
    kept = []
    for label, search in (("exact", ExactSearch()), *((f"{r:.2f}", ApproximateSearch(r)) for r in RECALLS)):
        start = time.process_time()
        model = IntegratedDiffusion(search=search).fit(data.views)
        seconds = time.process_time() - start
        view = next(iter(data.views))
        denoised = model.denoise(view, features=list(range(min(20, data.views[view].shape[1]))))[scored]
        found = model.embedding_[scored]
        kept = kept or [found, denoised]
        line = f"{name}, {len(data.labels):,}, recall {label}: {seconds:6.1f} s, {model.operator_!r}"
        line += f", accuracy {knn_accuracy(found, data.labels[scored]):.3f}"
        if data.clean is not None:
            line += f", DEMaP {demap(data.clean[scored], found, n_samples=len(found)):.3f}"
        distance = np.linalg.norm(denoised - kept[1]) / np.linalg.norm(kept[1] - kept[1].mean(axis=0))
        print(f"{line}, subspace {agreement(found, kept[0]):.4f}, denoised values differ by {distance:.4f}", flush=True)


def main(n_samples: int) -> None:
    """Compare the recalls on every set."""
    for name, draw in drawn_sets(n_samples):
        compare(name, draw())


if __name__ == "__main__":
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
