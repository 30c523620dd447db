"""What figure 4 claims and what this package promises, held against the tables, set by set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import pandas as pd

from experiments.checks import Check
from experiments.single_cell import entropies, information, sharpness, ways
from experiments.single_cell.entropies import ALL_VIEWS, STEPS
from experiments.single_cell.information import N_FOUND, N_PAIRS, RANDOM_PAIRS
from experiments.single_cell.reading import level, named_sets, sharp, single_views, told
from experiments.single_cell.sets import SNARE
from experiments.single_cell.sharpness import ACCURACY, MODULARITY, SCORES, SILHOUETTE

Tables = Mapping[str, pd.DataFrame]
"""Tables by the name of their experiment."""

LEAST_SHARE, MOST_SHARE = 1 / 3, 4 / 5
"""Between which the null of SNARE-seq was to lie, as a share of the score beside it."""
_SURE = 2.0
"""Standard deviations of the null that a mean must be above it."""


@dataclass(frozen=True)
class Verdict:
    """A claim and what was found.

    Parameters
    ----------
    claim
        What is held against the tables.
    checks
        The comparisons.
    """

    claim: str
    checks: tuple[Check, ...]

    def outcome(self, name: str | None = None) -> str:
        """Return `yes`, `no`, how often, or nothing where nothing was tested, on one set or on all."""
        held = [check.holds for check in self.checks if name in (None, check.set)]
        if not held:
            return ""
        if len(set(held)) == 1:
            return "yes" if held[0] else "no"
        return f"{sum(held)} of {len(held)}"


def verdicts(found: Tables) -> list[Verdict]:
    """Hold every claim against the tables."""
    alike = (SILHOUETTE, MODULARITY, ACCURACY)
    return [
        walks_in_every_view(found),
        sharper_than_single(found),
        sharper(found, ways.ALTERNATING, SCORES),
        sharper(found, ways.PUBLISHED, SCORES),
        sharper(found, ways.PUBLISHED_ALIKE, alike),
        above_null(found),
        excess_grows(found),
        more_excess(found, ways.ALTERNATING),
        more_excess(found, ways.PUBLISHED),
        null_share(found),
        stricter(found),
        found_by_both(found),
        more_than_random(found),
    ]


def walks_in_every_view(found: Tables) -> Verdict:
    """Whether the default takes steps in all views: where it does not, what follows is about fewer views."""
    checks = []
    for name, rows in named_sets(found[entropies.NAME]):
        steps = rows[(rows["fit"] == ways.DEFAULT) & (rows["score"] == STEPS)].set_index("method")["value"]
        counted = ", ".join(f"{view} {int(count)}" for view, count in steps.items() if view != ALL_VIEWS)
        checks.append(Check(name, f"steps in {counted}", bool((steps > 0).all())))
    return Verdict("The default walks through both views.", tuple(checks))


def sharper_than_single(found: Tables) -> Verdict:
    """The default against the better of the single views, score by score."""
    checks = []
    for name, rows in named_sets(found[sharpness.NAME]):
        for score in SCORES:
            alone = {way: sharp(rows, way, score) for way in single_views(rows)}
            best = max(alone, key=lambda way: -1.0 if isnan(alone[way]) else alone[way])
            checks += _compared(name, rows, score, best)
    return Verdict(
        "The types' borders are sharper by the default than by the better of the single views.", tuple(checks)
    )


def sharper(found: Tables, other: str, scores: Sequence[str]) -> Verdict:
    """The default against another way, score by score."""
    checks: list[Check] = []
    for name, rows in named_sets(found[sharpness.NAME]):
        for score in scores:
            checks += _compared(name, rows, score, other)
    return Verdict(f"They are sharper by the default than by: {other}.", tuple(checks))


def _compared(name: str, rows: pd.DataFrame, score: str, other: str) -> list[Check]:
    own, theirs = sharp(rows, ways.DEFAULT, score), sharp(rows, other, score)
    if isnan(own) or isnan(theirs):
        return []
    said = f"{score}: default {own:.3f}, {other} {theirs:.3f}, difference {own - theirs:+.3f}"
    return [Check(name, said, own > theirs)]


def above_null(found: Tables) -> Verdict:
    """Every smoothed mean against each of its nulls."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in ways.SMOOTHED:
            for null in ways.NULLS:
                at = level(rows, way, null)
                said = f"{way}, {null}: {at.score:.3g} nats, null {at.null:.3g} ± {at.sd:.2g}, "
                checks.append(Check(name, f"{said}excess {at.excess:+.3g}", at.excess > _SURE * at.sd))
    return Verdict("After denoising the mean mutual information is above its null.", tuple(checks))


