"""Real data for measurements, from the folder that `INTEGRATED_DIFFUSION_DATA` names."""

from __future__ import annotations

import numpy as np

from experiments.study.data import FOLDER
from integrated_diffusion.io import read
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.views.recipes import prepare


def load_digits_60k() -> dict[str, np.ndarray]:
    """MNIST's training images and labels, as `noisy_digits` takes them."""
    with np.load(FOLDER / "mnist_train_60k.npz") as arrays:
        return {"images": arrays["images"], "labels": arrays["labels"]}


def load_snareseq() -> dict[str, np.ndarray]:
    """RNA and chromatin of SNARE-seq, by their recipes."""
    measured = read(FOLDER / "snareseq_mouse_cortex.h5mu")
    recipes = {"rna": "rna", "atac": "chromatin"}
    return {name: prepare(X, recipes[name]).representation for name, X in measured.views.items()}


def load_snareseq_types() -> np.ndarray:
    """Cell types of SNARE-seq; `Mis` is no type."""
    return read_labels(read(FOLDER / "snareseq_mouse_cortex.h5mu"), "cell_type")
