"""Views to neighbours: who lies close to whom, the sample itself excluded.

Every search makes a shortlist its own way; distances of the shortlist are then computed again in float64 from the
differences, so that duplicates are at distance zero, ties fall to the lower index, and threads change nothing.
"""

from integrated_diffusion.neighbors.approximate import ApproximateSearch
from integrated_diffusion.neighbors.exact import ExactSearch
from integrated_diffusion.neighbors.find import EXACT_SAMPLES, KNeighbors, Search, find_neighbors
from integrated_diffusion.neighbors.ranking import Neighbors, pair_distances, rank, rank_by

__all__ = [
    "EXACT_SAMPLES",
    "ApproximateSearch",
    "ExactSearch",
    "KNeighbors",
    "Neighbors",
    "Search",
    "find_neighbors",
    "pair_distances",
    "rank",
    "rank_by",
]
