"""From scores and their nulls to p-values.

With ten shuffles the rank of a score among its own nulls is at best 1/11. So every score is studentised by its own nulls
(mean and standard deviation: pairs differ in both, by how many bins and how smooth their features are), every null by
the other nulls of its pair, and a score is compared with the studentised nulls of all pairs. What one pair's few shuffles
cannot tell, the tail, is learnt from all; that it has one shape for all pairs is the assumption. A studentised value has
heavier tails the fewer nulls it was made of, one fewer for a null than for a score; both are put on one scale by Student's
distribution, which only lines them up: how often the nulls get that far is counted, never taken from it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr

LEAST_SHUFFLES = 3
"""A null needs two others to have a distance from them in units of their spread."""

_NO_SPREAD = 1e-9  # nats; what is less is rounding


def p_values(scores: np.ndarray, nulls: np.ndarray) -> np.ndarray:
    """How likely scores at least as large are where nothing but the pipeline relates the two sides.

    Parameters
    ----------
    scores
        Score of each pair, `(n_pairs,)`.
    nulls
        Scores of the same pairs in shuffled data, `(n_shuffles, n_pairs)`, at least three shuffles.

    Returns
    -------
    numpy.ndarray of shape (n_pairs,)
        `(1 + number of pooled nulls at least as extreme) / (1 + number of pooled nulls)`. A pair whose nulls are all
        the same has no spread to be measured by: its rank among its own nulls, and its nulls stay out of the pool.
    """
    n_shuffles = len(nulls)
    p = (1 + (nulls >= scores - _NO_SPREAD).sum(axis=0)) / (1 + n_shuffles)
    spread = nulls.std(axis=0, ddof=1) > _NO_SPREAD
    scores, nulls = scores[spread], nulls[:, spread]
    pool = np.sort(np.concatenate([_extremity(nulls[i], np.delete(nulls, i, axis=0)) for i in range(n_shuffles)]))
    reached = np.searchsorted(pool, _extremity(scores, nulls), side="right")
    p[spread] = (1 + reached) / (1 + len(pool))
    return p


def _extremity(values: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Chance of a value at least as large, were it and its references normal, `(n_pairs,)`."""
    n = len(references)
    spread = np.maximum(references.std(axis=0, ddof=1), _NO_SPREAD) * np.sqrt(1 + 1 / n)
    chance: np.ndarray = stdtr(n - 1, (references.mean(axis=0) - values) / spread)
    return chance
