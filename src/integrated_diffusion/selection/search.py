"""Which candidate models to evaluate: a coordinate search from each view's own operator instead of the whole grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel

Move = Callable[[CandidateModel], CandidateModel | None]
"""From a model to a neighbouring one, or to `None` at the border of the grid."""

_STAGE = "steps by prediction"


def search(
    evaluator: CandidateEvaluator,
    t_max: int,
    weight_exponent: Sequence[float],
    max_repeats: int,
    progress: Progress = silent,
) -> CandidateModel:
    """Return the model of least error that coordinate searches from each single view find.

    Starting from one step in one view, each coordinate in turn (the steps of each view, the number of repeats, the
    weight exponent) moves up or down as long as the error falls, until no move lowers it. A search that reaches a model
    of an earlier search stops, because it would continue as that one did. From the best model, searches start again
    with every other weight exponent, which may need another number of repeats.

    Parameters
    ----------
    evaluator : CandidateEvaluator
        Evaluates the models and keeps their errors.
    t_max : int
        Largest number of steps of one view.
    weight_exponent : sequence of float
        Exponents of the per-sample view weights to try.
    max_repeats : int
        Largest number of repeats.
    progress : Progress, default silent
        Callback that receives the number of views from which searches have started.

    Returns
    -------
    CandidateModel
    """
    n_views = len(evaluator.views)
    weights = sorted(set(weight_exponent))
    moves = _moves(n_views, t_max, weights, max_repeats)
    singles = [CandidateModel(tuple(int(i == m) for i in range(n_views)), weights[0]) for m in range(n_views)]
    visited: set[CandidateModel] = set()
    for start, model in enumerate(sorted(singles, key=evaluator.error)):
        progress(_STAGE, start, n_views)
        _descend(evaluator, model, moves, visited)
    best = min(evaluator.scores, key=evaluator.error)
    for weight in weights:
        _descend(evaluator, best._replace(weight_exponent=weight), moves, visited)
    return min(evaluator.scores, key=evaluator.error)


def _descend(
    evaluator: CandidateEvaluator, model: CandidateModel, moves: Sequence[Move], visited: set[CandidateModel]
) -> None:
    while model not in visited:
        visited.add(model)
        for move in moves:
            model = _while_the_error_falls(evaluator, model, move)


def _while_the_error_falls(evaluator: CandidateEvaluator, model: CandidateModel, move: Move) -> CandidateModel:
    while (moved := move(model)) is not None and evaluator.error(moved) < evaluator.error(model):
        model = moved
    return model


def _moves(n_views: int, t_max: int, weight_exponent: Sequence[float], max_repeats: int) -> list[Move]:
    moves: list[Move] = []
    for change in (1, -1):
        moves += [partial(_with_other_steps, view=view, change=change, t_max=t_max) for view in range(n_views)]
        moves += [partial(_with_other_repeats, change=change, max_repeats=max_repeats)]
        moves += [partial(_with_other_exponent, change=change, weight_exponent=weight_exponent)]
    return moves


def _with_other_steps(model: CandidateModel, view: int, change: int, t_max: int) -> CandidateModel | None:
    t = model.steps[view] + change
    moved = with_steps(model, view, t)
    return moved if 0 <= t <= t_max and any(moved.steps) else None


def _with_other_repeats(model: CandidateModel, change: int, max_repeats: int) -> CandidateModel | None:
    n_repeats = model.n_repeats + change
    return model._replace(n_repeats=n_repeats) if 1 <= n_repeats <= max_repeats else None


def _with_other_exponent(model: CandidateModel, change: int, weight_exponent: Sequence[float]) -> CandidateModel | None:
    place = weight_exponent.index(model.weight_exponent) + change
    return model._replace(weight_exponent=weight_exponent[place]) if 0 <= place < len(weight_exponent) else None


def with_steps(model: CandidateModel, view: int, t: int) -> CandidateModel:
    """Return the same model with another number of steps of one view."""
    return model._replace(steps=(*model.steps[:view], t, *model.steps[view + 1 :]))
