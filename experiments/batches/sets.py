"""The data: real donors, and digits with a simulated batch effect, some of whose types are not in every batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import mudata
import numpy as np

from experiments.batches.effect import with_batch_effect
from experiments.study.data import FOLDER, MNIST, digits
from integrated_diffusion.io.mudata_settings import own_columns
from integrated_diffusion.views.validation import View

NOISE = (0.3, 0.6)
"""Pixel noise of the two views of the digits."""


@dataclass(frozen=True, eq=False)
class Study:
    """Views, labels and batches of the same samples.

    Parameters
    ----------
    views
        Views by name.
    labels, batches
        Of every sample, `(n_samples,)`.
    recipes
        Recipe by view, if any.
    """

    views: Mapping[str, View]
    labels: np.ndarray
    batches: np.ndarray
    recipes: Mapping[str, str] | None = None

    @property
    def is_shared(self) -> np.ndarray:
        """Whether the label of a sample is in all batches, at least five times in each."""
        counts = {
            label: np.unique(self.batches[self.labels == label], return_counts=True)[1]
            for label in np.unique(self.labels)
        }
        n_batches = len(np.unique(self.batches))
        return np.array([len(counts[label]) == n_batches and counts[label].min() >= 5 for label in self.labels])


def donors(n_samples: int, seed: int) -> Study:
    """CITE-seq of 800 cells of two batches (Hao 2021); the seed changes nothing."""
    with own_columns():
        mdata = mudata.read_h5mu(FOLDER / "pbmc_hao2021_citeseq_800.h5mu")
    labels, batches = (mdata.obs[name].astype(str).to_numpy() for name in ("cell_type", "batch"))
    return Study({name: mdata[name].X for name in ("rna", "prot")}, labels, batches, {"rna": "rna", "prot": "protein"})


Assign = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""From labels to a batch for every sample."""


def simulated(assign: Assign, has_effect: bool = True) -> Callable[[int, int], Study]:
    """Return what makes digits in batches.

    Parameters
    ----------
    assign
        Puts the digits into batches.
    has_effect
        Whether batches differ by the simulated effect.
    """

    def study(n_samples: int, seed: int) -> Study:
        noisy, rng = digits(MNIST, NOISE, n_samples, seed), np.random.default_rng(seed)
        labels = np.asarray(noisy.labels)
        codes = assign(labels, rng)
        views = {
            name: with_batch_effect(np.asarray(X), codes, rng) if has_effect else X for name, X in noisy.views.items()
        }
        return Study(views, labels, codes)

    return study


def _at_random(n_batches: int) -> Assign:
    return lambda labels, rng: rng.integers(0, n_batches, len(labels))


def _unshared(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(labels >= 7, 0, np.where(labels <= 1, 1, rng.integers(0, 2, len(labels))))


def _one_type(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (labels == 3).astype(int)


SETS: dict[str, Callable[[int, int], Study]] = {
    "CITE-seq, two donors": donors,
    "digits, two batches": simulated(_at_random(2)),
    "digits, four batches": simulated(_at_random(4)),
    "digits, no batch effect": simulated(_at_random(2), has_effect=False),
    "digits, 0-1 and 7-9 in one batch each": simulated(_unshared),
    "digits, a batch of threes": simulated(_one_type),
    "digits, a batch of threes, no effect": simulated(_one_type, has_effect=False),
}
"""Studies by name, from a number of samples and a seed."""
