"""From prepared views to the scores of every method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from experiments.methods import INTEGRATED, METHODS, PAPER_STEPS, POWERING_ONLY, Fused, Prepared, singles
from experiments.study.cells import Measured

Score = Callable[[np.ndarray], float]


def everything(prepared: Prepared, names: Iterable[str] = tuple(METHODS)) -> Iterator[tuple[str, Fused]]:
    """Yield each view alone, then each method that can take as many views, one at a time."""
    yield from singles(prepared).items()
    for name in names:
        most = METHODS[name].n_views
        if most is None or len(prepared.views) <= most:
            yield name, METHODS[name].fuse(prepared)


def scored(prepared: Prepared, score: Score, what: str, names: Iterable[str] = tuple(METHODS)) -> list[Measured]:
    """Score the coordinates of every method, by the settings' power of `J` and of `J` itself.

    Parameters
    ----------
    prepared
        The views.
    score
        From coordinates to a number.
    what
        Name of the score.
    names
        Methods to score.
    """
    rows = []
    for name, fused in everything(prepared, names):
        rows.append(Measured(name, what, score(fused.coordinates(prepared.power))))
        rows.append(Measured(name, f"{what}, J once", score(fused.coordinates(1))))
    return rows + steps_taken(prepared)


def pictured(prepared: Prepared) -> dict[str, np.ndarray]:
    """PHATE of each view, of their features side by side, and of the paper's method taken apart."""
    names = ("concatenation", *PAPER_STEPS)
    return {name: fused.picture(prepared.power) for name, fused in everything(prepared, names)}


def steps_taken(prepared: Prepared) -> list[Measured]:
    """Steps of each view and the elbows they come from, with and without local denoising."""
    rows = []
    for name, chosen in ((POWERING_ONLY, prepared.steps), (INTEGRATED, prepared.denoised_steps)):
        for view, t in chosen.steps.items():
            rows.append(Measured(name, f"steps of {view}", float(t)))
            rows.append(Measured(name, f"elbow of {view}", float(chosen.curves[view].elbow)))
    return rows
