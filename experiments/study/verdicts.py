"""A claim held against measured numbers: the checks that it rests on, and what came of it, in a page's own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.study.markdown import table


@dataclass(frozen=True)
class Check:
    """One comparison that has to come out right for a claim to hold.

    Parameters
    ----------
    group
        What it was made on: a data set, or a variant of the method; empty where there is only one.
    what
        What is compared, with the numbers.
    holds
        Whether it came out as claimed.
    """

    group: str
    what: str
    holds: bool


@dataclass(frozen=True)
class Words:
    """How a page says what came of a claim.

    Parameters
    ----------
    every, some, none
        Where every check holds, where some do (`{held}` of `{tested}`), where none does.
    untested
        Where there was nothing to test.
    check
        How one check is told, of `{holds}`, `{group}` and `{what}`.
    holds, fails
        What `{holds}` is.
    """

    every: str
    some: str
    none: str
    untested: str
    check: str = "{holds}: {group}: {what}"
    holds: str = "holds"
    fails: str = "does not hold"

    def of(self, check: Check) -> str:
        """Tell one check."""
        return self.check.format(holds=self.holds if check.holds else self.fails, group=check.group, what=check.what)


@dataclass(frozen=True)
class Verdict:
    """A claim and what was found.

    Parameters
    ----------
    claim
        What is held against the tables, and how it was made a number.
    checks
        The comparisons.
    looked_at
        Groups that were asked for, even if they had nothing to test; those of the checks unless given.
    """

    claim: str
    checks: tuple[Check, ...]
    looked_at: tuple[str, ...] = ()

    @property
    def groups(self) -> list[str]:
        """Every group that was asked for or checked, once."""
        return list(dict.fromkeys((*self.looked_at, *(check.group for check in self.checks))))

    def of(self, group: str | None) -> list[Check]:
        """Return the checks of one group, or all of them."""
        return [check for check in self.checks if group in (None, check.group)]

    def outcome(self, words: Words, group: str | None = None) -> str:
        """Say what came of the claim, in one group or in all together."""
        checks = self.of(group)
        held = sum(check.holds for check in checks)
        if not checks:
            return words.untested
        told = words.every if held == len(checks) else words.some if held else words.none
        return told.format(held=held, tested=len(checks))


def by_group(verdicts: Iterable[Verdict], words: Words, groups: Sequence[str], title: str = "claim") -> str:
    """Return a table of outcomes, a claim a line and a group a column; empty where a claim says nothing of a group."""
    rows = [
        [verdict.claim, *(verdict.outcome(words, group) if group in verdict.groups else "" for group in groups)]
        for verdict in verdicts
    ]
    return table([title, *groups], rows, numbers=False)


def grounds(verdicts: Iterable[Verdict], words: Words) -> str:
    """Tell every check of every claim."""
    parts = []
    for verdict in verdicts:
        parts.append(f"**{verdict.claim}** *{verdict.outcome(words)}*")
        parts.append("\n".join(f"- {words.of(check)}" for check in verdict.checks))
    return "\n\n".join(part for part in parts if part)


def grounds_by_group(verdicts: Iterable[Verdict], words: Words) -> str:
    """Tell every check of every claim, group by group, each with what came of it."""
    parts = []
    for verdict in verdicts:
        lines = []
        for group in verdict.groups:
            lines.append(f"- {group}: *{verdict.outcome(words, group)}*")
            lines += [f"  - {words.of(check)}" for check in verdict.of(group)]
        parts += [f"**{verdict.claim}**", "\n".join(lines)]
    return "\n\n".join(parts)
