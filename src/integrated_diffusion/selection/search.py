"""Which walks to try: a coordinate search from each view's own walk, instead of the whole grid of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from integrated_diffusion.progress import Progress, silent
from integrated_diffusion.selection.jury import Jury, Walk

Move = Callable[[Walk], Walk | None]
"""From a walk to one beside it, or to nothing at the border."""

_STAGE = "steps by prediction"


def search(jury: Jury, t_max: int, sharpness: Sequence[float], max_rounds: int, progress: Progress = silent) -> Walk:
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
    n_views = len(jury.views)
    weights = sorted(set(sharpness))
    moves = _moves(n_views, t_max, weights, max_rounds)
    singles = [Walk(tuple(int(i == m) for i in range(n_views)), weights[0]) for m in range(n_views)]
    been: set[Walk] = set()
    for start, walk in enumerate(sorted(singles, key=jury.error)):
        progress(_STAGE, start, n_views)
        _descend(jury, walk, moves, been)
    best = min(jury.judged, key=jury.error)
    for weight in weights:
        _descend(jury, best._replace(sharpness=weight), moves, been)
    return min(jury.judged, key=jury.error)


def _descend(jury: Jury, walk: Walk, moves: Sequence[Move], been: set[Walk]) -> None:
    while walk not in been:
        been.add(walk)
        for move in moves:
            walk = _as_far_as_it_helps(jury, walk, move)


def _as_far_as_it_helps(jury: Jury, walk: Walk, move: Move) -> Walk:
    while (moved := move(walk)) is not None and jury.error(moved) < jury.error(walk):
        walk = moved
    return walk


def _moves(n_views: int, t_max: int, sharpness: Sequence[float], max_rounds: int) -> list[Move]:
    moves: list[Move] = []
    for change in (1, -1):
        moves += [partial(_stepped, view=view, change=change, t_max=t_max) for view in range(n_views)]
        moves += [partial(_repeated, change=change, max_rounds=max_rounds)]
        moves += [partial(_sharpened, change=change, sharpness=sharpness)]
    return moves


def _stepped(walk: Walk, view: int, change: int, t_max: int) -> Walk | None:
    t = walk.steps[view] + change
    moved = with_steps(walk, view, t)
    return moved if 0 <= t <= t_max and any(moved.steps) else None


def _repeated(walk: Walk, change: int, max_rounds: int) -> Walk | None:
    rounds = walk.rounds + change
    return walk._replace(rounds=rounds) if 1 <= rounds <= max_rounds else None


def _sharpened(walk: Walk, change: int, sharpness: Sequence[float]) -> Walk | None:
    place = sharpness.index(walk.sharpness) + change
    return walk._replace(sharpness=sharpness[place]) if 0 <= place < len(sharpness) else None


def with_steps(walk: Walk, view: int, t: int) -> Walk:
    """Return the same walk with another number of steps in one view."""
    return walk._replace(steps=(*walk.steps[:view], t, *walk.steps[view + 1 :]))
