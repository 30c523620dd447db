"""Which walks to try: a coordinate search from each view's own walk, instead of the whole grid of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.selection.evaluator import CandidateEvaluator, CandidateModel

Move = Callable[[CandidateModel], CandidateModel | None]
"""From a walk to one beside it, or to nothing at the border."""

_STAGE = "steps by prediction"


def search(
    evaluator: CandidateEvaluator,
    t_max: int,
    weight_exponent: Sequence[float],
    max_repeats: int,
    progress: Progress = silent,
) -> CandidateModel:
    """Return the walk of least error that a coordinate search finds from each single view.

    From one step in one view, each coordinate in turn (the steps of each view, and how much doubts count) moves up or
    down as long as the error falls, until no move lowers it. A search that comes to where an earlier one has been
    stops, as it would end at the same place. The best of them is taken up again with every other weight of the doubts,
    which may need other rounds before it pays.

    Parameters
    ----------
    jury
        Judges the walks, and remembers all that were tried.
    t_max
        Most steps of one view.
    sharpness
        How much doubts may count.
    max_rounds
        Most repetitions.
    progress
        Is told how many views have been started from.
    """
    n_views = len(evaluator.views)
    weights = sorted(set(weight_exponent))
    moves = _moves(n_views, t_max, weights, max_repeats)
    singles = [CandidateModel(tuple(int(i == m) for i in range(n_views)), weights[0]) for m in range(n_views)]
    been: set[CandidateModel] = set()
    for start, walk in enumerate(sorted(singles, key=evaluator.error)):
        progress(_STAGE, start, n_views)
        _descend(evaluator, walk, moves, been)
    best = min(evaluator.scores, key=evaluator.error)
    for weight in weights:
        _descend(evaluator, best._replace(weight_exponent=weight), moves, been)
    return min(evaluator.scores, key=evaluator.error)


def _descend(
    evaluator: CandidateEvaluator, walk: CandidateModel, moves: Sequence[Move], been: set[CandidateModel]
) -> None:
    while walk not in been:
        been.add(walk)
        for move in moves:
            walk = _as_far_as_it_helps(evaluator, walk, move)


def _as_far_as_it_helps(evaluator: CandidateEvaluator, walk: CandidateModel, move: Move) -> CandidateModel:
    while (moved := move(walk)) is not None and evaluator.error(moved) < evaluator.error(walk):
        walk = moved
    return walk


def _moves(n_views: int, t_max: int, weight_exponent: Sequence[float], max_repeats: int) -> list[Move]:
    moves: list[Move] = []
    for change in (1, -1):
        moves += [partial(_stepped, view=view, change=change, t_max=t_max) for view in range(n_views)]
        moves += [partial(_repeated, change=change, max_repeats=max_repeats)]
        moves += [partial(_sharpened, change=change, weight_exponent=weight_exponent)]
    return moves


def _stepped(walk: CandidateModel, view: int, change: int, t_max: int) -> CandidateModel | None:
    t = walk.steps[view] + change
    moved = with_steps(walk, view, t)
    return moved if 0 <= t <= t_max and any(moved.steps) else None


def _repeated(walk: CandidateModel, change: int, max_repeats: int) -> CandidateModel | None:
    n_repeats = walk.n_repeats + change
    return walk._replace(n_repeats=n_repeats) if 1 <= n_repeats <= max_repeats else None


def _sharpened(walk: CandidateModel, change: int, weight_exponent: Sequence[float]) -> CandidateModel | None:
    place = weight_exponent.index(walk.weight_exponent) + change
    return walk._replace(weight_exponent=weight_exponent[place]) if 0 <= place < len(weight_exponent) else None


def with_steps(walk: CandidateModel, view: int, t: int) -> CandidateModel:
    """Return the same walk with another number of steps in one view."""
    return walk._replace(steps=(*walk.steps[:view], t, *walk.steps[view + 1 :]))
