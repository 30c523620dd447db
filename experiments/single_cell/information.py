"""Mutual information of features that belong together, as measured and after each operator, beside two nulls.

All figures in the table are in thousandths of a nat, so that those of single peaks keep their digits.
"""

from __future__ import annotations

from experiments.single_cell import compared
from experiments.single_cell.fits import FittedSet, Kept
from experiments.single_cell.settings import ESTIMATOR
from experiments.study.cells import Cell, Measured, Scale
from integrated_diffusion.association import Associations, associate
from integrated_diffusion.association.result import FDR

NAME = "information"
ALL_PAIRS, RANDOM_PAIRS = "all pairs", "random control pairs"
SCORE, NULL_MEAN, NULL_SD, N_PAIRS, N_FOUND, Q = "score", "null mean", "null sd", "pairs", "found", "q"
MILLINATS = 1_000
FEW = 50
"""Up to so many pairs every pair has its own rows; of more, those that are drawn."""


def cells(kept: Kept, scale: Scale) -> list[Cell]:
    """One cell for each set, method and null."""
    return [
        Cell(NAME, seed, scale.n_samples, (("set", cell_set.name), ("way", way), ("null", null)))
        for cell_set in kept.there()
        for way in compared.ALL_SMOOTHINGS
        for null in (compared.NULLS if way in compared.SMOOTHED else compared.NULLS[:1])
        for seed in scale.seeds
    ]


def measure(kept: Kept, cell: Cell) -> list[Measured]:
    """Mutual information of all pairs, and of random ones, after one method, and its null."""
    found = kept.fitted(cell)
    smoothing = compared.smoothing(found, str(cell["way"]), str(cell["null"]))
    scores, at_random = (
        associate(
            smoothing, found.values(0), found.values(1), pairs, ESTIMATOR, found.of.n_shuffles, random_state=cell.seed
        )
        for pairs in (found.pairs, found.random_pairs)
    )
    return [*_of_all(scores, ALL_PAIRS), *_of_all(at_random, RANDOM_PAIRS), *_of_each(scores, _told(found))]


def pair_name(first: str, second: str) -> str:
    """What tables call a pair."""
    return f"{first}, {second}"


def _told(found: FittedSet) -> list[int]:
    return list(range(len(found.pairs))) if len(found.pairs) <= FEW else found.shown


def _of_all(scores: Associations, subject: str) -> list[Measured]:
    mean = scores.mean
    told = {SCORE: mean.score, NULL_MEAN: mean.null_mean, NULL_SD: mean.null_sd}
    rows = [Measured(subject, name, MILLINATS * value) for name, value in told.items()]
    rows.append(Measured(subject, N_PAIRS, float(len(scores.pairs))))
    return [*rows, Measured(subject, N_FOUND, float((scores.q_value <= FDR).sum()))]


def _of_each(scores: Associations, places: list[int]) -> list[Measured]:
    rows = []
    for i in places:
        name = pair_name(str(scores.pairs.first_names[i]), str(scores.pairs.second_names[i]))
        told = {SCORE: scores.score[i], NULL_MEAN: scores.null_mean[i], NULL_SD: scores.null_sd[i]}
        rows += [Measured(name, what, MILLINATS * float(value)) for what, value in told.items()]
        rows.append(Measured(name, Q, float(scores.q_value[i])))
    return rows