def excess_grows(found: Tables) -> Verdict:
    """What is left over the null after each smoothing, against what was left as measured."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        raw = level(rows, ways.RAW).excess
        for way in ways.SMOOTHED:
            for null in ways.NULLS:
                own = level(rows, way, null).excess
                said = f"{way}, {null}: excess {own:+.3g} nats, as measured {raw:+.3g}"
                checks.append(Check(name, said, own > raw))
    return Verdict("Denoising raises the excess over the null.", tuple(checks))


def more_excess(found: Tables, other: str) -> Verdict:
    """The default's excess against another way's."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for null in ways.NULLS:
            own, theirs = level(rows, ways.DEFAULT, null).excess, level(rows, other, null).excess
            said = f"{null}: default {own:+.3g} nats, {other} {theirs:+.3g}, difference {own - theirs:+.3g}"
            checks.append(Check(name, said, own > theirs))
    return Verdict(f"The default leaves more over the null than: {other}.", tuple(checks))


def null_share(found: Tables) -> Verdict:
    """How much of every score on SNARE-seq its null is."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        if name != SNARE.name:
            continue
        for way in ways.ALL_SMOOTHINGS:
            for null in ways.NULLS if way in ways.SMOOTHED else ways.NULLS[:1]:
                share = level(rows, way, null).share
                checks.append(Check(name, f"{way}, {null}: {share:.0%}", LEAST_SHARE <= share <= MOST_SHARE))
    return Verdict("On SNARE-seq the null is a third to four fifths of the score.", tuple(checks))


def more_than_random(found: Tables) -> Verdict:
    """What is left over the null in pairs that belong together, against random pairs of the same features."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in ways.ALL_SMOOTHINGS:
            own, theirs = level(rows, way), level(rows, way, subject=RANDOM_PAIRS)
            said = f"{way}: {own.excess:+.3g} nats, random pairs {theirs.excess:+.3g}"
            checks.append(Check(name, said, own.excess - theirs.excess > _SURE * max(own.sd, theirs.sd)))
    return Verdict("Pairs that belong together have more left over shuffled views than random pairs.", tuple(checks))


def stricter(found: Tables) -> Verdict:
    """Which of the two nulls is the higher one."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in ways.SMOOTHED:
            views, values = (level(rows, way, null).null for null in ways.NULLS)
            checks.append(Check(name, f"{way}: values {values:.3g} nats, views {views:.3g}", values >= views))
    return Verdict("Shuffling values alone gives at least as high a null as shuffling views.", tuple(checks))


def found_by_both(found: Tables) -> Verdict:
    """Pairs that get past the shuffled views, and pairs that get past the shuffled values."""
    checks = []
    for name, rows in named_sets(found[information.NAME]):
        for way in ways.SMOOTHED:
            loose, strict = (int(told(rows, way, null, N_FOUND)) for null in ways.NULLS)
            said = f"{way}: {loose:,} past shuffled views, {strict:,} past shuffled values, of "
            checks.append(Check(name, f"{said}{int(told(rows, way, ways.VIEWS_SHUFFLED, N_PAIRS)):,}", strict >= loose))
    return Verdict("As many pairs get past shuffled values as past shuffled views.", tuple(checks))
