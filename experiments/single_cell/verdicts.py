"""What figure 4 claims and what this package promises, held against the tables, set by set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import pandas as pd

from experiments.single_cell import compared, entropies, information, separation
from experiments.single_cell.entropies import ALL_VIEWS, STEPS
from experiments.single_cell.information import N_FOUND, N_PAIRS, RANDOM_PAIRS
from experiments.single_cell.reading import level, named_sets, separation_of, single_views, told
from experiments.single_cell.separation import ACCURACY, MODULARITY, SCORES, SILHOUETTE
from experiments.single_cell.sets import SNARE
from experiments.study.verdicts import Check, Verdict, Words

Tables = Mapping[str, pd.DataFrame]
"""Tables by the name of their experiment."""

LEAST_SHARE, MOST_SHARE = 1 / 3, 4 / 5
"""Between which the null of SNARE-seq was to lie, as a share of the score beside it."""
_SURE = 2.0
"""Standard deviations of the null that a mean must be above it."""


WORDS = Words(
    every="yes",
    some="{held} of {tested}",
    none="no",
    untested="nothing to test",
    check="{holds}: {group}, {what}",
    holds="yes",
    fails="no",
)


def verdicts(found: Tables) -> list[Verdict]:
    """Hold every claim against the tables."""
    alike = (SILHOUETTE, MODULARITY, ACCURACY)
    return [
        diffuses_in_every_view(found),
        better_separated_than_single(found),
        better_separated(found, compared.ALTERNATING, SCORES),
        better_separated(found, compared.PUBLISHED, SCORES),
        better_separated(found, compared.PUBLISHED_ALIKE, alike),
        above_null(found),
        excess_grows(found),
        more_excess(found, compared.ALTERNATING),
        more_excess(found, compared.PUBLISHED),
        null_share(found),
        stricter(found),
        found_by_both(found),
        more_than_random(found),
    ]


def diffuses_in_every_view(found: Tables) -> Verdict:
    """Whether the default diffuses in all modalities: where it does not, what follows is about fewer."""
    checks = []
    for name, rows in named_sets(found[entropies.NAME]):
        steps = rows[(rows["fit"] == compared.DEFAULT) & (rows["score"] == STEPS)].set_index("method")["value"]
        counted = ", ".join(f"{view} {int(count)}" for view, count in steps.items() if view != ALL_VIEWS)
        checks.append(Check(name, f"steps in {counted}", bool((steps > 0).all())))
    return Verdict("The default diffuses in both modalities.", tuple(checks))


def better_separated_than_single(found: Tables) -> Verdict:
    """The default against the better of the single views, score by score."""
    checks = []
    for name, rows in named_sets(found[separation.NAME]):
        for score in SCORES:
            alone = {way: separation_of(rows, way, score) for way in single_views(rows)}
            best = max(alone, key=lambda way: -1.0 if isnan(alone[way]) else alone[way])
            checks += _compared(name, rows, score, best)
    return Verdict(
        "Cell types are better separated by the default than by the better of the single modalities.", tuple(checks)
    )


def better_separated(found: Tables, other: str, scores: Sequence[str]) -> Verdict:
    """The default against another way, score by score."""
    checks: list[Check] = []
    for name, rows in named_sets(found[separation.NAME]):
        for score in scores:
            checks += _compared(name, rows, score, other)
    return Verdict(f"They are better separated by the default than by: {other}.", tuple(checks))


def _compared(name: str, rows: pd.DataFrame, score: str, other: str) -> list[Check]:
    own, theirs = separation_of(rows, compared.DEFAULT, score), separation_of(rows, other, score)
    if isnan(own) or isnan(theirs):
        return []
    said = f"{score}: default {own:.3f}, {other} {theirs:.3f}, difference {own - theirs:+.3f}"
    return [Check(name, said, own > theirs)]


def above_null(found: Tables) -> Verdict:
    """Every smoothed mean against each of its nulls."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in compared.SMOOTHED:
            for null in compared.NULLS:
                at = level(rows, way, null)
                said = f"{way}, {null}: {at.score:.3g} nats, null {at.null:.3g} ± {at.sd:.2g}, "
                checks.append(Check(name, f"{said}excess {at.excess:+.3g}", at.excess > _SURE * at.sd))
    return Verdict("After denoising the mean mutual information is above its null.", tuple(checks))


def excess_grows(found: Tables) -> Verdict:
    """The excess over the null after each smoothing, against that as measured."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        raw = level(rows, compared.RAW).excess
        for way in compared.SMOOTHED:
            for null in compared.NULLS:
                own = level(rows, way, null).excess
                said = f"{way}, {null}: excess {own:+.3g} nats, as measured {raw:+.3g}"
                checks.append(Check(name, said, own > raw))
    return Verdict("Denoising raises the excess over the null.", tuple(checks))


def more_excess(found: Tables, other: str) -> Verdict:
    """The default's excess against another way's."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for null in compared.NULLS:
            own, theirs = level(rows, compared.DEFAULT, null).excess, level(rows, other, null).excess
            said = f"{null}: default {own:+.3g} nats, {other} {theirs:+.3g}, difference {own - theirs:+.3g}"
            checks.append(Check(name, said, own > theirs))
    return Verdict(f"The default has a larger excess over the null than: {other}.", tuple(checks))


def null_share(found: Tables) -> Verdict:
    """How much of every score on SNARE-seq its null is."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        if name != SNARE.name:
            continue
        for way in compared.ALL_SMOOTHINGS:
            for null in compared.NULLS if way in compared.SMOOTHED else compared.NULLS[:1]:
                share = level(rows, way, null).share
                checks.append(Check(name, f"{way}, {null}: {share:.0%}", LEAST_SHARE <= share <= MOST_SHARE))
    return Verdict("On SNARE-seq the null is a third to four fifths of the score.", tuple(checks))


def more_than_random(found: Tables) -> Verdict:
    """Excess over the null of related pairs, against random control pairs of the same features."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in compared.ALL_SMOOTHINGS:
            own, theirs = level(rows, way), level(rows, way, subject=RANDOM_PAIRS)
            said = f"{way}: {own.excess:+.3g} nats, random control pairs {theirs.excess:+.3g}"
            checks.append(Check(name, said, own.excess - theirs.excess > _SURE * max(own.sd, theirs.sd)))
    return Verdict(
        "The excess over the null of permuted modalities is larger for related pairs than for random control pairs.",
        tuple(checks),
    )


def stricter(found: Tables) -> Verdict:
    """Which of the two nulls is the higher one."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in compared.SMOOTHED:
            modality, values = (level(rows, way, null).null for null in compared.NULLS)
            checks.append(
                Check(
                    name,
                    f"{way}: values permuted {values:.3g} nats, modality permuted {modality:.3g}",
                    values >= modality,
                )
            )
    return Verdict("Permuting values alone gives at least as high a null as permuting a modality.", tuple(checks))


def found_by_both(found: Tables) -> Verdict:
    """Pairs found against one null, and pairs found against the other."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in compared.SMOOTHED:
            loose, strict = (int(told(rows, way, null, N_FOUND)) for null in compared.NULLS)
            said = f"{way}: {loose:,} found with a modality permuted, {strict:,} with values permuted, of "
            checks.append(
                Check(name, f"{said}{int(told(rows, way, compared.MODALITY_PERMUTED, N_PAIRS)):,}", strict >= loose)
            )
    return Verdict("As many pairs are found against permuted values as against a permuted modality.", tuple(checks))
