"""The map of each method: what labels and batches say of it; its time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from experiments.evaluation import compared
from experiments.evaluation.sequencing import CITE_800
from experiments.generative.sets import Counted, counted
from experiments.methods.mofa import mofa
from experiments.methods.prepared import Prepared
from experiments.methods.scvi_training import loaded
from experiments.methods.totalvi import totalvi
from experiments.methods.wnn import wnn
from experiments.performance.child import peak_gigabytes
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from experiments.study.data import dense
from experiments.study.label_scores import LABEL_SCORES, label_scores
from integrated_diffusion import IntegratedDiffusion, metrics
from integrated_diffusion.views.recipes import prepare
from integrated_diffusion.views.reduction import components_for

NAME = "maps"
ILISI, BATCH_SILHOUETTE = "iLISI", "batch silhouette"
SCORES = (*LABEL_SCORES, ILISI, BATCH_SILHOUETTE)
EPOCHS, SECONDS, GIGABYTES, N_CELLS = "epochs", "seconds", "GB", "cells"
TOTALVI = "totalVI"
N_SEEDS = 2

Map = tuple[np.ndarray, Mapping[str, float]]
"""Coordinates, and what else a method told."""


def _default(known: Counted, seed: int) -> Map:
    return IntegratedDiffusion(recipes=known.recipes, random_state=seed, n_jobs=1).fit(known.views).embedding_, {}


def _from_components(of: Callable[[Prepared], np.ndarray], known: Counted, seed: int) -> Map:
    views = {view: prepare(X, known.recipes[view]).representation for view, X in known.views.items()}
    return of(Prepared(views, IntegratedDiffusion(representation="given"), seed)), {}


def _alone(view: str, prepared: Prepared) -> np.ndarray:
    return compared.mapped(prepared.operators[view])


def _equal(prepared: Prepared) -> np.ndarray:
    return compared.mapped(compared.equal_mixture(prepared.operators))


def _wnn(prepared: Prepared) -> np.ndarray:
    return compared.mapped(wnn(prepared.reduced, prepared.random_state))


def _mofa(prepared: Prepared) -> np.ndarray:
    n_samples = len(next(iter(prepared.views.values())))
    return mofa(prepared.reduced, prepared.random_state, components_for(n_samples)).coordinates()


def _totalvi(known: Counted, seed: int) -> Map:
    trained = totalvi(known.views["rna"], dense(known.views["prot"]), random_state=seed)
    return trained.latent(), {EPOCHS: trained.epochs}


METHODS: dict[str, Callable[[Counted, int], Map]] = {
    compared.DEFAULT: _default,
    compared.EQUAL: partial(_from_components, _equal),
    compared.WNN: partial(_from_components, _wnn),
    compared.MOFA: partial(_from_components, _mofa),
    TOTALVI: _totalvi,
    "rna alone": partial(_from_components, partial(_alone, "rna")),
    "prot alone": partial(_from_components, partial(_alone, "prot")),
}
"""From counts and a seed to a map, by name."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each method and seed."""
    return grid(NAME, scale.seeds[:N_SEEDS], 800, {"set": (CITE_800,), "way": tuple(METHODS)})


def measure(cell: Cell) -> list[Measured]:
    """Make one map in this process, and score it."""
    way, known = str(cell["way"]), counted()
    if way == TOTALVI:
        loaded()  # as the other methods' packages are by now
    before, started = _held_now(), time.process_time()
    coordinates, told = METHODS[way](known, cell.seed)
    spent = {SECONDS: time.process_time() - started, GIGABYTES: peak_gigabytes() - before, N_CELLS: len(coordinates)}
    found = {**dict(scores(known, np.asarray(coordinates, dtype=np.float64))), **told, **spent}
    return [Measured(way, score, float(value)) for score, value in found.items()]


def scores(known: Counted, Z: np.ndarray) -> Iterator[tuple[str, float]]:
    """Yield what can be said of a map of the cells."""
    yield from label_scores(Z, known.labels)
    yield ILISI, metrics.ilisi(Z, known.batches)
    yield BATCH_SILHOUETTE, metrics.silhouette_batch(Z, known.labels, known.batches)


def _held_now() -> float:
    """Resident memory, in GB; from here on the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_gigabytes()


EXPERIMENT = Experiment(NAME, cells, measure)
