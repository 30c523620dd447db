"""Nearest neighbours of every sample, without the sample itself.

Every search proposes candidates in its own way. Their distances are then computed again in float64 from the
differences, so that duplicates are at distance zero, ties go to the lower index, and threads do not change the result.
"""

from integrated_diffusion.neighbors.approximate import ApproximateSearch
from integrated_diffusion.neighbors.balanced import BatchBalancedSearch
from integrated_diffusion.neighbors.exact import ExactSearch
from integrated_diffusion.neighbors.find import EXACT_SAMPLES, KNeighbors, Search, find_neighbors
from integrated_diffusion.neighbors.index import NeighborIndex, neighbor_index
from integrated_diffusion.neighbors.ranking import Neighbors, pair_distances, rank, rank_by
from integrated_diffusion.neighbors.transformer import NeighborTransformer

__all__ = [
    "EXACT_SAMPLES",
    "ApproximateSearch",
    "BatchBalancedSearch",
    "ExactSearch",
    "KNeighbors",
    "NeighborIndex",
    "NeighborTransformer",
    "Neighbors",
    "Search",
    "find_neighbors",
    "neighbor_index",
    "pair_distances",
    "rank",
    "rank_by",
]
