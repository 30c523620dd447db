"""The baseline that adds the views' distances."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import euclidean_distances

from integrated_diffusion.fusion.features import side_by_side
from integrated_diffusion.fusion.method import method
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.neighbors import (
    EXACT_SAMPLES,
    Neighbors,
    find_neighbors,
    pair_distances,
    rank_by,
)
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.operators.build import warn_if_disconnected
from integrated_diffusion.views.reduction import about_the_mean
from integrated_diffusion.views.scale import unit_scale
from integrated_diffusion.views.validation import View

_BLOCK = 512
_SPARE = 8
_OVERSAMPLING = 3


@method
def distance_addition(views: dict[str, View], construction: Construction) -> Operator:
    """One diffusion operator by the sum of the views' distances, each view scaled to total variance one.

    Up to 10,000 samples the nearest by the sum are found exactly and `search` is not asked.
    """
    views = construction.reduce(views)
    scaled = {name: unit_scale(X) for name, X in views.items()}
    n_samples = next(iter(views.values())).shape[0]
    n_neighbors = min(construction.kernel.n_candidates, n_samples - 1)
    if n_samples <= EXACT_SAMPLES:
        candidates = _exact_candidates(scaled, min(n_neighbors + 1 + _SPARE, n_samples))
    else:
        # |d1 + d2| and sqrt(d1^2 + d2^2), the distance of the concatenated features, differ by at most the root of
        # two: the nearest by the sum are among a few more nearest by the concatenated features.
        n_wider = min(_OVERSAMPLING * n_neighbors, n_samples - 1)
        wider = find_neighbors(side_by_side(views), n_wider, construction.search, n_jobs=construction.n_jobs)
        candidates = wider.indices
    neighbors = _rank_by_sum(scaled, candidates, n_neighbors, construction.n_jobs)
    operator = DiffusionOperator(construction.kernel(neighbors), " ⊕ ".join(views))
    warn_if_disconnected(operator)
    return operator


def _exact_candidates(views: dict[str, View], n_candidates: int) -> np.ndarray:
    """The nearest by the sum of distances, from blocks of rows against all."""
    n_samples = next(iter(views.values())).shape[0]
    points = [X if sp.issparse(X) else about_the_mean(X) for X in views.values()]
    found = []
    for start in range(0, n_samples, _BLOCK):
        total = sum(euclidean_distances(X[start : start + _BLOCK], X) for X in points)
        found.append(np.argpartition(total, n_candidates - 1, axis=1)[:, :n_candidates])
    return np.concatenate(found)


def _rank_by_sum(views: dict[str, View], candidates: np.ndarray, n_neighbors: int, n_jobs: int | None) -> Neighbors:
    def total(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        summed: np.ndarray = sum(pair_distances(X, rows, columns) for X in views.values())  # type: ignore[assignment]
        return summed

    return rank_by(total, candidates, n_neighbors, n_jobs)
