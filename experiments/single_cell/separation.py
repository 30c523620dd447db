"""How well cell types are separated on every map: silhouette, modularity, accuracy of nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.metrics import silhouette_score

from experiments.single_cell import compared
from experiments.single_cell.fits import FittedSet, Kept
from experiments.single_cell.modularity import modularity
from experiments.study.cells import Cell, Measured, Scale
from experiments.study.files import whole
from integrated_diffusion.embedding import neighbor_graph, phate
from integrated_diffusion.metrics import knn_accuracy

NAME = "separation"
SILHOUETTE, MODULARITY, ACCURACY = "silhouette", "modularity", "accuracy"
SILHOUETTE_2D, ACCURACY_2D = "silhouette of the picture", "accuracy in the picture"
SCORES = (SILHOUETTE, MODULARITY, ACCURACY, SILHOUETTE_2D, ACCURACY_2D)
"""On the diffusion coordinates, on the neighbour graph of these, and on the picture, PHATE in the plane."""
N_CELLS, N_TYPED = "cells", "cells of a type"

Score = Callable[[np.ndarray, np.ndarray], float]


def cells(kept: Kept, scale: Scale) -> list[Cell]:
    """One cell for each set and method."""
    found = []
    for cell_set in kept.there():
        named = [*map(compared.alone, cell_set.views), compared.ALTERNATING, compared.PUBLISHED, compared.DEFAULT]
        named += [compared.PUBLISHED_ALIKE] if cell_set.types else []
        found += [
            Cell(NAME, seed, scale.n_samples, (("set", cell_set.name), ("way", way)))
            for way in named
            for seed in scale.seeds
        ]
    return found


def measure(kept: Kept, cell: Cell) -> list[Measured]:
    """Draw up the map of one method, keep its picture, and score both by the types."""
    found, way = kept.fitted(cell), str(cell["way"])
    typed = found.counts.typed
    rows = [Measured(way, N_CELLS, float(len(typed))), Measured(way, N_TYPED, float(typed.sum()))]
    picture = None if way == compared.PUBLISHED_ALIKE else layout(kept, found, way)
    if found.counts.types is None:
        return rows
    types = found.counts.types[typed]
    coordinates = compared.coordinates(found, way)
    graph = neighbor_graph(coordinates)[0][typed][:, typed]
    rows.append(Measured(way, MODULARITY, modularity(graph, types)))
    rows += _scored(way, coordinates[typed], types, (SILHOUETTE, ACCURACY))
    if picture is not None:
        rows += _scored(way, picture[typed], types, (SILHOUETTE_2D, ACCURACY_2D))
    return rows


def _scored(way: str, points: np.ndarray, types: np.ndarray, names: tuple[str, str]) -> list[Measured]:
    scores: tuple[Score, Score] = (silhouette_score, knn_accuracy)
    return [Measured(way, name, float(score(points, types))) for name, score in zip(names, scores, strict=True)]


def layout(kept: Kept, found: FittedSet, way: str) -> np.ndarray:
    """Return PHATE of a way in the plane, `(n_samples, 2)`, made if it is not kept yet.

    Parameters
    ----------
    kept
        Where it is kept.
    found
        A fitted set.
    method
        One of `methods.operators`.
    """
    path = kept.path(found.of, f"phate {way}", "npy")
    if not path.exists():
        placed = phate(compared.operators(found)[way], 2, "entropy")
        with whole(path) as temporary:
            np.save(temporary, placed)
    return np.asarray(np.load(path))
