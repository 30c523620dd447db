"""The data: simulated trees of any size, measured data, and a simulated sheet for the stages alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from experiments.study.data import FOLDER, dense
from experiments.study.files import whole
from integrated_diffusion.datasets import tree
from integrated_diffusion.io import read
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.views.recipes import prepare

N_SCORED = 2_000
"""Samples by which coordinates are scored, drawn at random, the same ones for every method."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Views and the truth about their samples.

    Parameters
    ----------
    views
        Views by name, `(n_samples, n_features)`.
    labels
        Branch or cell type or digit of every sample, `(n_samples,)`.
    clean
        Noiseless data, `(n_samples, n_features)`, where they are known.
    """

    views: dict[str, np.ndarray]
    labels: np.ndarray
    clean: np.ndarray | None = None


@dataclass(frozen=True)
class DataSet:
    """One data set.

    Parameters
    ----------
    name
        What tables call it.
    about
        One sentence: what it is.
    draw
        From a number of samples to views; measured data have one number of samples only.
    file
        The file it needs, if it needs one.
    n_samples
        Number of samples of measured data.
    """

    name: str
    about: str
    draw: Callable[[int], Drawn]
    file: str | None = None
    n_samples: int | None = None

    @property
    def missing(self) -> str:
        """Why it cannot be had; empty if it can."""
        if self.file is None or (FOLDER / self.file).exists():
            return ""
        return f"expected {self.file} in {FOLDER}; see INTEGRATED_DIFFUSION_DATA"


def draw_tree(n_samples: int) -> Drawn:
    """Ten branches in fifty dimensions; each view has more noise on five of them. Samples come in random order."""
    simulated = tree(n_samples=n_samples, n_dimensions=50)
    order = np.random.default_rng(1).permutation(n_samples)
    views = {name: X[order].astype(np.float32) for name, X in simulated.views.items()}
    return Drawn(views, simulated.labels[order], simulated.clean[order])


def draw_sheet(n_samples: int) -> Drawn:
    """A sheet of five dimensions, bent into fifty by each view in a way of its own, with little noise."""
    rng = np.random.default_rng(0)
    at = rng.standard_normal((n_samples, 5))
    bent = [np.tanh(at @ rng.standard_normal((5, 50)) / np.sqrt(5)) for _ in range(2)]
    views = {f"view{i}": X + 0.05 * rng.standard_normal(X.shape) for i, X in enumerate(bent, start=1)}
    tenths = np.digitize(at[:, 0], np.quantile(at[:, 0], np.linspace(0.1, 0.9, 9)))
    return Drawn({name: X.astype(np.float32) for name, X in views.items()}, tenths, bent[0])


def draw_digits(n_samples: int) -> Drawn:
    """Six sets of features of 2,000 handwritten digits, each feature scaled to variance one."""
    with np.load(FOLDER / "uci_mfeat_digits.npz") as arrays:
        measured = {name: arrays[name].astype(np.float64) for name in arrays.files if name != "labels"}
        return Drawn({name: _standard(X) for name, X in measured.items()}, arrays["labels"])


def draw_proteins(n_samples: int) -> Drawn:
    """Genes and proteins of 800 blood cells, normalised."""
    measured = read(FOLDER / "pbmc_hao2021_citeseq_800.h5mu")
    views = {name: prepare(X, {"prot": "protein"}.get(name, name)).values for name, X in measured.views.items()}
    return Drawn({name: dense(X).astype(np.float32) for name, X in views.items()}, read_labels(measured, "cell_type"))


def draw_chromatin(n_samples: int) -> Drawn:
    """Fifty components each of RNA and chromatin of the SNARE-seq cells that have a type."""
    measured = read(FOLDER / "snareseq_mouse_cortex.h5mu")
    types = read_labels(measured, "cell_type")
    recipes = {"rna": "rna", "atac": "chromatin"}
    views = {name: prepare(X, recipes[name]).representation for name, X in measured.views.items()}
    return Drawn(
        {name: dense(X).astype(np.float32)[types != "Mis"] for name, X in views.items()}, types[types != "Mis"]
    )


TREE = DataSet("tree", "two views of 50 features of a tree of ten branches, simulated", draw_tree)
SHEET = DataSet(
    "sheet", "two views of 50 features of a curved sheet of five dimensions with little noise, simulated", draw_sheet
)
SETS: dict[str, DataSet] = {
    found.name: found
    for found in (
        TREE,
        SHEET,
        DataSet("digits", "six views of UCI's handwritten digits", draw_digits, "uci_mfeat_digits.npz", 2_000),
        DataSet(
            "CITE-seq",
            "500 genes and 224 proteins of blood cells, normalised",
            draw_proteins,
            "pbmc_hao2021_citeseq_800.h5mu",
            800,
        ),
        DataSet(
            "SNARE-seq",
            "50 components of RNA and 50 of chromatin of cells of the mouse cortex",
            draw_chromatin,
            "snareseq_mouse_cortex.h5mu",
            9_190,
        ),
    )
}
"""Every data set by its name."""


@dataclass(frozen=True)
class Files:
    """Where one data set of one size is kept.

    Parameters
    ----------
    views
        What methods are given, `.npz`.
    truth
        What they are scored by, `.npz`: `scored`, `labels` and, if it is known, `clean` of the scored samples.
    """

    views: Path
    truth: Path


def kept(name: str, n_samples: int, folder: Path) -> Files:
    """Draw a data set once and keep it, in a process of its own, whose memory no other process inherits.

    Parameters
    ----------
    name
        One of `SETS`.
    n_samples
        Number of samples.
    folder
        Where files go.
    """
    files = Files(folder / f"{name}-{n_samples}.npz", folder / f"{name}-{n_samples}-truth.npz")
    if not files.truth.exists():  # written last
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(write, name, n_samples, files).result()
    return files


def write(name: str, n_samples: int, files: Files) -> None:
    """Draw a data set and write it."""
    drawn = SETS[name].draw(n_samples)
    np.savez(files.views, allow_pickle=False, **drawn.views)
    scored = np.sort(np.random.default_rng(2).permutation(len(drawn.labels))[:N_SCORED])
    truth = {"scored": scored, "labels": np.asarray(drawn.labels)[scored].astype(str)}
    if drawn.clean is not None:
        truth["clean"] = drawn.clean[scored]
    with whole(files.truth) as temporary:
        np.savez(temporary, allow_pickle=False, **truth)


def _standard(X: np.ndarray) -> np.ndarray:
    spread = X.std(axis=0)
    return np.asarray((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1), dtype=np.float32)
