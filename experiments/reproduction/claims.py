"""Each claim of the paper, held against the tables: reproduced, partly, or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from experiments.methods import (
    ALTERNATING,
    DENOISED,
    DENOISING_ONLY,
    INTEGRATED,
    METHODS,
    NOT_DENOISED,
    NOT_POWERED,
    PAPER_STEPS,
    POWERED,
    POWERING_ONLY,
)
from experiments.reproduction.figures.view_order import NOISIER
from experiments.study import tables
from experiments.study.verdicts import Check, Verdict, Words

Tables = Mapping[str, pd.DataFrame]

SURE = 0.01
ONCE = "J once"
POWERS = {"J powered by its entropy": "", ONCE: ", J once"}
"""How often `J` is taken before it is embedded, and how its scores are named."""


WORDS = Words(
    every="reproduced",
    some="partly ({held} of {tested})",
    none="not reproduced",
    untested="nothing to test",
    check="{holds}: {what}",
)


def verdicts(found: Tables) -> list[Verdict]:
    """Hold every claim against the tables, in the paper's order."""
    return [claim(found) for claim in CLAIMS]


def equal_noise(found: Tables) -> Verdict:
    """With equal noise, integrated diffusion is within 0.02 of the best method."""
    lowest = levels(found["global_noise"], "noise")[0]
    checks = []
    for taken, power in POWERS.items():
        table = at(found["global_noise"], f"accuracy{power}", "noise", (lowest,))
        best, value, _ = tables.best(table)
        own = float(table[table["method"] == INTEGRATED]["value"].mean())
        gap = tables.difference(table, (INTEGRATED,), (best,))
        said = f"noise {lowest:g}: integrated {own:.3f}, best is {best} with {value:.3f}; {gap}"
        checks.append(Check(taken, said, own >= value - 0.02))
    return Verdict("Equal noise: integrated diffusion is within 0.02 of the best method.", tuple(checks))


def powering(found: Tables) -> Verdict:
    """Where one view is much noisier, methods with powering are above those without."""
    return _at_highest(
        found["global_noise"],
        "Global noise: at the three highest levels, powering by entropy helps (mean of the two methods with it above "
        "that of the two without, paired over seeds, p < 0.01).",
        lambda table: tables.difference(table, POWERED, NOT_POWERED),
        lambda gap: gap.is_above(0.0, SURE),
        ((POWERING_ONLY, ALTERNATING), (INTEGRATED, DENOISING_ONLY)),
    )


def above_alternating(found: Tables) -> Verdict:
    """Where one view is much noisier, integrated diffusion is at least 0.03 above alternating diffusion."""
    return _at_highest(
        found["global_noise"],
        "Global noise: at the three highest levels, integrated diffusion is at least 0.03 above alternating diffusion.",
        lambda table: tables.difference(table, (INTEGRATED,), (ALTERNATING,)),
        lambda gap: gap.mean >= 0.03,
    )


def above_alternating_the_other_way_round(found: Tables) -> Verdict:
    """The same where the noisier view comes first: the paper says nothing of an order."""
    table = found["view_order"]
    return _at_highest(
        table[table["order"] == NOISIER],
        "Global noise: with the noisier view first in the product, integrated diffusion is at least 0.03 above "
        "alternating diffusion all the same.",
        lambda chosen: tables.difference(chosen, (INTEGRATED,), (ALTERNATING,)),
        lambda gap: gap.mean >= 0.03,
    )


def beside_powering(found: Tables) -> Verdict:
    """Denoising on top of powering costs at most 0.01 under global noise."""
    return _at_highest(
        found["global_noise"],
        "Global noise: at the three highest levels, integrated diffusion is not more than 0.01 below alternating + "
        "powering: local denoising does no harm.",
        lambda table: tables.difference(table, (INTEGRATED,), (POWERING_ONLY,)),
        lambda gap: gap.mean >= -0.01,
    )


def above_single_views(found: Tables) -> Verdict:
    """Where one view is much noisier, integrated diffusion is above the cleaner view alone."""
    return _at_highest(
        found["global_noise"],
        "Global noise: at the three highest levels, integrated diffusion is above the cleaner view alone (paired over "
        "seeds, p < 0.01).",
        lambda table: tables.difference(table, (INTEGRATED,), ("view1 alone",)),
        lambda gap: gap.is_above(0.0, SURE),
    )


def above_baselines(found: Tables) -> Verdict:
    """Where one view is much noisier, integrated diffusion is above every other kind of method."""
    table = found["global_noise"]
    return _against_baselines(
        lambda power: at(table, f"accuracy{power}", "noise", levels(table, "noise")[-3:]),
        "Global noise: over the three highest levels, integrated diffusion is above every other way to fuse views "
        "(paired over seeds, p < 0.01).",
    )


