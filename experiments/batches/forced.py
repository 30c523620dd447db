"""Batch-balanced neighbours as they are usual: every batch is as near as the sample's own, whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from integrated_diffusion.neighbors import Neighbors
from integrated_diffusion.neighbors.balanced import LEAST_NEIGHBORS, median_of_found, merged
from integrated_diffusion.neighbors.between import nearest_among
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class ForcedSearch:
    """Neighbours in every batch, distances divided by the sample's own scale there.

    Parameters
    ----------
    codes
        Batch of every sample, `(n_samples,)`.
    """

    codes: np.ndarray = field(repr=False)

    def __call__(self, X: View, n_neighbors: int, n_jobs: int | None = None) -> Neighbors:
        """Return the neighbours of each row of `X`, divided over the batches."""
        batches, codes = np.unique(self.codes, return_inverse=True)
        each = max(LEAST_NEIGHBORS, -(-n_neighbors // len(batches)))
        found = [nearest_among(X, np.flatnonzero(codes == batch), each, None, n_jobs) for batch in range(len(batches))]
        scales = np.column_stack([median_of_found(neighbors) for neighbors in found])
        own = scales[np.arange(len(codes)), codes]
        lengths = [
            neighbors.distances * (own / scale)[:, None] for neighbors, scale in zip(found, scales.T, strict=True)
        ]
        return merged([neighbors.indices for neighbors in found], lengths)
