"""A verdict says what its checks say, in a page's own words, group by group and in all."""

import pytest

from experiments.study.verdicts import Check, Verdict, Words, by_group, grounds, grounds_by_group

WORDS = Words("yes", "{held} of {tested}", "no", "nothing to test", check="{holds}: {group}, {what}")
VERDICT = Verdict(
    "It holds.",
    (Check("a", "1 > 0", True), Check("a", "0 > 1", False), Check("b", "2 > 0", True)),
    ("a", "b", "c"),
)


@pytest.mark.parametrize(
    ("group", "outcome"), [("a", "1 of 2"), ("b", "yes"), ("c", "nothing to test"), (None, "2 of 3")]
)
def test_outcomes(group, outcome):
    assert VERDICT.outcome(WORDS, group) == outcome
    assert Verdict("", tuple(check for check in VERDICT.checks if not check.holds)).outcome(WORDS) == "no"


def test_a_table_is_empty_only_where_nothing_was_looked_at():
    lines = by_group([VERDICT, Verdict("Nothing.", ())], WORDS, ["a", "b", "c"]).splitlines()
    assert lines[0] == "| claim | a | b | c |"
    assert lines[2] == "| It holds. | 1 of 2 | yes | nothing to test |"
    assert lines[3] == "| Nothing. |  |  |  |"


def test_every_check_is_told_once():
    text = grounds([VERDICT], WORDS)
    assert text.splitlines()[0] == "**It holds.** *2 of 3*"
    assert text.splitlines()[2:] == ["- holds: a, 1 > 0", "- does not hold: a, 0 > 1", "- holds: b, 2 > 0"]
    nested = grounds_by_group([VERDICT], WORDS).splitlines()
    assert nested[2:4] == ["- a: *1 of 2*", "  - holds: a, 1 > 0"]
    assert nested[-1] == "- c: *nothing to test*"


def test_braces_in_what_was_found_are_no_places_to_fill():
    assert grounds([Verdict("C", (Check("a", "{x}", True),))], WORDS).endswith("- holds: a, {x}")
