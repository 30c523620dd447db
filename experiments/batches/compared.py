"""One study without batches, with them, and with neighbours forced into every batch: the scores of each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.neighbors import NearestNeighbors

from experiments.batches.forced import ForcedSearch
from experiments.batches.sets import SETS, Study
from experiments.study.cells import Cell, Measured
from experiments.study.label_scores import ACCURACY, LABEL_SCORES, label_scores
from integrated_diffusion import IntegratedDiffusion, metrics

PLAIN, BALANCED, FORCED = "without batches", "batch", "every batch as near"
"""The default; `fit(views, batch=...)`; neighbours forced into every batch."""
METHODS = (PLAIN, BALANCED, FORCED)

UNSHARED_ACCURACY, ILISI = "accuracy, unshared", "iLISI"
SILHOUETTE, KBET, ISOLATED, ACROSS = "batch silhouette", "kBET", "isolated", "across, unshared"
SCORES = (ACCURACY, UNSHARED_ACCURACY, *LABEL_SCORES[1:], ILISI, SILHOUETTE, KBET, ISOLATED, ACROSS)
"""Scores of the embedding; the last is the share of the affinities of unshared types that go to other batches."""


def measure(cell: Cell) -> list[Measured]:
    """Fit by each method, and score the coordinates.

    Parameters
    ----------
    cell
        Has the name of a study as its condition `set`.
    """
    study = SETS[str(cell["set"])](cell.n_samples, cell.seed)
    return [
        Measured(method, name, value)
        for method in METHODS
        for name, value in _scores(study, fitted(study, method, cell.seed))
    ]


def fitted(study: Study, method: str, seed: int) -> IntegratedDiffusion:
    """Fit the default by one of the methods."""
    codes = np.unique(study.batches, return_inverse=True)[1]
    search = ForcedSearch(codes) if method == FORCED else None
    model = IntegratedDiffusion(search=search, recipes=study.recipes, random_state=seed, n_jobs=1)
    return model.fit(study.views, batch=study.batches if method == BALANCED else None)


def _scores(study: Study, model: IntegratedDiffusion) -> Iterator[tuple[str, float]]:
    labels, batches, shared, Z = study.labels, study.batches, study.is_shared, model.embedding_
    yield from label_scores(Z, labels)
    if shared.any():  # batches can be mixed where they have types in common
        yield ILISI, metrics.ilisi(Z[shared], batches[shared])
        yield SILHOUETTE, metrics.silhouette_batch(Z[shared], labels[shared], batches[shared])
        yield KBET, metrics.kbet(Z[shared], batches[shared], labels[shared])
    if not shared.all() and (~shared).sum() >= 20:
        right = labels[_nearest(Z)][~shared] == labels[~shared, None]
        yield UNSHARED_ACCURACY, float(np.mean(right.mean(axis=1) > 0.5))
        yield ISOLATED, metrics.isolated_label_silhouette(Z, labels, batches)
        yield ACROSS, float(np.mean([_across(P.matrix, batches, ~shared) for P in model.operators_.values()]))


def _nearest(points: np.ndarray) -> np.ndarray:
    return np.asarray(NearestNeighbors(n_neighbors=5).fit(points).kneighbors(return_distance=False))


def _across(matrix: object, batches: np.ndarray, rows: np.ndarray) -> float:
    """Share of the steps of some samples that lead into another batch."""
    P = matrix.tocoo()  # type: ignore[attr-defined]
    outside = rows[P.row] & (batches[P.row] != batches[P.col])
    return float(P.data[outside].sum() / rows.sum())
