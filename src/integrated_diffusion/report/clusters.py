"""Clusters of the samples, where no column says what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from integrated_diffusion.io import keys
from integrated_diffusion.report.columns import Categories, Column
from integrated_diffusion.runtime.threads import one_blas_thread

NAME = "computed clusters"
"""Name of the column."""
MOST_CLUSTERS = 12
COLOURED = 30
"""Largest number of categories with a colour of their own."""

_FITTED, _COMPARED, _LEAST, _AS_CLEAR = 20_000, 2_000, 12, 0.2
_LABELS = re.compile("type|label|annot|cluster|leiden|louvain|digit|class", re.IGNORECASE)


def labels_among(columns: Sequence[Column]) -> int | None:
    """Return the index of the first column of 2 to 30 categories whose name suggests cell types or clusters."""
    for i, column in enumerate(columns):
        if isinstance(column, Categories) and 2 <= len(column.labels) <= COLOURED and _LABELS.search(column.name):
            return i
    return None


def clusters_of(mdata: Any, random_state: int = 0) -> Categories | None:
    """Return k-means clusters of the integrated embedding, the largest first; `None` of fewer than 12 samples.

    Their number, from 2 to 12, is the largest whose mean silhouette (Rousseeuw 1987), of at most 2,000 samples, is
    within 0.2 of the best: clusters within clusters lower it, and are what one wants to see.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    random_state : int, default 0
        Seed of the starts, and of the samples that are compared.
    """
    coordinates = mdata.obsm.get(keys.EMBEDDING)
    if coordinates is None or len(coordinates) < _LEAST:
        return None
    X = np.asarray(coordinates, dtype=np.float64)
    rng = np.random.default_rng(random_state)
    fitted = X[rng.permutation(len(X))[:_FITTED]]
    compared = fitted[:_COMPARED]
    with one_blas_thread():
        found = [
            KMeans(k, n_init=3, random_state=random_state).fit(fitted)
            for k in range(2, min(MOST_CLUSTERS, len(X) // 6) + 1)
        ]
        clear = [_silhouette(compared, model.predict(compared)) for model in found]
        codes = found[int(np.flatnonzero(np.array(clear) >= max(clear) - _AS_CLEAR)[-1])].predict(X)
    largest = np.argsort(-np.bincount(codes), kind="stable")
    place = np.empty(len(largest), dtype=np.int32)
    place[largest] = np.arange(len(largest))
    return Categories(NAME, tuple(str(i + 1) for i in range(len(largest))), place[codes])


def _silhouette(X: np.ndarray, codes: np.ndarray) -> float:
    return float(silhouette_score(X, codes)) if 1 < len(np.unique(codes)) < len(X) else -1.0
