"""Associations between features of two views, each beside its null."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from integrated_diffusion.association.binning import DEFAULT_ESTIMATOR
from integrated_diffusion.association.estimator import Estimator
from integrated_diffusion.association.information import as_columns, as_pairs, check_same_samples
from integrated_diffusion.association.null import LEAST_SHUFFLES
from integrated_diffusion.association.pairs import Pairs
from integrated_diffusion.association.result import Associations
from integrated_diffusion.association.smoothing import PairTransform, Smoothing
from integrated_diffusion.association.streaming import pair_scores
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.checks import check_count


def associate(
    smoothing: Smoothing,
    A: Any,
    B: Any,
    pairs: Pairs,
    estimator: Estimator = DEFAULT_ESTIMATOR,
    n_shuffles: int = 10,
    random_state: int | np.random.Generator = 0,
    n_jobs: int | None = None,
    progress: Progress = silent,
) -> Associations:
    """Mutual information between features of two views after smoothing, and in data of which one view is shuffled.

    Smoothing alone makes features dependent. The null is therefore the same pipeline on data in which samples of one
    view were shuffled before diffusion; one shuffle serves all pairs.

    Parameters
    ----------
    smoothing
        `NoSmoothing()`, `PerViewSmoothing(joint, first, second)`, `Jointly(joint, first, second)`, or one's own.
    A, B
        Values of the first and of the second view, `(n_samples, n_features)`, dense or sparse. They are smoothed block
        by block in their own precision and never held as a whole.
    pairs
        Columns of `A` and `B` to compare.
    estimator
        How mutual information is estimated.
    n_shuffles
        Number of shuffles, 3 or more; 0 leaves the null out.
    random_state
        Seed or generator of the shuffles. The same seed shuffles alike for every smoothing.
    n_jobs
        Number of threads; the result does not depend on it.
    progress
        Is told how many pairs are done.

    Returns
    -------
    Associations
        Scores, nulls, excess, p- and q-values, in the order of the pairs.

    Raises
    ------
    TypeError
        If values are not real numbers, or `n_shuffles` is not a whole number.
    ValueError
        If values are not finite, the numbers of samples differ, a pair names a column that is not there, or there
        are one or two shuffles.

    Notes
    -----
    What a small p-value speaks against depends on what is shuffled. After `NoSmoothing`, `PerViewSmoothing` and
    `JointSmoothing` the null hypothesis is that the two views are independent. In dependent views of the same samples,
    features that are pure noise become dependent, too, once they are smoothed by similar operators: in simulated views
    of one manifold 47 % of the pairs of pure noise have `p <= 0.05` after `JointSmoothing`, 59 % after
    `PerViewSmoothing`, 4 % as measured. To find the pairs that are related beyond what smoothing does to any pair, keep
    the operators and permute values, `FixedSmoothing(joint.operator, joint.operator)`: a pair counts only if its score
    exceeds the permutation nulls of both features.

    Examples
    --------
    >>> from integrated_diffusion import IntegratedOperator, diffusion_operator, random_order
    >>> from integrated_diffusion.association import Jointly, matching_pairs
    >>> rng = np.random.default_rng(0)
    >>> t = rng.uniform(0, 3, (300, 1))
    >>> clean = np.hstack([np.sin(t), t, t**2])
    >>> views = {name: clean + 0.3 * rng.standard_normal((300, 3)) for name in ("rna", "atac")}
    >>> walks = {name: diffusion_operator(X, name=name) for name, X in views.items()}
    >>> joint = IntegratedOperator(walks, {"rna": 1, "atac": 1}, random_order)
    >>> names = ["sin", "t", "square"]
    >>> found = associate(Jointly(joint, "rna", "atac"), *views.values(), matching_pairs(names, names))
    >>> found.frame()[["first", "second"]].shape
    (3, 2)
    >>> bool((found.excess > 0).all())
    True
    """
    first, second = as_columns(A, "A"), as_columns(B, "B")
    check_same_samples(first, second)
    columns = as_pairs(np.column_stack([pairs.first, pairs.second]), first.shape[1], second.shape[1])
    rng, n_samples = np.random.default_rng(random_state), first.shape[0]
    _check_shuffles(n_shuffles)
    ways = smoothing(n_samples)

    def scores_of(comparisons: Sequence[PairTransform], stage: str) -> np.ndarray:
        return pair_scores(first, second, comparisons, columns, estimator, n_jobs, _told(progress, stage))

    together, apart = [ways], []
    for i in range(n_shuffles):
        shuffled = smoothing.shuffled(ways, rng.permutation(n_samples))
        if all(way.operator is plain.operator for null in shuffled for way, plain in zip(null, ways, strict=True)):
            together += shuffled  # features are then smoothed once for all comparisons that want the same of them
        else:
            apart.append(scores_of(shuffled, f"mutual information, shuffle {i + 1} of {n_shuffles}"))
    scores = scores_of(together, "mutual information")
    nulls = np.concatenate([scores[1:], *apart]).reshape(n_shuffles, -1, len(pairs)) if n_shuffles else None
    nulls = np.empty((1, 0, len(pairs))) if nulls is None else nulls.swapaxes(0, 1)
    return Associations(pairs, scores[0], nulls, n_samples, str(smoothing))


def _told(progress: Progress, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(stage, done, total)


def _check_shuffles(n_shuffles: int) -> None:
    check_count(n_shuffles, "n_shuffles", least=0)
    if 0 < n_shuffles < LEAST_SHUFFLES:
        raise ValueError(
            f"n_shuffles: expected 0 or at least {LEAST_SHUFFLES}, found {n_shuffles}; the spread of a null cannot be "
            "told from fewer"
        )
