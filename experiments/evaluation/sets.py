"""The data sets that the defaults are held against, with the truth that is known about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.evaluation.sequencing import CITE_10K, CITE_800, FILES, SNARE, sequenced
from experiments.reproduction.figures.local_noise import EVERYWHERE, truth
from experiments.reproduction.figures.many_views import SIX, THREE
from experiments.study.cells import Cell, Scale
from experiments.study.data import EMBEDDED, FOLDER, digits, half_digits, labelled_views, six_views
from integrated_diffusion.datasets import NoisyViews, tree
from integrated_diffusion.metrics import knn_accuracy
from integrated_diffusion.selection import FeatureHalves, Split
from integrated_diffusion.views.validation import View

Score = Callable[[np.ndarray], float]
"""From coordinates to a number, the higher the better."""

ACCURACY, DEMAP = "accuracy", "DEMaP"
"""Of five nearest neighbours where there are labels; along the noiseless tree."""
N_NOISE_FEATURES = 50
"""Features of a view in which there is nothing but noise, standard normal."""
MNIST_FILE, UCI_FILE = "mnist_train_60k.npz", "uci_mfeat_digits.npz"


@dataclass(frozen=True, eq=False)
class Known:
    """Views and what is known about their samples.

    Parameters
    ----------
    views
        Views by name, `(n_samples, n_features)`.
    what
        Name of the score.
    score
        What scores coordinates; `None` where nothing is known.
    clean
        What a view shows without its noise, `(n_samples, n_features)`; `None` where it is unknown.
    split
        What splits a view's features in two halves.
    """

    views: Mapping[str, View]
    what: str = ACCURACY
    score: Score | None = None
    clean: np.ndarray | None = None
    split: Split = field(default_factory=FeatureHalves)


@dataclass(frozen=True)
class DataSet:
    """One data set.

    Parameters
    ----------
    name
        What tables call it.
    make
        From source of images, number of samples and seed to views.
    file
        The file it needs, if it needs one.
    n_views
        Number of views.
    real
        Whether the data are measured, not simulated.
    base
        Name of the same set without the views of pure noise, if it has such.
    """

    name: str
    make: Callable[[str, int, int], Known]
    file: str | None = None
    n_views: int = 2
    real: bool = False
    base: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether its file is."""
        return self.file is None or (FOLDER / self.file).exists()


def _labelled(simulated: NoisyViews, clean: bool = False) -> Known:
    labels = simulated.labels
    clean_pixels = simulated.clean if clean else None
    return Known(simulated.views, ACCURACY, lambda coordinates: knn_accuracy(coordinates, labels), clean_pixels)


def _noisy_digits(levels: Sequence[float]) -> DataSet:
    name = "digits " + " + ".join(f"{level:g}" for level in levels)
    return DataSet(name, lambda images, n, seed: _labelled(digits(images, levels, n, seed), True), MNIST_FILE)


def _tree(level: float) -> DataSet:
    def make(images: str, n_samples: int, seed: int) -> Known:
        simulated = tree(n_samples=n_samples, noise=EVERYWHERE, local_noise=(level, level), random_state=seed)
        return Known(simulated.views, DEMAP, truth(simulated).demap, simulated.clean)

    return DataSet(f"tree {level:g}", make)


def _features(names: Sequence[str], n_noise: int = 0) -> DataSet:
    """Some of the six feature sets of UCI's digits, and views in which there is nothing but noise."""
    base = "UCI " + (" + ".join(names) if len(names) == 2 else f"{len(names)} views")

    def make(images: str, n_samples: int, seed: int) -> Known:
        if images == EMBEDDED:
            simulated = digits(EMBEDDED, (0.2,) * len(names), n_samples, seed)
        else:
            simulated = six_views((), 0.0, n_samples, seed, names)
        rng = np.random.default_rng([seed, 1])
        noise = {f"noise{i + 1}": rng.standard_normal((n_samples, N_NOISE_FEATURES)) for i in range(n_noise)}
        return _labelled(NoisyViews({**simulated.views, **noise}, simulated.clean, simulated.labels))

    name = f"{base} + {n_noise} noise" if n_noise else base
    return DataSet(name, make, UCI_FILE, len(names) + n_noise, True, base if n_noise else None)


