"""How often to repeat a joint walk, by prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from integrated_diffusion.construction import Construction
from integrated_diffusion.selection.jury import Walk
from integrated_diffusion.selection.record import Selection
from integrated_diffusion.selection.rule import CrossValidatedSteps, simplest
from integrated_diffusion.steps import Steps
from integrated_diffusion.validation import View, check_count

N_TARGETS = 100
"""Components of each half that are to be predicted: of a denoised view all features are looked at."""


def cross_validated_power(
    views: Mapping[str, View], construction: Construction, chosen: Steps, max_power: int = 16
) -> int:
    """Return how often to repeat a joint walk so that it predicts best what it has not seen.

    Powers are tried from one upwards for as long as the error falls; the smallest within one standard error of the
    least is returned.

    Parameters
    ----------
    views
        Views by name, `(n_samples, n_features)`, not reduced.
    construction
        How views become walks; its rule's trials are used if it has any, else those of `CrossValidatedSteps()`.
    chosen
        Steps of the joint walk.
    max_power
        Largest power to try.
    """
    check_count(max_power, "max_power")
    rule = construction.steps if isinstance(construction.steps, CrossValidatedSteps) else CrossValidatedSteps()
    jury = replace(rule, n_targets=max(rule.n_targets, N_TARGETS)).jury(views, construction)
    sharpness = chosen.chosen.sharpness if isinstance(chosen, Selection) else 0.0
    rounds = construction.rounds(chosen)
    once = Walk(tuple(chosen.steps[name] for name in jury.views), sharpness, rounds)
    power, best = 1, once
    jury.error(once)
    while power < max_power:
        longer = once._replace(rounds=rounds * (power + 1))
        if jury.error(longer) >= jury.error(best):
            break
        power, best = power + 1, longer
    return simplest(jury, best).rounds // rounds
