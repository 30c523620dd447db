"""How often the integrated operator is repeated for imputed values: by predicting measured values that were hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator, Operator
from integrated_diffusion.views.samples import spread
from integrated_diffusion.views.validation import View

HELD_OUT = 0.2
"""Share of the samples with the view and another one whose values are hidden in a split."""
N_SPLITS = 3
MOST_REPEATS = 3
_LEAST_HELD_OUT = 5


def imputation_repeats(
    joint: IntegratedOperator,
    view: str,
    coordinates: View,
    random_state: int = 0,
    sample_order: np.ndarray | None = None,
) -> int:
    """Return how often `J` is repeated where a view is imputed.

    An imputed sample lacks values of its own, and may be better averaged over more samples than a measured one. In each
    split, samples that have the view and another one lose the view altogether: the operator `J` is built without them
    in it, and predicts their coordinates.

    Parameters
    ----------
    joint : IntegratedOperator
        The integrated operator of all samples.
    view : str
        A view that lacks some of them.
    coordinates : array of shape (n_measured, n_coordinates)
        The view's coordinates of its measured samples.
    random_state : int, default 0
        Seed of the hidden samples.
    sample_order : numpy.ndarray of int, shape (n_samples,), or None, default None
        Samples in the order in which they are drawn from; that of the rows if `None`.

    Returns
    -------
    int
        From 1 to `MOST_REPEATS`: with the least squared error; 1 if too few samples have the view and another one.
    """
    measured = joint.measured[view]
    elsewhere = np.logical_or.reduce([mask for name, mask in joint.measured.items() if name != view])
    drawn_from = np.arange(len(measured)) if sample_order is None else sample_order
    candidates = drawn_from[(measured & elsewhere)[drawn_from]]
    n_hidden = round(HELD_OUT * len(candidates))
    if n_hidden < _LEAST_HELD_OUT:
        return 1
    X = spread(coordinates, measured)
    dense = X if isinstance(X, np.ndarray) else X.toarray()
    errors, rng = np.zeros(MOST_REPEATS), np.random.default_rng(random_state)
    for _ in range(N_SPLITS):
        hidden = np.sort(rng.choice(candidates, size=n_hidden, replace=False))
        kept = measured.copy()
        kept[hidden] = False
        J = without(joint, view, kept)
        for i in range(MOST_REPEATS):
            errors[i] += np.square((imputing(J, kept, i + 1) @ dense - dense)[hidden]).sum()
    return int(np.argmin(errors)) + 1


def without(joint: IntegratedOperator, view: str, kept: np.ndarray) -> Operator:
    """Return `J` as if a view had measured some of its samples only.

    Parameters
    ----------
    joint : IntegratedOperator
        The integrated operator.
    view : str
        Which view.
    kept : numpy.ndarray of bool, shape (n_samples,)
        The samples that it has measured then.
    """
    P = joint.operators[view]
    part = DiffusionOperator.of(P.affinities.at(np.flatnonzero(kept)), view, P.n_jobs)
    return replace(joint, operators={**joint.operators, view: EmbeddedOperator(part, kept)}).operator
