"""New cells of which only RNA was measured: their proteins, and the labels of their neighbours in the reference."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from experiments.evaluation import mosaic
from experiments.evaluation.mosaic import Hidden
from experiments.evaluation.new_samples import K
from experiments.evaluation.sequencing import CITE_800
from experiments.methods.totalvi import mapped, totalvi
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from experiments.study.data import dense
from experiments.study.label_scores import ACCURACY
from integrated_diffusion import IntegratedDiffusion, Views

NAME = "new_cells"
DEFAULT, TOTALVI, REGRESSION = "default", "totalVI", "kNN on the default's map"
CORRELATION, ERROR = "correlation", "squared error"
SETS = (CITE_800,)
N_SEEDS = 1
SHARE = 5
"""One of so many cells is new."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set and seed."""
    return grid(NAME, scale.seeds[:N_SEEDS], mosaic.MOST_SAMPLES, {"set": SETS})


def measure(cell: Cell) -> list[Measured]:
    """Hold a fifth of the cells out, and place them by their RNA alone."""
    whole = mosaic.complete(str(cell["set"]), cell.seed)
    X, Y = whole.views["rna"], dense(whole.views["prot"])
    order = np.random.default_rng([cell.seed, 2]).permutation(len(Y))
    new, old = np.sort(order[: len(Y) // SHARE]), np.sort(order[len(Y) // SHARE :])
    model = IntegratedDiffusion(recipes=whole.recipes, random_state=cell.seed, n_jobs=1).fit(
        {"rna": X[old], "prot": Y[old]}
    )
    known, truth = (mosaic.normalised(model, "prot", Y[rows]) for rows in (old, new))
    hidden, seen = Hidden(np.arange(Y.shape[1]), known, truth), Views({"rna": X[new]})
    Z = model.transform(seen)
    reference = totalvi(X[old], Y[old], random_state=cell.seed, for_mapping=True)
    query = mapped(reference, X[new])
    predicted = {
        DEFAULT: np.asarray(model.predict(seen, "prot")),
        REGRESSION: KNeighborsRegressor(K).fit(model.embedding_, known).predict(Z),
        TOTALVI: mosaic.normalised(model, "prot", query.proteins(np.arange(len(new)))),
    }
    rows = []
    for name, values in predicted.items():
        correlation, error = hidden.scores(values)
        rows += [Measured(name, CORRELATION, correlation), Measured(name, ERROR, error)]
    if whole.labels is not None:
        maps = {DEFAULT: (model.embedding_, Z), TOTALVI: (reference.latent(), query.latent())}
        for name, (there, here) in maps.items():
            classifier = KNeighborsClassifier(K).fit(there, whole.labels[old])
            rows.append(Measured(name, ACCURACY, float(classifier.score(here, whole.labels[new]))))
    return rows


EXPERIMENT = Experiment(NAME, cells, measure)
