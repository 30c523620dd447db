"""Data that the experiments start from: where real data are, digits, and six views of digits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from integrated_diffusion.datasets import NoisyViews, add_noise, noisy_digits
from integrated_diffusion.views.validation import View

ROOT = Path(__file__).parents[2]
"""The checkout."""
FOLDER = Path(os.environ.get("INTEGRATED_DIFFUSION_DATA", ROOT.parent / "shared" / "data"))
"""Where real data are."""

MNIST = "MNIST"
EMBEDDED = "8 x 8 digits"
UCI = "UCI multiple features"


def digits(source: str, noise: Sequence[float], n_samples: int, seed: int) -> NoisyViews:
    """Views of the same digits, each with its own pixel noise.

    Parameters
    ----------
    source
        `MNIST`, or `EMBEDDED` for the digits that come with scikit-learn.
    noise
        Standard deviation of each view's noise, on pixels from 0 to 1.
    n_samples
        Number of digits, drawn by the seed.
    seed
        Seed of the draw and the noise.
    """
    if source == EMBEDDED:
        return noisy_digits(noise, n_samples=n_samples, random_state=seed)
    images, labels = _mnist()
    return noisy_digits(noise, images=images, labels=labels, n_samples=n_samples, random_state=seed)


def six_views(noisy: Sequence[str], std: float, n_samples: int, seed: int, names: Sequence[str]) -> NoisyViews:
    """Feature sets of the same digits (UCI multiple features), each feature of variance one, with noise added to some.

    Parameters
    ----------
    noisy
        Views that get noise.
    std
        Its standard deviation, for features of variance one.
    n_samples
        Number of digits, drawn by the seed.
    seed
        Seed of the draw and the noise.
    names
        Views to return.
    """
    arrays, labels = _uci()
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(labels))[:n_samples]
    views = {}
    for name in names:
        X = arrays[name][chosen]
        spread = X.std(axis=0)
        X = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
        views[name] = add_noise(X, std if name in noisy else 0.0, rng)
    return NoisyViews(views, np.hstack([arrays[name][chosen] for name in names]), labels[chosen])


@lru_cache(maxsize=1)
def _mnist() -> tuple[np.ndarray, np.ndarray]:
    with np.load(_existing("mnist_train_60k.npz")) as arrays:
        return arrays["images"], arrays["labels"]


@lru_cache(maxsize=1)
def _uci() -> tuple[dict[str, np.ndarray], np.ndarray]:
    with np.load(_existing("uci_mfeat_digits.npz")) as arrays:
        views = {name: arrays[name].astype(np.float64) for name in arrays.files if name != "labels"}
        return views, arrays["labels"]


def half_digits(std: float, n_samples: int, seed: int) -> NoisyViews:
    """Left and right halves of images of digits (MNIST), on pixels from 0 to 1, with noise added.

    Parameters
    ----------
    std
        Standard deviation of the noise.
    n_samples
        Number of digits, drawn by the seed.
    seed
        Seed of the draw and the noise.
    """
    images, labels = _mnist()
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(labels))[:n_samples]
    clean = images[chosen] / 255
    middle = clean.shape[2] // 2
    halves = {"left": clean[:, :, :middle], "right": clean[:, :, middle:]}
    views = {name: add_noise(X.reshape(n_samples, -1), std, rng) for name, X in halves.items()}
    return NoisyViews(views, clean.reshape(n_samples, -1), labels[chosen])


def labelled_views(name: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the views of a file of arrays `view_NAME` and `labels`, and the labels.

    Parameters
    ----------
    name
        Name of the file.
    """
    with np.load(_existing(name)) as arrays:
        views = {key.removeprefix("view_"): arrays[key] for key in arrays.files if key.startswith("view_")}
        return views, arrays["labels"]


def dense(X: View) -> np.ndarray:
    """Return a view, not sparse, in float64."""
    return np.asarray(X if isinstance(X, np.ndarray) else X.toarray(), dtype=np.float64)


def _existing(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        raise FileNotFoundError(
            f"expected {name} in {FOLDER}, found no such file; set INTEGRATED_DIFFUSION_DATA to its folder, or run "
            "with --quick, which needs none"
        )
    return path
