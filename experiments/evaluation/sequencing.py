"""Cells that were sequenced: SNARE-seq and two CITE-seq sets, read and prepared as the command line does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from experiments.study.data import FOLDER
from integrated_diffusion.io import Dataset, read
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.selection import FeatureHalves, Split
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.recipes import prepare
from integrated_diffusion.views.validation import View

SNARE, CITE_800, CITE_10K = "SNARE-seq", "CITE-seq 800", "CITE-seq 10k"
FILES = {
    SNARE: "snareseq_mouse_cortex.h5mu",
    CITE_800: "pbmc_hao2021_citeseq_800.h5mu",
    CITE_10K: "pbmc10k_citeseq.h5mu",
}
"""Where each set is, in the data folder."""
RECIPES = {"rna": "rna", "atac": "chromatin", "prot": "protein"}
"""How each kind of view is normalised."""

N_CELLS = 3_000
"""Cells of SNARE-seq that a seed draws; the CITE-seq sets are taken whole."""
NO_TYPE = "Mis"
"""What SNARE-seq calls cells of no type."""


def sequenced(name: str, seed: int) -> tuple[dict[str, View], np.ndarray | None, Split]:
    """Return prepared views, the cells' types, where they are known, and what splits the features of the views in two.

    Parameters
    ----------
    name
        One of `FILES`.
    seed
        Seed of the draw of cells.
    """
    measured = counts(name)
    types = _types(name)
    chosen = _chosen(types, seed) if name == SNARE and types is not None else np.arange(len(measured.sample_names))
    views, split = made({view: X[chosen] for view, X in measured.views.items()})
    return views, None if types is None else types[chosen], split


def made(measured: Mapping[str, View]) -> tuple[dict[str, View], Split]:
    """Prepare counts by the recipes of their views; what is split in two are the features, not their components.

    Parameters
    ----------
    measured
        Counts by view, `(n_samples, n_features)`.
    """
    prepared = {view: prepare(X, RECIPES[view]) for view, X in measured.items()}
    return {view: found.representation for view, found in prepared.items()}, FeaturesBehind(prepared)


@dataclass(frozen=True, eq=False)
class FeaturesBehind:
    """Half of the features behind a view's coordinates, and the other half; see `FeatureHalves`."""

    prepared: Mapping[str, PreparedView]

    def __call__(self, view: PreparedView, n_components: int | None, rng: np.random.Generator) -> tuple[View, View]:
        """Split one view."""
        return FeatureHalves()(self.prepared[view.name], 50, rng)


@lru_cache(maxsize=1)
def counts(name: str) -> Dataset:
    """Read the counts of a set."""
    return read(FOLDER / FILES[name])


def _types(name: str) -> np.ndarray | None:
    return None if name == CITE_10K else read_labels(counts(name), "cell_type")


def _chosen(types: np.ndarray, seed: int) -> np.ndarray:
    of_a_type = np.flatnonzero(types != NO_TYPE)
    return np.sort(np.random.default_rng(seed).permutation(of_a_type)[:N_CELLS])
