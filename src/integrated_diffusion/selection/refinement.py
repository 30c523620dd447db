"""From the model by the views' votes to the chosen one: weights sample by sample where they surely help; repeats."""

from __future__ import annotations

from collections.abc import Sequence

from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel, ErrorDifference

LEAST_GAIN = 0.03
"""Share of the error by which per-sample view weights must lower it."""


def refined(
    evaluator: CandidateEvaluator, model: CandidateModel, weight_exponent: Sequence[float], max_repeats: int
) -> CandidateModel:
    """Weight views sample by sample where that surely helps, then repeat the operator as long as its error falls.

    Parameters
    ----------
    evaluator : CandidateEvaluator
        Evaluates the models.
    model : CandidateModel
        The model by the views' votes.
    weight_exponent : sequence of float
        Exponents of the view weights to compare.
    max_repeats : int
        Most repetitions.
    """
    if model.n_views_used > 1:
        weighted = [model._replace(weight_exponent=weight) for weight in weight_exponent if weight > 0]
        helpful = [other for other in weighted if surely_helps(evaluator, other, model)]
        model = min([model, *helpful], key=evaluator.error)
    return repeated(evaluator, model, max_repeats)


def repeated(evaluator: CandidateEvaluator, model: CandidateModel, max_repeats: int) -> CandidateModel:
    """Repeat an operator as long as its error falls; the fewest repeats within one standard error of the least.

    Parameters
    ----------
    evaluator : CandidateEvaluator
        Evaluates the models.
    model : CandidateModel
        What is repeated; it may consist of several repeats itself.
    max_repeats : int
        Most repetitions of `model`.
    """
    tried = [model]
    while len(tried) < max_repeats:
        longer = model._replace(n_repeats=model.n_repeats * (len(tried) + 1))
        if evaluator.error(longer) >= evaluator.error(tried[-1]):
            break
        tried.append(longer)
    return next(shorter for shorter in tried if is_near(evaluator.difference(shorter, tried[-1])))


def surely_helps(evaluator: CandidateEvaluator, model: CandidateModel, other: CandidateModel) -> bool:
    """Whether a model is better than another by two standard errors and by 3%, and worse about no target.

    A model that gains about one target what it loses about another has only preferred one view to the other.
    """
    difference = evaluator.difference(model, other)
    significant = difference.mean < -max(2 * difference.stderr, LEAST_GAIN * evaluator.error(other))
    changes = evaluator.counted_errors(model).mean(axis=0) - evaluator.counted_errors(other).mean(axis=0)
    return bool(significant and (changes <= 0).all())


def is_near(difference: ErrorDifference) -> bool:
    """Whether an error is within one standard error of another."""
    return difference.mean <= difference.stderr


def evaluate_others(evaluator: CandidateEvaluator, model: CandidateModel) -> None:
    """Evaluate equal steps, and a model with and without every view, so that they stand among the candidates."""
    evaluator.error(evaluator.equal)
    for view, t in enumerate(model.steps):
        other = model.with_steps(view, 0 if t else 1)
        if other.n_views_used:
            evaluator.error(other)
