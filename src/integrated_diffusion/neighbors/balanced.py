"""Batch-balanced search: neighbours of every sample in every batch, at distances that batches have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.neighbors.between import nearest_among
from integrated_diffusion.neighbors.find import KNeighbors
from integrated_diffusion.neighbors.ranking import Neighbors
from integrated_diffusion.views.validation import View

RECIPROCAL = (0.2, 0.4)
"""Reciprocity up to which a type is taken for one batch's alone, and from which for shared. Of digits with a simulated
batch effect those that one batch alone had were at 0.16 to 0.29, shared ones at 0.34 to 0.46; separate types at 0."""
LEAST_NEIGHBORS = 3
"""Neighbours in each batch, however many batches there are (Polański et al. 2020)."""


@dataclass(frozen=True, eq=False)
class BatchBalancedSearch:
    """Seek neighbours in every batch, the same number in each (batch-balanced neighbours, Polański et al. 2020).

    A batch effect moves whole batches apart, so that all nearest neighbours are of the sample's own batch. Here every
    sample `i` of batch `a` has neighbours in each batch `b`, and a scale `s_ib`, its median distance to these. A pair
    across batches is in any case related with the bandwidth `max(s_ia, s_jb, min(s_ib, s_ja))`: two samples that are as
    near as is usual for both of them across these batches are neighbours, and so are samples that are as near as if
    there was no batch effect. Where neighbourhoods are reciprocal, that is, where a sample's neighbours in the other
    batch have it among theirs, its type is shared, and its bandwidth towards that batch goes up to `s_ib`, at which
    both batches count the same.

    A cell type that only one batch has is far from the other batch, whose samples have nearer partners: it is not
    reciprocal, its affinities across batches vanish, and it is not forced together with another type. What this cannot
    bridge is a batch effect along a direction in which the samples of one batch differ as much as the batches.

    Distances across batches are divided by the pair's bandwidth and multiplied by the sample's own `s_ia`, which makes
    them comparable with those within its batch, so that every kernel can be used.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (n_samples,)
        Number of each sample's batch.
    search : KNeighbors or None, default None
        How neighbours are found in one batch: `ExactSearch()`, `ApproximateSearch()` or a scikit-learn transformer; by
        the number of samples unless given.

    References
    ----------
    Polański, Young, Miao, Meyer, Teichmann, Park: BBKNN: fast batch alignment of single cell transcriptomes.
    Bioinformatics 2020, 36:964.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [10.0], [11.0], [12.0], [13.0]])
    >>> found = BatchBalancedSearch(np.repeat([0, 1], 4))(X, 6)
    >>> found
    Neighbors(6 of each of 8 samples)
    >>> found.distances[3].round(1).tolist()
    [1.0, 1.8, 2.0, 2.0, 2.2, 3.0]
    """

    codes: np.ndarray = field(repr=False)
    search: KNeighbors | None = None

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return `n_neighbors` neighbours of each row of `X`, divided over the batches and rounded up, nearest first.

        Parameters
        ----------
        X : array of shape (n_samples, n_features)
            View, dense or sparse.
        n_neighbors : int
            Number of neighbours; at least three in each batch, all in a batch of fewer samples.
        n_jobs : int or None, default None
            Number of threads; the result does not depend on it.

        Raises
        ------
        ValueError
            If there is not one batch for each sample.
        """
        if len(self.codes) != X.shape[0]:
            raise ValueError(
                f"batch: expected the batch of each of {X.shape[0]} samples, found {len(self.codes)}; give one for each"
            )
        X = sp.csr_array(X) if sp.issparse(X) else X
        batches, codes = np.unique(self.codes, return_inverse=True)
        each = max(LEAST_NEIGHBORS, -(-n_neighbors // len(batches)))
        members = [np.flatnonzero(codes == batch) for batch in range(len(batches))]
        found = [nearest_among(X, rows, min(each, len(rows)), self.search, n_jobs) for rows in members]
        scales = np.column_stack([median_of_found(neighbors) for neighbors in found])
        trust = agreement(reciprocity(found, codes, scales))
        scaled = [comparable(neighbors, batch, codes, scales, trust) for batch, neighbors in enumerate(found)]
        return merged([neighbors.indices for neighbors in found], scaled)


def median_of_found(neighbors: Neighbors) -> np.ndarray:
    """Return each sample's median distance to its neighbours, `(n_samples,)`; infinite where it has none."""
    n_found = np.isfinite(neighbors.distances).sum(axis=1)
    rows = np.arange(len(n_found))
    return np.asarray(neighbors.distances[rows, np.maximum(n_found - 1, 0) // 2])  # nearest first; the lower median


def reciprocity(found: list[Neighbors], codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return the share of each sample's neighbours in each batch to which it is as near as it is usual for them.

    Usual is the neighbour's scale towards the sample's batch. The share is averaged over the neighbours that a sample
    has in its own batch: some samples have few partners by chance, types have none.

    Parameters
    ----------
    found : list of Neighbors
        By batch, the neighbours of all samples in it.
    codes : numpy.ndarray of int, shape (n_samples,)
        Batch of each sample.
    scales : numpy.ndarray of shape (n_samples, n_batches)
        Scale of each sample towards each batch.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_batches)
        From 0 to 1.
    """
    own = scales[np.arange(len(codes)), codes][:, None]
    share = np.empty(scales.shape)
    for batch, neighbors in enumerate(found):
        usual = np.maximum(scales[neighbors.indices, codes[:, None]], own)
        is_near = np.isfinite(neighbors.distances) & (neighbors.distances <= usual)
        share[:, batch] = is_near.mean(axis=1)
    smooth = np.empty(scales.shape)
    for batch, neighbors in enumerate(found):
        here = codes == batch
        smooth[here] = share[neighbors.indices[here]].mean(axis=1)
    return smooth


def agreement(reciprocal: np.ndarray) -> np.ndarray:
    """Return from 0 to 1 how surely a type is shared, by the reciprocity of its samples; see `RECIPROCAL`."""
    least, enough = RECIPROCAL
    return np.asarray(np.clip((reciprocal - least) / (enough - least), 0, 1))


def comparable(
    neighbors: Neighbors, batch: int, codes: np.ndarray, scales: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """Return the distances to neighbours in one batch, comparable with those in each sample's own batch.

    Parameters
    ----------
    neighbors : Neighbors
        Neighbours of all samples in one batch.
    batch : int
        That batch.
    codes : numpy.ndarray of int, shape (n_samples,)
        Batch of each sample.
    scales, trust : numpy.ndarray of shape (n_samples, n_batches)
        Scale of each sample towards each batch, and how surely its type is shared with it, see `agreement`.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_neighbors)
        As they are within a batch, and for samples without a positive scale in their own.
    """
    own, across = scales[np.arange(len(codes)), codes], scales[:, batch][:, None]
    back = scales[neighbors.indices, codes[:, None]]  # of the neighbours towards the sample's batch
    strict = np.maximum(np.minimum(across, back), np.maximum(own[:, None], own[neighbors.indices]))
    scalable = (codes[:, None] != batch) & (own[:, None] > 0) & np.isfinite(strict) & np.isfinite(across)
    factor = np.divide(own[:, None], strict, out=np.ones_like(strict), where=scalable)
    both = np.minimum(trust[:, batch][:, None], trust[neighbors.indices, codes[:, None]])
    widened = np.divide(np.maximum(across, strict), strict, out=np.ones_like(strict), where=scalable)
    return np.asarray(neighbors.distances * factor * widened**-both)


def merged(indices: list[np.ndarray], distances: list[np.ndarray]) -> Neighbors:
    """Return neighbours of several searches as one, nearest first, ties to the lower index."""
    places, lengths = np.hstack(indices), np.hstack(distances)
    by_index = np.argsort(places, axis=1, kind="stable")
    by_length = np.argsort(np.take_along_axis(lengths, by_index, 1), axis=1, kind="stable")
    order = np.take_along_axis(by_index, by_length, 1)
    return Neighbors(np.take_along_axis(places, order, 1), np.take_along_axis(lengths, order, 1))
