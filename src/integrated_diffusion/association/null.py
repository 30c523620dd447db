"""From scores and their permutation nulls to p-values.

With ten shuffles the rank of a score among its own nulls is at best 1/11. So every score is studentised by its own
nulls (mean and standard deviation: pairs differ in both, by how many bins and how smooth their features are), every
null by the other nulls of its pair, and a score is compared with the studentised nulls of all pairs. The tail, which a
pair's few permutations cannot estimate, is estimated from all pairs; the assumption is that it has one shape for all. A
studentised value has heavier tails the fewer nulls it was made of, one fewer for a null than for a score; both are
brought to one scale by Student's distribution, which only aligns them: the p-value counts the nulls that are at least
as large.

Features that are positive in few samples repeat the same few scores, and ten nulls may be nearly equal by chance. The
standard deviation is therefore floored at that of a 2 x 2 table of independent features: there `2 n` times the mutual
information has a chi-square distribution with one degree of freedom, so its standard deviation is `1 / (sqrt(2) n)`.
Without this, no p-value was below 0.0098 in 5,000 linked pairs of SNARE-seq as measured, and none was found; with it,
171 are found at a false discovery rate of 5 %.

Where kinds of features are mixed, one shape does not fit all of them. Among unrelated features as measured (2,000
samples; binary with 1 % ones, Poisson of mean 0.5, normal; all pairs), `P(p <= 0.01)` was 0.0106 over all pairs, but
by kind from 0.0052 (normal with normal) to 0.0203 (Poisson with Poisson): the tail can be off by a factor of two.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr

LEAST_SHUFFLES = 3
"""A null is studentised by the others of its pair, of which there must be two."""

_ROUNDING = 1e-12  # nats


def least_spread(n_samples: int) -> float:
    """Standard deviation of the mutual information of two independent binary features, in nats."""
    return float(1 / (np.sqrt(2) * n_samples))


def p_values(scores: np.ndarray, nulls: np.ndarray, least: float) -> np.ndarray:
    """Return the probability of scores at least as large under the permutation null.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n_pairs,)
        Score of each pair, in nats.
    nulls : numpy.ndarray of shape (n_shuffles, n_pairs)
        Scores of the same pairs in permuted data, at least three permutations.
    least : float
        Floor of the standard deviation of a pair's nulls, in nats.

    Returns
    -------
    numpy.ndarray of shape (n_pairs,)
        `(1 + number of pooled nulls at least as extreme) / (1 + number of pooled nulls)`. A pair whose score and nulls
        are all equal (a constant feature) has 1, and its nulls are not pooled.
    """
    p = np.ones(len(scores))
    varies = np.ptp(np.vstack([scores, nulls]), axis=0) > _ROUNDING
    scores, nulls = scores[varies], nulls[:, varies]
    others = [np.delete(nulls, i, axis=0) for i in range(len(nulls))]
    pool = np.sort(np.concatenate([_extremity(*both, least) for both in zip(nulls, others, strict=True)]))
    reached = np.searchsorted(pool, _extremity(scores, nulls, least), side="right")
    p[varies] = (1 + reached) / (1 + len(pool))
    return p


def _extremity(values: np.ndarray, references: np.ndarray, least: float) -> np.ndarray:
    """Probability of a value at least as large if it and its references were normal, `(n_pairs,)`."""
    n = len(references)
    spread = np.maximum(references.std(axis=0, ddof=1), least) * np.sqrt(1 + 1 / n)
    chance: np.ndarray = stdtr(n - 1, (references.mean(axis=0) - values) / spread)
    return chance
