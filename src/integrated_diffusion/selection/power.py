"""How often to repeat an integrated operator, by prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.steps import Steps
from integrated_diffusion.selection.evaluator import CandidateModel
from integrated_diffusion.selection.refinement import repeated
from integrated_diffusion.selection.result import Selection
from integrated_diffusion.selection.rule import CrossValidatedSteps
from integrated_diffusion.selection.sample import drawn
from integrated_diffusion.views.checks import check_count
from integrated_diffusion.views.prepared import AnyView

N_TARGETS = 100
"""Components of each half that are to be predicted: of a denoised view all features are looked at."""


def cross_validated_power(
    views: Mapping[str, AnyView], construction: Construction, chosen: Steps, max_power: int = 16
) -> int:
    """Return how often to repeat an integrated operator so that it predicts held-out features best.

    Powers are tried from one upwards for as long as the error falls; the smallest within one standard error of the
    least is returned.

    Parameters
    ----------
    views : mapping of str to array or PreparedView
        Views by name, `(n_samples, n_features)`, not reduced.
    construction : Construction
        How views become diffusion operators; its rule's splits are used if it has any, else those of
        `CrossValidatedSteps()`.
    chosen : Steps
        Steps of the integrated operator.
    max_power : int, default 16
        Largest power to try.
    """
    check_count(max_power, "max_power")
    rule = construction.steps if isinstance(construction.steps, CrossValidatedSteps) else CrossValidatedSteps()
    views, construction = drawn(views, construction, rule.max_samples)
    evaluator = replace(rule, n_targets=max(rule.n_targets, N_TARGETS)).evaluator(views, construction)
    weight_exponent = chosen.chosen.weight_exponent if isinstance(chosen, Selection) else 0.0
    n_repeats = construction.n_repeats(chosen)
    once = CandidateModel(tuple(chosen.steps[name] for name in evaluator.views), weight_exponent, n_repeats)
    return repeated(evaluator, once, max_power).n_repeats // n_repeats
