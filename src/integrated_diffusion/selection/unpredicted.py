"""Warnings about views that could not be predicted, or predict nothing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from integrated_diffusion.selection.evaluator import CandidateEvaluator


class PredictionWarning(UserWarning):
    """A view could not be predicted, or predicts nothing."""


def unpredicted(evaluator: CandidateEvaluator) -> tuple[str, ...]:
    """Names of the views of which nothing could be predicted."""
    counts = dict(zip(evaluator.targets, evaluator.counts.tolist(), strict=True))
    return tuple(name for name in evaluator.views if not counts.get(name, False))


def warn_of_views(evaluator: CandidateEvaluator, steps: Mapping[str, int]) -> None:
    """Warn of views that could not be evaluated by prediction, and of those that are left out.

    Parameters
    ----------
    evaluator : CandidateEvaluator
        What evaluated the views.
    steps : mapping of str to int
        The chosen number of steps of each view.
    """
    coordinates = [name for name in evaluator.views if name in evaluator.coordinates]
    if coordinates:
        _warn(
            f"{_listed(coordinates)}: expected features, found uncorrelated columns, such as principal components, one "
            "half of which cannot predict the other; give the measured features, with a recipe if they need one"
        )
    if not evaluator.predicts:
        _warn(
            "steps: expected a view that can be predicted, found none; all views get the same steps, give steps by "
            "hand if you know better"
        )
    left_out = [name for name, t in steps.items() if not t]
    if left_out:
        _warn(
            f"{_listed(left_out)}: expected a diffusion operator that predicts held-out features, found none; left out "
            "of the integrated operator, give steps by hand to use it"
        )


def _warn(message: str) -> None:
    warnings.warn(message, PredictionWarning, stacklevel=4)


def _listed(names: Sequence[str]) -> str:
    return ("view " if len(names) == 1 else "views ") + ", ".join(f"'{name}'" for name in names)
