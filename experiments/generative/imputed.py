"""Mosaics: part of the cells has no protein, or no RNA; values that were left out, and the map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LinearRegression

from experiments.evaluation import mosaic
from experiments.evaluation.mosaic import Complete, Hidden
from experiments.evaluation.sequencing import CITE_10K, CITE_800, SNARE
from experiments.methods.multivi import multivi
from experiments.methods.totalvi import totalvi
from experiments.study.cells import Cell, Experiment, Measured, Scale, grid
from experiments.study.data import dense
from experiments.study.label_scores import ACCURACY
from integrated_diffusion import IntegratedDiffusion, metrics

NAME = "imputed"
DEFAULT, VI, STRAIGHTENED = "default", "totalVI or MultiVI", "the same, straightened"
CORRELATION, ERROR = "correlation", "squared error"
SETS = (CITE_800, CITE_10K, SNARE)
N_SEEDS = 1


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set and seed."""
    return grid(NAME, scale.seeds[:N_SEEDS], mosaic.MOST_SAMPLES, {"set": SETS})


def measure(cell: Cell) -> list[Measured]:
    """Impute what was left out, by each method, and score the maps where the first view was measured."""
    whole = mosaic.complete(str(cell["set"]), cell.seed)
    model = IntegratedDiffusion(recipes=whole.recipes, random_state=cell.seed, n_jobs=1)
    model.fit(mosaic.mosaic(whole, cell.seed))
    hidden = mosaic.hidden_values(whole, model)
    rows = []
    for method, (correlation, error) in mosaic.imputations(whole, model).items():
        name = DEFAULT if method == "denoise" else method
        rows += [Measured(name, CORRELATION, correlation), Measured(name, ERROR, error)]
    latent, where, expected = generative(whole, model, cell.seed)
    for name, predicted in _with_straightened(whole, model, hidden, expected):
        correlation, error = hidden.scores(predicted)
        rows += [Measured(name, CORRELATION, correlation), Measured(name, ERROR, error)]
    if whole.labels is not None:
        for name, Z in ((DEFAULT, model.embedding_[where]), (VI, latent)):
            rows.append(Measured(name, ACCURACY, metrics.knn_accuracy(Z, whole.labels[where])))
    return rows


def generative(whole: Complete, model: IntegratedDiffusion, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Train totalVI or MultiVI on a mosaic.

    Parameters
    ----------
    whole
        The complete set.
    model
        The fitted mosaic, which knows what was left out.
    seed
        Seed of the training.

    Returns
    -------
    tuple
        Latent coordinates of the cells that it takes, `(n_taken, n_latent)`; which these are, `(n_samples,)`: those
        with RNA for totalVI, all for MultiVI; and the counts to expect in the second view,
        `(n_samples, n_features)`, of no meaning in cells that were not taken.
    """
    (source, X), (target, Y), *_ = whole.views.items()
    has_source, has_target = model.measured_[source], model.measured_[target]
    expected = np.ones(Y.shape)
    if target == "rna":
        chromatin = multivi(Y, X, has_target, has_source, seed)
        expected[:] = chromatin.rna(np.arange(len(expected)))
        return chromatin.latent(), np.ones(len(expected), dtype=bool), expected
    proteins = totalvi(X[has_source], dense(Y)[has_source], has_target[has_source], seed)
    expected[has_source] = proteins.proteins(np.arange(int(has_source.sum())))
    return proteins.latent(), has_source, expected


def _with_straightened(
    whole: Complete, model: IntegratedDiffusion, hidden: Hidden, expected: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield expected values as the recipe normalises them, and by lines that were fitted where both were measured."""
    source, target, *_ = whole.views
    there, both = model.measured_[target], model.measured_[target] & model.measured_[source]
    values = mosaic.normalised(model, target, expected)[:, hidden.columns]
    yield VI, values[~there]
    lines = [
        LinearRegression().fit(x[both, None], y[both[there]]).predict(x[~there, None])
        for x, y in zip(values.T, hidden.known.T, strict=True)
    ]
    yield STRAIGHTENED, np.column_stack(lines)


EXPERIMENT = Experiment(NAME, cells, measure)
