"""Spectral entropy of each view's operator, by the default's kernel and the published one, and what each fit chose."""

from __future__ import annotations

from experiments.single_cell import compared
from experiments.single_cell.fits import Fitted, Kept
from experiments.study.cells import Cell, Measured, Scale

NAME = "entropy"
ELBOW, STEPS, REPEATS = "elbow", "steps", "repeats"
CONTRIBUTION, CONTRIBUTION_STDERR = "contribution", "contribution stderr"
"""Scores; those of a view have its name as the method, and a number as the score is that of steps."""
ALL_VIEWS = "all views"
FITS = (compared.DEFAULT, compared.PUBLISHED)


def cells(kept: Kept, scale: Scale) -> list[Cell]:
    """One cell for each set and fit."""
    return [
        Cell(NAME, seed, scale.n_samples, (("set", cell_set.name), ("fit", fit)))
        for cell_set in kept.there()
        for fit in FITS
        for seed in scale.seeds
    ]


def measure(kept: Kept, cell: Cell) -> list[Measured]:
    """The curves of one fit, their elbows, and the steps that were taken."""
    found = kept.fitted(cell)
    fitted = found.default if cell["fit"] == compared.DEFAULT else found.published
    rows = [Measured(ALL_VIEWS, REPEATS, float(fitted.joint.n_repeats))]
    for view in found.of.views:
        rows += _of_view(fitted, view)
    return rows


def _of_view(fitted: Fitted, view: str) -> list[Measured]:
    curve = fitted.curves[view]
    rows = [Measured(view, str(t), float(value)) for t, value in zip(curve.t, curve.value, strict=True)]
    rows += [Measured(view, ELBOW, float(curve.elbow)), Measured(view, STEPS, float(fitted.joint.steps[view]))]
    if view in fitted.contributions:
        gain, stderr = fitted.contributions[view]
        rows += [Measured(view, CONTRIBUTION, gain), Measured(view, CONTRIBUTION_STDERR, stderr)]
    return rows
