"""Associations between features of two views, with their permutation nulls."""

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
    """Mutual information between features of two views after smoothing, with a permutation null for every pair.

    Smoothing alone makes features dependent. The null is therefore the same pipeline on data in which the samples of
    one view were permuted before diffusion. One permutation serves all pairs.

    Parameters
    ----------
    smoothing : Smoothing
        `NoSmoothing()`, `PerViewSmoothing(joint, first, second)`, `JointSmoothing(joint, first, second)`,
        `FixedSmoothing(P, Q)`, or any other value with the `Smoothing` protocol.
    A, B : array of shape (n_samples, n_features)
        Values of the first and of the second view, dense or sparse. They are smoothed block by block in their own
        precision; no smoothed view is held as a whole.
    pairs : Pairs
        Columns of `A` and `B` to compare.
    estimator : Estimator, default EqualFrequency()
        How mutual information is estimated.
    n_shuffles : int, default 10
        Number of permutations, 3 or more; 0 omits the null.
    random_state : int or numpy.random.Generator, default 0
        Seed or generator of the permutations. The same seed gives the same permutations for every smoothing.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the result does not depend on it.
    progress : Progress, default silent
        Callback that receives the number of finished pairs.

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
    >>> from integrated_diffusion.association import JointSmoothing, matching_pairs
    >>> rng = np.random.default_rng(0)
    >>> t = rng.uniform(0, 3, (300, 1))
    >>> clean = np.hstack([np.sin(t), t, t**2])
    >>> views = {name: clean + 0.3 * rng.standard_normal((300, 3)) for name in ("rna", "atac")}
    >>> operators = {name: diffusion_operator(X, name=name) for name, X in views.items()}
    >>> joint = IntegratedOperator(operators, {"rna": 1, "atac": 1}, random_order)
    >>> names = ["sin", "t", "square"]
    >>> found = associate(JointSmoothing(joint, "rna", "atac"), *views.values(), matching_pairs(names, names))
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
    transforms = smoothing(n_samples)

    def scores_of(comparisons: Sequence[PairTransform], stage: Callable[[int, int], None]) -> np.ndarray:
        return pair_scores(first, second, comparisons, columns, estimator, n_jobs, stage)

    with_scores, separately = [transforms], []
    for i in range(n_shuffles):
        shuffled = smoothing.shuffled(transforms, rng.permutation(n_samples))
        if all(
            side.operator is plain.operator for null in shuffled for side, plain in zip(null, transforms, strict=True)
        ):
            with_scores += shuffled  # features are then smoothed once for all comparisons that share an operator
        else:
            separately.append(scores_of(shuffled, _stage(progress, "mutual information of shuffles", i, n_shuffles)))
    scores = scores_of(with_scores, _stage(progress, "mutual information"))
    nulls = np.concatenate([scores[1:], *separately]).reshape(n_shuffles, -1, len(pairs)) if n_shuffles else None
    nulls = np.empty((1, 0, len(pairs))) if nulls is None else nulls.swapaxes(0, 1)
    return Associations(pairs, scores[0], nulls, n_samples, str(smoothing))


def _same_operators(one: PairTransform, other: PairTransform) -> bool:
    return all(here.operator is there.operator for here, there in zip(one, other, strict=True))


def _stage(progress: Progress, stage: str, turn: int = 0, turns: int = 1) -> Callable[[int, int], None]:
    return lambda done, total: progress(stage, turn * total + done, turns * total)


def _check_shuffles(n_shuffles: int) -> None:
    check_count(n_shuffles, "n_shuffles", least=0)
    if 0 < n_shuffles < LEAST_SHUFFLES:
        raise ValueError(
            f"n_shuffles: expected 0 or at least {LEAST_SHUFFLES}, found {n_shuffles}; the standard deviation of a "
            "null cannot be estimated from fewer"
        )
