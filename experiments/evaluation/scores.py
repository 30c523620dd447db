"""Every way on every data set: the true score, the error of denoising, and the held-out prediction error."""

from __future__ import annotations

import numpy as np

from experiments.evaluation import sets
from experiments.evaluation.compared import Found, every_method
from experiments.evaluation.prediction import Half, fresh_halves
from experiments.evaluation.sets import Known
from experiments.methods.prepared import represented
from experiments.study.cells import Cell, Experiment, Measured, Scale
from experiments.study.data import EMBEDDED

NAME = "scores"
DENOISING = "denoising error"
"""Squared, as a share of what the mean of the samples is wrong by, mean over the views."""
PREDICTION = "prediction error"
RAW = "as measured"


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set and seed."""
    return sets.cells(NAME, scale)


def measure(cell: Cell) -> list[Measured]:
    """Every score of every way."""
    known = sets.known(cell)
    halves = fresh_halves(represented(known.views), cell.seed, known.split)
    rows = [] if known.clean is None else [Measured(RAW, DENOISING, denoising_error(known, None))]
    for found in every_method(known.views, cell.seed, known.split, others=cell["images"] != EMBEDDED):
        rows += scored(found, known, halves)
    return rows


def scored(found: Found, known: Known, halves: list[Half]) -> list[Measured]:
    """Return what can be said of one method."""
    rows = [Measured(found.name, what, float(value)) for what, value in found.told.items()]
    if known.score is not None:
        rows.append(Measured(found.name, known.what, known.score(found.coordinates)))
    if known.clean is not None and found.operator is not None:
        rows.append(Measured(found.name, DENOISING, denoising_error(known, found)))
    if found.again is not None:
        errors = [half.error(found.again(half)) for half in halves]
        rows.append(Measured(found.name, PREDICTION, float(np.mean(errors))))
    return rows


def denoising_error(known: Known, found: Found | None) -> float:
    """Return how far `J X` is from the clean data, mean over the views; of `X` itself if nothing is found.

    Parameters
    ----------
    known
        Views and what they show without their noise.
    found
        A method that is an operator.
    """
    clean = np.asarray(known.clean, dtype=np.float64)
    whole = np.square(clean - clean.mean(axis=0)).sum()
    shown = [np.asarray(X) if found is None else np.asarray(found.operator @ X) for X in known.views.values()]
    return float(np.mean([np.square(X - clean).sum() / whole for X in shown]))


EXPERIMENT = Experiment(NAME, cells, measure)
