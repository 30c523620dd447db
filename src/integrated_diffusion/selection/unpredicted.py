"""Warnings about views that could not be predicted, or predict nothing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from integrated_diffusion.selection.evaluator import CandidateEvaluator

LEAST_CROSS_SKILL = 0.01
"""Share of the variance of one view that another has to predict to belong to the same samples."""


class PredictionWarning(UserWarning):
    """A view could not be predicted, or predicts nothing."""


def unpredicted(evaluator: CandidateEvaluator) -> tuple[str, ...]:
    """Names of the views of which nothing could be predicted."""
    counts = dict(zip(evaluator.targets, evaluator.counts.tolist(), strict=True))
    return tuple(name for name in evaluator.views if not counts.get(name, False))


def unrelated(evaluator: CandidateEvaluator) -> tuple[tuple[str, str], ...]:
    """Pairs of views that predict something of themselves, and nothing of each other.

    Nothing is a skill that is not above zero by two standard errors, nor above `LEAST_CROSS_SKILL`.
    """
    skills, askable, counts = evaluator.skills, evaluator.askable, evaluator.counts
    mean, stderr = skills.mean(axis=0), skills.std(axis=0, ddof=1) / np.sqrt(len(skills))
    nothing = askable & (mean <= np.maximum(2 * stderr, LEAST_CROSS_SKILL))
    view, target = ({name: at for at, name in enumerate(names)} for names in (evaluator.views, evaluator.targets))
    predicted = [name for name in evaluator.targets if counts[target[name]] and not nothing[view[name], target[name]]]
    return tuple(
        (a, b) for a, b in combinations(predicted, 2) if nothing[view[a], target[b]] and nothing[view[b], target[a]]
    )


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
            "steps: expected a view that can be predicted, found none, as every operator is no better than the mean of "
            "the samples; all views get the same steps, give steps by hand if you know better"
        )
    for first, second in unrelated(evaluator):
        _warn(
            f"views '{first}' and '{second}': expected measurements of the same samples, found that neither predicts "
            "anything of the other; check that their rows are in the same order"
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
