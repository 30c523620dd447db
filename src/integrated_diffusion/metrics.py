"""How good an embedding is when the truth is known: kNN accuracy against labels, DEMaP against noiseless data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial.distance import pdist
from scipy.stats import rankdata
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.neighbors import KNeighborsClassifier, kneighbors_graph

from integrated_diffusion.validation import check_count, check_n_neighbors

MAX_SAMPLES = 3_000
"""Above this many samples `demap` compares the distances between this many random ones, unless told otherwise."""

_NO_LENGTH = float(np.finfo(np.float64).tiny)  # of edges between duplicates: at zero a sparse array would drop them
_BLOCK_ENTRIES = 16_000_000  # distances held at once while walking the graph: 128 MB


def knn_accuracy(embedding: np.ndarray, labels: npt.ArrayLike, n_neighbors: int = 5) -> float:
    """Share of samples whose label is the most frequent one among their nearest neighbours in the embedding.

    Leave-one-out: every sample is classified by all the others, so there are no folds to draw and nothing is random. A
    tie goes to the smallest label.

    Parameters
    ----------
    embedding
        Coordinates of the samples, `(n_samples, n_components)`.
    labels
        Class of every sample, `(n_samples,)`.
    n_neighbors
        Number of neighbours that vote, the sample itself excluded.

    Returns
    -------
    float
        Accuracy, between 0 and 1.

    Raises
    ------
    TypeError
        If the embedding does not hold numbers.
    ValueError
        If it is not a finite two-dimensional array with one label a sample, or has too few samples.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> embedding = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> metrics.knn_accuracy(embedding, ["a", "a", "a", "b", "b", "b"], n_neighbors=2)
    1.0
    """
    points, known = _as_points(embedding, "embedding"), np.asarray(labels)
    if known.shape != (len(points),):
        raise ValueError(
            f"labels: expected one for each of {len(points)} samples of the embedding, found an array of shape "
            f"{known.shape}; give an array of shape ({len(points)},)"
        )
    check_count(n_neighbors, "n_neighbors")
    check_n_neighbors(len(points), n_neighbors)
    return float(KNeighborsClassifier(n_neighbors).fit(points, known).score(None, known))


def demap(
    noiseless: np.ndarray,
    embedding: np.ndarray,
    n_neighbors: int = 30,
    n_samples: int | None = None,
    random_state: int | np.random.Generator = 0,
) -> float:
    """Score how well distances in an embedding rank as those along the true manifold (DEMaP).

    Denoised embedding manifold preservation (Moon et al., Nature Biotechnology 2019, 37:1482) is Spearman's
    correlation, over all pairs of samples, of geodesic distances on the nearest-neighbour graph of the noiseless data
    with Euclidean distances in the embedding. To score several embeddings of the same samples, keep
    `Geodesics.of(noiseless)` and ask it for each: the paths are the slow part.

    Parameters
    ----------
    noiseless
        Noiseless data, `(n_samples, n_features)`.
    embedding
        Coordinates of the same samples in the same order, `(n_samples, n_components)`.
    n_neighbors
        Neighbours of each sample in the graph of the noiseless data, itself excluded.
    n_samples
        Number of random samples between which distances are compared; paths still go through all of them. By default
        all, at most `MAX_SAMPLES`.
    random_state
        Seed or generator of that choice.

    Returns
    -------
    float
        Correlation, between -1 and 1; 1 when the embedding orders all distances as the manifold does.

    Raises
    ------
    TypeError
        If an array does not hold numbers.
    ValueError
        If an array is not finite and two-dimensional, the two differ in samples, there are too few samples, or all
        distances are equal.

    Warns
    -----
    UserWarning
        If the graph of the noiseless data is in several components; see `Geodesics.of` for what is done then.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion import metrics
    >>> angle = np.linspace(0, 3, 100)
    >>> arc = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> round(metrics.demap(arc, angle[:, None], n_neighbors=4), 3)
    1.0
    """
    return Geodesics.of(noiseless, n_neighbors, n_samples, random_state).demap(embedding)


@dataclass(frozen=True, eq=False, repr=False)
class Geodesics:
    """Distances along the manifold of noiseless data, between some or all of its samples.

    Parameters
    ----------
    samples
        Indices of the compared samples, increasing, `(n,)`.
    distances
        Their geodesic distances, pair by pair in the order of `scipy.spatial.distance.pdist`, `(n * (n - 1) / 2,)`.
    n_total
        Number of samples of the noiseless data.

    Examples
    --------
    >>> import numpy as np
    >>> from integrated_diffusion.metrics import Geodesics
    >>> corner = np.array([[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    >>> geodesics = Geodesics.of(corner, n_neighbors=1)
    >>> geodesics
    Geodesics(3 pairs between 3 of 3 samples)
    >>> geodesics.distances.tolist()
    [1.0, 2.0, 1.0]
    """

    samples: np.ndarray
    distances: np.ndarray
    n_total: int

    def __repr__(self) -> str:
        """Count the pairs and the samples."""
        return f"Geodesics({len(self.distances):,} pairs between {len(self.samples):,} of {self.n_total:,} samples)"

    @classmethod
    def of(
        cls,
        noiseless: np.ndarray,
        n_neighbors: int = 30,
        n_samples: int | None = None,
        random_state: int | np.random.Generator = 0,
    ) -> Geodesics:
        """Shortest paths on the nearest-neighbour graph of noiseless data.

        Two samples are joined if either is among the nearest neighbours of the other. If this leaves the graph in
        several components, the shortest edge that leaves each is added until there is one (the edges of the Euclidean
        minimum spanning tree that are missing): every distance is then finite, and distances between components rank by
        how far apart these are. Parameters, errors and warnings are those of `demap`.
        """
        points = _as_points(noiseless, "noiseless")
        check_count(n_neighbors, "n_neighbors")
        check_n_neighbors(len(points), n_neighbors)
        samples = _choose(len(points), n_samples, random_state)
        distances = np.concatenate(list(_paths(_connected_graph(points, n_neighbors), samples)))
        return cls(samples, distances, len(points))

    def demap(self, embedding: np.ndarray) -> float:
        """Spearman's correlation of these distances with the Euclidean distances in an embedding of all samples."""
        points = _as_points(embedding, "embedding")
        if len(points) != self.n_total:
            raise ValueError(
                f"embedding: expected the {self.n_total} samples of the noiseless data, found {len(points)}; "
                "embed the same samples in the same order"
            )
        return _spearman(self.distances, pdist(points[self.samples]))


def _choose(n_total: int, n_samples: int | None, random_state: int | np.random.Generator) -> np.ndarray:
    """Draw the samples to compare, by increasing index."""
    n_samples = min(n_total, MAX_SAMPLES) if n_samples is None else n_samples
    check_count(n_samples, "n_samples", least=3)
    if n_samples > n_total:
        raise ValueError(f"n_samples: expected at most the {n_total} there are, found {n_samples}; compare fewer")
    return np.sort(np.random.default_rng(random_state).choice(n_total, size=n_samples, replace=False))


def _connected_graph(points: np.ndarray, n_neighbors: int) -> sp.csr_array:
    """Symmetric graph of nearest neighbours with its components joined, weighted by distance."""
    edges = sp.coo_array(kneighbors_graph(points, n_neighbors, mode="distance"))
    edges.data = np.maximum(edges.data.astype(np.float64), _NO_LENGTH)
    n_found, component = connected_components(edges, directed=False)
    if n_found > 1:
        warnings.warn(
            f"noiseless: expected a connected graph, found {n_found} components at n_neighbors={n_neighbors}, joined "
            "by their shortest edges; ask for more neighbours if they belong together",
            UserWarning,
            stacklevel=4,
        )
        edges = sp.coo_array(edges.maximum(_bridges(points, component)))
    return sp.csr_array(edges.maximum(edges.T))


def _bridges(points: np.ndarray, component: np.ndarray) -> sp.csr_array:
    """Shortest edges that make one component of all, weighted by distance."""
    start, end = np.array(list(_joints(points, component))).T
    lengths = np.linalg.norm(points[start] - points[end], axis=1)
    lengths = np.maximum(lengths.astype(np.float64), _NO_LENGTH)
    return sp.csr_array((lengths, (start, end)), shape=(len(points), len(points)))


def _joints(points: np.ndarray, component: np.ndarray) -> Iterator[tuple[int, int]]:
    """Join the smallest component to the sample nearest to it, again and again until one is left."""
    component = component.copy()
    while True:
        names, sizes = np.unique_counts(component)
        if len(names) == 1:
            return
        is_inside = component == names[sizes.argmin()]
        inside, outside = np.flatnonzero(is_inside), np.flatnonzero(~is_inside)
        nearest, distances = pairwise_distances_argmin_min(points[inside], points[outside])
        start = distances.argmin()
        end = outside[nearest[start]]
        yield int(inside[start]), int(end)
        component[inside] = component[end]


def _paths(graph: sp.csr_array, samples: np.ndarray) -> Iterator[np.ndarray]:
    """Lengths of the shortest paths from each sample to those after it."""
    step = max(1, _BLOCK_ENTRIES // graph.shape[0])
    for first in range(0, len(samples), step):
        block = dijkstra(graph, indices=samples[first : first + step])[:, samples]
        yield from (row[i + 1 :] for i, row in enumerate(block, start=first))


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    for distances, what in ((a, "noiseless"), (b, "embedding")):
        if distances.min() == distances.max():
            raise ValueError(
                f"{what}: expected distances that differ, found {distances[0]:g} between all samples; "
                "nothing can be ranked, check how it was computed"
            )
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _as_points(values: Any, name: str) -> np.ndarray:
    points = np.asarray(values)
    if points.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected a dense array of numbers, found {points.dtype}; convert it to float first")
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(
            f"{name}: expected a two-dimensional array (samples x coordinates), found shape {points.shape}; "
            "reshape it, one row a sample"
        )
    n_bad = int(np.count_nonzero(~np.isfinite(points)))
    if n_bad:
        raise ValueError(f"{name}: expected finite numbers, found {n_bad} NaN or infinite; remove or impute them")
    return points.astype(points.dtype if points.dtype in (np.float32, np.float64) else np.float64, copy=False)
