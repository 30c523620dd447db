"""The targets that the default settings were to reach, held against the tables, set by set."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from experiments.evaluation.compared import DEFAULT, MOST_STEPS, PUBLISHED
from experiments.evaluation.printed import BASELINES, by_name
from experiments.evaluation.reading import best_alone, best_steps, known_sets, mean, of_method
from experiments.evaluation.sets import SETS
from experiments.evaluation.steps import GIVEN, ORDERS
from experiments.study.verdicts import Check, Verdict, Words

Tables = Mapping[str, pd.DataFrame]
"""Tables by the name of their experiment."""

NEAR_BEST, NEAR_ALONE, NOISE_COST = 0.02, 0.01, 0.02
LEAST_DEMAP, LEAST_NOISELESS, NOISELESS = 0.85, 0.95, "tree 0"


WORDS = Words(
    every="holds",
    some="does not hold: {held} of {tested}",
    none="does not hold: 0 of {tested}",
    untested="nothing to test",
)


def verdicts(found: Tables) -> list[Verdict]:
    """Hold every target against the tables."""
    return [
        near_best(found, (GIVEN,), f"Within {NEAR_BEST:g} of the best steps up to {MOST_STEPS} a view, given order."),
        near_best(found, ORDERS, f"Within {NEAR_BEST:g} of the best steps up to {MOST_STEPS} a view, of all orders."),
        near_alone(found),
        above_published(found),
        local_noise(found),
        pure_noise(found),
    ]


def near_best(found: Tables, orders: tuple[str, ...], target: str) -> Verdict:
    """The default loses at most so much to the best steps of each seed, chosen by the true score itself."""
    checks = []
    for name in known_sets(found["scores"]):
        own, best = of_method(found["scores"], name, DEFAULT), best_steps(found["steps"], name, orders)
        gap = mean((own - best).dropna())
        said = f"default {mean(own)}, best steps {mean(best)}, difference {gap.signed}"
        checks.append(Check(name, said, gap.mean >= -NEAR_BEST))
    return Verdict(target, tuple(checks))


def near_alone(found: Tables) -> Verdict:
    """The default loses at most so much to the best single view, of the best number of steps of each seed."""
    checks = []
    for name in known_sets(found["scores"]):
        own, alone = of_method(found["scores"], name, DEFAULT), best_alone(found["scores"], name)
        gap = mean(own - alone)
        said = f"default {mean(own)}, best single view {mean(alone)}, difference {gap.signed}"
        checks.append(Check(name, said, gap.mean >= -NEAR_ALONE))
    return Verdict(f"Never more than {NEAR_ALONE:g} below the best single view.", tuple(checks))


def near_baselines(found: Tables) -> Verdict:
    """Set by set, the default loses at most so much to the best baseline, which the truth selects for every set."""
    scores, checks = found["scores"], []
    own, others = by_name(scores, DEFAULT), pd.DataFrame({way: by_name(scores, way) for way in BASELINES})
    for name in known_sets(scores):
        best, gap = others.loc[name].idxmax(), own[name] - others.loc[name].max()
        checks.append(Check(name, f"default {own[name]:.3f}, {best} {gap:+.3f} from it", gap >= -NEAR_ALONE))
    return Verdict(f"Never more than {NEAR_ALONE:g} below the best baseline.", tuple(checks))


def best_on_average(found: Tables) -> Verdict:
    """The default's mean over the sets is above each baseline's mean over the same sets."""
    scores, checks = found["scores"], []
    own = by_name(scores, DEFAULT)
    for way in BASELINES:
        gaps = (own - by_name(scores, way)).dropna()
        if len(gaps):
            checks.append(Check(way, f"default {mean(gaps).signed}, mean of {len(gaps)} sets", gaps.mean() > 0))
    return Verdict("Mean over all sets above that of every baseline.", tuple(checks))


def above_published(found: Tables) -> Verdict:
    """Where the published method loses to the best single view, the default is above it."""
    checks = []
    for name in known_sets(found["scores"]):
        published, alone = of_method(found["scores"], name, PUBLISHED), best_alone(found["scores"], name)
        if published.mean() >= alone.mean():
            continue
        gap = mean(of_method(found["scores"], name, DEFAULT) - published)
        said = f"published {mean(published)}, best single view {mean(alone)}; default − published {gap.signed}"
        checks.append(Check(name, said, gap.mean > 0))
    return Verdict("Above the published method wherever that loses to the best single view.", tuple(checks))


def local_noise(found: Tables) -> Verdict:
    """DEMaP under noise that differs between the branches."""
    checks = []
    for name in known_sets(found["scores"]):
        if name.startswith("tree "):
            own = mean(of_method(found["scores"], name, DEFAULT))
            least = LEAST_NOISELESS if name == NOISELESS else LEAST_DEMAP
            checks.append(Check(name, f"default {own}, asked for {least:g}", own.mean >= least))
    return Verdict(
        f"DEMaP of at least {LEAST_DEMAP:g} on trees at every level of local noise, and of {LEAST_NOISELESS:g} on the "
        "noiseless tree.",
        tuple(checks),
    )


def pure_noise(found: Tables) -> Verdict:
    """Views in which there is nothing cost little."""
    checks = []
    for name in known_sets(found["scores"]):
        base = SETS[name].base
        if base is not None:
            without, own = (of_method(found["scores"], of, DEFAULT) for of in (base, name))
            gap = mean(own - without)
            said = f"default {mean(own)}, without these views {mean(without)}, difference {gap.signed}"
            checks.append(Check(name, said, gap.mean >= -NOISE_COST))
    return Verdict(f"Up to three views of pure noise cost at most {NOISE_COST:g}.", tuple(checks))
