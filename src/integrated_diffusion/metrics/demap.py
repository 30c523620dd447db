"""DEMaP: geodesic distances of noiseless data against distances in an embedding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import rankdata

from integrated_diffusion.metrics.graph_distances import connected_graph, paths
from integrated_diffusion.metrics.points import as_points
from integrated_diffusion.views.checks import check_count, check_n_neighbors

MAX_SAMPLES = 3_000
"""Above this many samples `demap` compares the distances between this many random ones, unless given."""


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
    noiseless : numpy.ndarray
        Noiseless data, `(n_samples, n_features)`.
    embedding : numpy.ndarray
        Coordinates of the same samples in the same order, `(n_samples, n_components)`.
    n_neighbors : int, default 30
        Neighbours of each sample in the graph of the noiseless data, itself excluded.
    n_samples : int or None, default None
        Number of random samples between which distances are compared; paths still go through all of them. By default
        all, at most `MAX_SAMPLES`.
    random_state : int or numpy.random.Generator, default 0
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
    samples : numpy.ndarray
        Indices of the compared samples, increasing, `(n,)`.
    distances : numpy.ndarray
        Their geodesic distances, pair by pair in the order of `scipy.spatial.distance.pdist`, `(n * (n - 1) / 2,)`.
    n_total : int
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
        points = as_points(noiseless, "noiseless")
        check_count(n_neighbors, "n_neighbors")
        check_n_neighbors(len(points), n_neighbors)
        samples = _choose(len(points), n_samples, random_state)
        distances = np.concatenate(list(paths(connected_graph(points, n_neighbors), samples)))
        return cls(samples, distances, len(points))

    def demap(self, embedding: np.ndarray) -> float:
        """Spearman's correlation of these distances with the Euclidean distances in an embedding of all samples."""
        points = as_points(embedding, "embedding")
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


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    for distances, what in ((a, "noiseless"), (b, "embedding")):
        if distances.min() == distances.max():
            raise ValueError(
                f"{what}: expected distances that differ, found {distances[0]:g} between all samples; "
                "nothing can be ranked, check how it was computed"
            )
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