def local_denoising(found: Tables) -> Verdict:
    """Where each view is noisy on branches of its own, methods with local denoising are above those without."""
    table = found["local_noise"]
    checks, variants = [], {**POWERS, "PHATE": ", PHATE"}
    for taken, power in variants.items():
        score = f"DEMaP{power}"
        highest = readable(table, score)
        groups: dict[str, tuple[float, ...]] = {f"local noise {level:g}": (level,) for level in highest}
        if len(highest) > 1:
            groups["all of them"] = tuple(highest)
        for name, chosen_levels in groups.items():
            chosen = at(table, score, "local noise", chosen_levels)
            gap = tables.difference(chosen, DENOISED, NOT_DENOISED)
            said = _with_pairs(gap, chosen, ((DENOISING_ONLY, ALTERNATING), (INTEGRATED, POWERING_ONLY)))
            checks.append(Check(taken, f"{name}: {said}", gap.is_above(0.0, SURE)))
    return Verdict(
        "Local noise: at the three highest levels that leave any method above 0.5, local denoising helps (mean of the "
        "two methods with it above that of the two without, paired over seeds, p < 0.01).",
        tuple(checks),
        tuple(variants),
    )


def above_baselines_on_trees(found: Tables) -> Verdict:
    """Where each view is noisy on branches of its own, integrated diffusion is above every other kind of method."""
    table = found["local_noise"]
    return _against_baselines(
        lambda power: at(table, f"DEMaP{power}", "local noise", readable(table, f"DEMaP{power}")),
        "Local noise: over the same levels, integrated diffusion is above every other way to fuse views (paired over "
        "seeds, p < 0.01).",
    )


def denoising(found: Tables) -> Verdict:
    """Denoised by integrated diffusion, pixels are the best, by alternating + powering the second best."""
    table = found["denoising"]
    checks = []
    for level in levels(table, "noise"):
        scores = at(table, "accuracy", "noise", (level,))
        means = scores.groupby("method")["value"].mean().sort_values(ascending=False)
        best, value, stderr = tables.best(scores)
        own, second = means[INTEGRATED], means.drop([INTEGRATED]).index[0]
        gap = tables.difference(scores, (INTEGRATED,), (POWERING_ONLY,))
        said = f"noise {level:g}: integrated {own:.3f}, best is {best} with {value:.3f} ± {stderr:.3f}"
        checks += [
            Check(ONCE, said, bool(own >= value - np.nan_to_num(stderr))),
            Check(ONCE, f"noise {level:g}: the best but for integrated is {second}", second == POWERING_ONLY),
            Check(ONCE, f"noise {level:g}: integrated against {POWERING_ONLY}: {gap}", gap.mean >= -gap.stderr),
        ]
    return Verdict(
        "Denoising: the noisier view's pixels are told apart best after integrated diffusion (first, or within one "
        "standard error of the first), then after alternating + powering.",
        tuple(checks),
    )


CLAIMS: tuple[Callable[[Tables], Verdict], ...] = (
    equal_noise,
    powering,
    above_alternating,
    above_alternating_the_other_way_round,
    beside_powering,
    above_single_views,
    above_baselines,
    local_denoising,
    above_baselines_on_trees,
    denoising,
)


def levels(table: pd.DataFrame, condition: str) -> list[float]:
    """Levels of a condition, from low to high."""
    return sorted(table[condition].unique())


def readable(table: pd.DataFrame, score: str, least: float = 0.5) -> list[float]:
    """Return the three highest levels of local noise that leave any method above a score."""
    means = table[table["score"] == score].groupby(["local noise", "method"])["value"].mean()
    return sorted(means[means > least].index.get_level_values(0).unique())[-3:]


def at(table: pd.DataFrame, score: str, condition: str, chosen: tuple[float, ...] | list[float]) -> pd.DataFrame:
    """Return the rows of one score at some levels."""
    return table[(table["score"] == score) & table[condition].isin(chosen)]


def _at_highest(
    table: pd.DataFrame,
    claim: str,
    compare: Callable[[pd.DataFrame], tables.Difference],
    holds: Callable[[tables.Difference], bool],
    pairs: tuple[tuple[str, str], ...] = (),
) -> Verdict:
    """Check a comparison at each of the three highest levels of global noise."""
    checks = []
    for taken, power in POWERS.items():
        for level in levels(table, "noise")[-3:]:
            chosen = at(table, f"accuracy{power}", "noise", (level,))
            gap = compare(chosen)
            checks.append(Check(taken, f"noise {level:g}: {_with_pairs(gap, chosen, pairs)}", holds(gap)))
    return Verdict(claim, tuple(checks))


def _against_baselines(chosen: Callable[[str], pd.DataFrame], claim: str) -> Verdict:
    """Check integrated diffusion against each method that is no part of it, over the chosen rows."""
    checks = []
    for taken, power in POWERS.items():
        table = chosen(power)
        baselines = [name for name in METHODS if name not in PAPER_STEPS and name in set(table["method"])]
        gaps = {baseline: tables.difference(table, (INTEGRATED,), (baseline,)) for baseline in baselines}
        checks += [Check(taken, f"against {name}: {gap}", gap.is_above(0.0, SURE)) for name, gap in gaps.items()]
    return Verdict(claim, tuple(checks))


def _with_pairs(gap: tables.Difference, table: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> str:
    """Say a difference of means, and the pairs it is the mean of: one may hide the other."""
    each = [f"{better} − {worse} {tables.difference(table, (better,), (worse,)).mean:+.3f}" for better, worse in pairs]
    return f"{gap}" + (f"; {', '.join(each)}" if each else "")
