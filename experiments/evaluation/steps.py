"""The best whole-number steps by the true score, which is unknown without a known truth: the upper bound of any rule.

Of two views, all steps up to four each are tried. Of more, a coordinate search goes uphill on the true score from one
step in every single view and from one step in each: what it finds may be less than the best. In random order only the
proportion of the steps matters; there each operator is tried once and repeated, without per-sample view weights and
with those of held-out prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np

from experiments.evaluation import sets
from experiments.evaluation.compared import MOST_STEPS, mapped, reversed_order
from experiments.evaluation.prediction import learned_weights
from experiments.methods.prepared import Prepared, represented
from experiments.study.cells import Cell, Experiment, Measured, Scale
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.integration.orders import ViewWeights, given_order, random_order
from integrated_diffusion.operators import DiffusionOperator, Operator

NAME = "steps"
GIVEN, REVERSED, RANDOM = "given", "reversed", "random"
ORDERS = (GIVEN, REVERSED, RANDOM)
"""In which orders the steps are taken."""
MOST_REPEATS = 2
"""How often an operator in random order is repeated at most."""

Operators = Mapping[str, DiffusionOperator]
Counts = tuple[int, ...]
"""Steps of each view, in the order of the views."""


class Tried(NamedTuple):
    """Which operator is tried, apart from its steps."""

    order: str
    repeats: int = 1
    weighted: bool = False

    def __str__(self) -> str:
        """What a table adds to the steps."""
        return (f", {self.repeats} repeats" if self.repeats > 1 else "") + (", view weights" if self.weighted else "")


FAMILY = [Tried(RANDOM, repeats, weighted) for weighted in (False, True) for repeats in range(1, MOST_REPEATS + 1)]
"""What is tried in random order."""


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set whose truth is known, and seed."""
    return sets.cells(NAME, scale, [name for name in sets.SETS if name not in sets.UNKNOWN])


def measure(cell: Cell) -> list[Measured]:
    """The true score of all steps that are tried, in each order."""
    known = sets.known(cell)
    operators = Prepared(known.views, IntegratedDiffusion(), cell.seed).operators
    score = known.score
    if score is None:
        raise ValueError(f"{cell['set']}: expected a set whose truth is known; leave it out of these cells")
    weights = learned_weights(represented(known.views), cell.seed, known.split)
    remembered: dict[tuple[Tried, Counts], float] = {}

    def value(tried: Tried, counts: Counts) -> float:
        order, least = distinct(tried.order, counts)
        key = (tried._replace(order=order, weighted=tried.weighted and order == RANDOM), least)
        if key not in remembered:
            operator = (
                joint(operators, order, least, among(weights, operators, least) if key[0].weighted else None)
                ** tried.repeats
            )
            remembered[key] = score(mapped(operator))
        return remembered[key]

    rows: list[Measured] = []
    for tried in (Tried(GIVEN), Tried(REVERSED), *FAMILY):
        known_best = _best(rows, tried.order)
        found = {
            counts: value(tried, counts)
            for counts in candidates(len(operators), partial(value, tried), known_best)
            if tried.order != RANDOM or gcd(*counts) == 1
        }
        rows += [Measured(tried.order, f"{told(counts)}{tried}", score) for counts, score in found.items()]
    return rows


def _best(rows: list[Measured], order: str) -> Counts | None:
    found = [row for row in rows if row.method == order]
    return counted(max(found, key=lambda row: row.value).score.split(",")[0]) if found else None


def joint(operators: Operators, order: str, counts: Counts, weights: ViewWeights | None = None) -> Operator:
    """Return the operator of some steps in some order.

    Parameters
    ----------
    operators
        Diffusion operator of each view.
    order
        One of `ORDERS`.
    counts
        Steps of each view.
    weights
        Weight of each view at each sample; one unless given.
    """
    steps = dict(zip(operators, counts, strict=True))
    return {GIVEN: given_order, REVERSED: reversed_order, RANDOM: random_order}[order](operators, steps, weights)


def among(weights: ViewWeights, views: Iterable[str], counts: Counts) -> ViewWeights:
    """Return the weights of the views that take steps, scaled so that the largest at each sample is one.

    Parameters
    ----------
    weights
        Weight of each view beside all others.
    views, counts
        Views and their steps.
    """
    taking_steps = {name: weights[name] for name, t in zip(views, counts, strict=True) if t}
    most = np.max(list(taking_steps.values()), axis=0)
    return {name: np.divide(w, most, out=np.ones_like(w), where=most > 0) for name, w in taking_steps.items()}


def distinct(order: str, counts: Counts) -> tuple[str, Counts]:
    """Return the first order and the smallest steps that give the same operator.

    Parameters
    ----------
    order, counts
        As in `joint`.
    """
    if order == RANDOM:
        divisor = gcd(*counts)
        counts = tuple(t // divisor for t in counts)
    return (GIVEN if sum(t > 0 for t in counts) == 1 else order), counts


def candidates(n_views: int, value: Callable[[Counts], float], best: Counts | None = None) -> Iterator[Counts]:
    """Yield steps to try: all of two views, those that a coordinate search comes by of more.

    Parameters
    ----------
    n_views
        Number of views.
    value
        From steps to the true score.
    best
        Where to begin the search; at every single view and one step in each unless given.
    """
    if n_views == 2:
        yield from (counts for counts in product(range(MOST_STEPS + 1), repeat=2) if any(counts))
        return
    been: set[Counts] = set()
    starts = [best] if best else [(1,) * n_views, *(tuple(int(i == m) for i in range(n_views)) for m in range(n_views))]
    for start in starts:
        uphill(start, value, been)
    yield from sorted(been)


def uphill(counts: Counts, value: Callable[[Counts], float], been: set[Counts]) -> None:
    """Change one view's steps by one for as long as that helps, until no change of any does.

    Parameters
    ----------
    counts
        Where to begin.
    value
        From steps to the true score.
    been
        Takes all steps that were tried.
    """
    while counts not in been:
        been.add(counts)
        for view, change in product(range(len(counts)), (1, -1)):
            while (moved := _moved(counts, view, change)) is not None and value(moved) > value(counts):
                been.add(counts)
                counts = moved


def _moved(counts: Counts, view: int, change: int) -> Counts | None:
    t = counts[view] + change
    moved = (*counts[:view], t, *counts[view + 1 :])
    return moved if 0 <= t <= MOST_STEPS and any(moved) else None


def told(counts: Counts) -> str:
    """Steps as a table has them."""
    return " ".join(map(str, counts))


def counted(text: str) -> Counts:
    """Steps as a table had them."""
    return tuple(int(t) for t in text.split())


EXPERIMENT = Experiment(NAME, cells, measure)