def _half_digits(level: float) -> DataSet:
    def make(images: str, n_samples: int, seed: int) -> Known:
        return _labelled(half_digits(level, n_samples, seed))

    return DataSet(f"half digits {level:g}", make, MNIST_FILE)


def _as_published(name: str, n_views: int) -> DataSet:
    """A small set taken whole: the seed drives the methods alone."""
    file = f"{name}.npz"

    def make(images: str, n_samples: int, seed: int) -> Known:
        views, labels = labelled_views(file)
        return Known(views, ACCURACY, lambda coordinates: knn_accuracy(coordinates, labels))

    return DataSet(name, make, file, n_views, True)


def _sequenced(name: str) -> DataSet:
    def make(images: str, n_samples: int, seed: int) -> Known:
        views, labels, split = sequenced(name, seed)
        if labels is None:
            return Known(views, split=split)
        return Known(views, ACCURACY, lambda coordinates: knn_accuracy(coordinates, labels), split=split)

    return DataSet(name, make, FILES[name], 2, True)


_CLEANER, _HALVES = 0.4, 0.2
_WHOLE = {"ngs": 3, "bbcsport": 2, "leaves100": 3, "mesc_scmt": 2, "basicmotions": 2}
"""Sets of which nothing is drawn, with their number of views."""
SETS: dict[str, DataSet] = {
    found.name: found
    for found in (
        *(_noisy_digits((_CLEANER, level)) for level in (0.4, 0.8, 1.6, 3.2)),
        _noisy_digits((3.2, _CLEANER)),
        *(_tree(level) for level in (0.0, 0.1, 0.15, 0.2, 0.3)),
        _features(("fou", "fac")),
        _features(("zer", "mor")),
        _features(THREE),
        _features(SIX),
        *(_features(THREE, n_noise) for n_noise in (1, 2, 3)),
        _half_digits(_HALVES),
        *(_as_published(name, n_views) for name, n_views in _WHOLE.items()),
        *(_sequenced(name) for name in (SNARE, CITE_800, CITE_10K)),
    )
}
"""Every data set by its name."""

QUICK_SETS = ("digits 0.4 + 1.6", "tree 0.15", "UCI 3 views", "UCI 3 views + 1 noise")
"""Sets of the quick form, on digits that come along."""
UNKNOWN = (CITE_10K,)
"""Sets without a truth to score by."""
FEWER_SEEDS = (
    {name: 3 for name, found in SETS.items() if found.n_views > 2}
    | dict.fromkeys(_WHOLE, 2)
    | {SNARE: 3, CITE_800: 2, CITE_10K: 2}
)
"""Sets of fewer seeds: those of many views or samples, which take long, and those of which nothing is drawn, where the
seed drives the methods alone."""


def sets_of(scale: Scale, names: Sequence[str] = tuple(SETS)) -> list[DataSet]:
    """Return those of the named sets that a scale has and whose file is there.

    Parameters
    ----------
    scale
        How much is done.
    names
        Sets to choose from.
    """
    if scale.images == EMBEDDED:
        return [SETS[name] for name in names if name in QUICK_SETS]
    return [SETS[name] for name in names if SETS[name].is_there]


def missing() -> list[DataSet]:
    """Return the sets whose file is not there."""
    return [found for found in SETS.values() if not found.is_there]


def cells(experiment: str, scale: Scale, names: Sequence[str] = tuple(SETS)) -> list[Cell]:
    """Return a cell for each set and seed.

    Parameters
    ----------
    experiment
        Name of the experiment.
    scale, names
        As in `sets_of`.
    """
    return [
        Cell(experiment, seed, scale.n_samples, (("images", scale.images), ("set", found.name)))
        for found in sets_of(scale, names)
        for seed in scale.seeds[: FEWER_SEEDS.get(found.name)]
    ]


def known(cell: Cell) -> Known:
    """Return the views of a cell."""
    return SETS[str(cell["set"])].make(str(cell["images"]), cell.n_samples, cell.seed)
