"""Claims hold where the numbers say so, and nowhere else."""

import pandas as pd
import pytest

from experiments.single_cell import compared, printed
from experiments.single_cell.information import (  # fmt: skip
    ALL_PAIRS,
    MILLINATS,
    N_FOUND,
    N_PAIRS,
    NULL_MEAN,
    NULL_SD,
    RANDOM_PAIRS,
    SCORE,
)
from experiments.single_cell.reading import level
from experiments.single_cell.verdicts import (
    WORDS,
    above_null,
    better_separated,
    better_separated_than_single,
    diffuses_in_every_view,
    excess_grows,
    found_by_both,
    more_excess,
    more_than_random,
    null_share,
    stricter,
)
from experiments.study.markdown import literal_table
from experiments.study.verdicts import Check, Verdict

SET = "SNARE-seq"
MEANS = {
    compared.RAW: 0.1,
    compared.VIEW_WISE: 0.3,
    compared.ALTERNATING: 0.5,
    compared.PUBLISHED: 0.4,
    compared.DEFAULT: 0.6,
}
LOOSE, STRICT = 0.4, 0.7
"""The nulls' shares of each score."""


def information(means=MEANS, loose=LOOSE, strict=STRICT, sd=0.001, found=(50, 40), random=0.5):
    """A table of one set; random pairs have a part of everything."""
    rows = []
    for way, score in means.items():
        nulls = (
            dict(zip(compared.NULLS, (loose, strict), strict=True))
            if way != compared.RAW
            else {compared.NULLS[0]: loose}
        )
        for i, (null, share) in enumerate(nulls.items()):
            for subject, part in ((ALL_PAIRS, 1.0), (RANDOM_PAIRS, random)):
                told = {SCORE: score * part, NULL_MEAN: score * part * share, NULL_SD: sd}
                told = {what: MILLINATS * value for what, value in told.items()} | {N_PAIRS: 100, N_FOUND: found[i]}
                rows += [
                    {"set": SET, "way": way, "null": null, "method": subject, "score": what, "value": value}
                    for what, value in told.items()
                ]
    return {"information": pd.DataFrame(rows)}


def separation(**scores):
    """A table of one set from values by method, of accuracy and modularity."""
    rows = [
        {"set": SET, "way": way.replace("_", " "), "score": score, "value": value}
        for way, values in scores.items()
        for score, value in zip(("accuracy", "modularity"), values, strict=True)
    ]
    return {"separation": pd.DataFrame(rows)}


def outcomes(verdict):
    return [check.holds for check in verdict.checks]


def test_levels_are_in_nats():
    found = level(information()["information"], compared.DEFAULT, compared.VALUES_PERMUTED)
    assert found.score == pytest.approx(0.6)
    assert found.excess == pytest.approx(0.18)
    assert found.share == pytest.approx(0.7)


def test_as_measured_there_is_one_null():
    table = information()["information"]
    assert level(table, compared.RAW, compared.VALUES_PERMUTED) == level(table, compared.RAW)


def test_above_the_null_by_two_of_its_standard_deviations():
    assert above_null(information()).outcome(WORDS) == "yes"
    assert above_null(information(strict=1.1)).outcome(WORDS) == "4 of 8"
    assert above_null(information(sd=10)).outcome(WORDS) == "no"


def test_excess_against_that_as_measured():
    assert excess_grows(information()).outcome(WORDS) == "yes"
    weak = {**MEANS, compared.DEFAULT: 0.05}
    assert outcomes(excess_grows(information(weak))) == [True] * 6 + [False] * 2


def test_more_excess_than_another_way():
    assert more_excess(information(), compared.PUBLISHED).outcome(WORDS) == "yes"
    assert more_excess(information({**MEANS, compared.PUBLISHED: 0.7}), compared.PUBLISHED).outcome(WORDS) == "no"


def test_a_third_to_four_fifths():
    assert null_share(information()).outcome(WORDS) == "yes"
    assert null_share(information(strict=0.81)).outcome(WORDS) == "5 of 9"
    assert null_share(information(loose=0.33)).outcome(WORDS) == "4 of 9"
    assert "40%" in null_share(information()).checks[0].what


def test_which_null_is_the_stricter():
    assert stricter(information()).outcome(WORDS) == "yes"
    assert stricter(information(strict=0.3)).outcome(WORDS) == "no"


def test_as_many_found():
    assert found_by_both(information()).outcome(WORDS) == "no"
    assert found_by_both(information(found=(40, 40))).outcome(WORDS) == "yes"


def test_more_than_random_pairs():
    assert more_than_random(information()).outcome(WORDS) == "yes"
    assert more_than_random(information(random=1.0)).outcome(WORDS) == "no"


def test_sharper_than_the_better_single_view_of_each_score():
    found = separation(rna_alone=(0.8, 0.1), atac_alone=(0.5, 0.3), default=(0.9, 0.2))
    verdict = better_separated_than_single(found)
    assert outcomes(verdict) == [False, True]  # modularity comes before accuracy
    assert "atac alone" in verdict.checks[0].what
    assert "rna alone" in verdict.checks[1].what


def test_sharper_than_another_way():
    found = separation(rna_alone=(0.8, 0.1), published=(0.9, 0.1), default=(0.9, 0.2))
    assert outcomes(better_separated(found, compared.PUBLISHED, ("accuracy", "modularity"))) == [False, True]
    assert better_separated(found, compared.ALTERNATING, ("accuracy",)).outcome(WORDS) == "nothing to test"


def test_steps_in_every_view():
    rows = [
        {"set": SET, "fit": compared.DEFAULT, "method": view, "score": "steps", "value": 1.0} for view in ("rna", "b")
    ]
    table = pd.DataFrame(rows)
    assert diffuses_in_every_view({"entropy": table}).outcome(WORDS) == "yes"
    table.loc[1, "value"] = 0.0
    assert diffuses_in_every_view({"entropy": table}).outcome(WORDS) == "no"


def test_the_best_of_each_column_is_bold():
    table = separation(rna_alone=(0.8, 0.3), default=(0.9, 0.2))["separation"]
    lines = printed.scores(table).splitlines()
    assert lines[2] == "| SNARE-seq, rna alone |  | **0.300** | 0.800 |  |  |"
    assert lines[3] == "| SNARE-seq, default |  | 0.200 | **0.900** |  |  |"


def test_names_are_taken_as_they_are():
    assert literal_table(["a|b"], [["$x_1$"]]).splitlines() == ["| a\\|b |", "|---|", "| \\$x\\_1\\$ |"]


def test_outcomes_by_set():
    verdict = Verdict("", (Check("a", "", True), Check("a", "", False), Check("b", "", False)))
    assert [verdict.outcome(WORDS, name) for name in ("a", "b", "c", None)] == [
        "1 of 2",
        "no",
        "nothing to test",
        "1 of 3",
    ]
