"""The page of the performance says what its table says; verdicts follow the numbers; a partial table will do."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.performance import page, picture, printed, tables
from experiments.performance.journal import Found, Job
from experiments.performance.measures import entropy, product, stages
from experiments.performance.process import DONE, FAILED, TOO_LONG
from experiments.performance.tables import Results, growth_exponent
from experiments.performance.verdicts import MET, MISSED, NOT_RUN, PAPER, PEER, WORDS, verdicts
from experiments.study.tables import write

DOCS, WHAT = Path(__file__).parents[3] / "docs", ("seconds", "gigabytes")


def found(subject, n_samples, numbers, outcome=DONE, said="", set_name="tree"):
    return Found(Job(subject, set_name, n_samples), outcome, said, "1.0", numbers)


def staged(n):
    numbers = {f"{stage}: {what}": n / 1e5 for stage in (*stages.STAGES, stages.PHATE) for what in WHAT}
    return numbers | {"fit: seconds": 7 * n / 1e5, "fit: gigabytes": 7.0}


@pytest.fixture
def results():
    """A table in which everything is there and every target is met."""
    fits = [
        found("stages", n, staged(n), set_name=name)
        for name, sizes in (("tree", stages.SIZES), ("sheet", stages.SHEET_SIZES))
        for n in sizes
    ]
    widths = {
        f"{w} columns{steps}: {what}": v
        for w in product.WIDTHS
        for steps in ("", " of 8 steps")
        for what, v in (("seconds", 0.01), ("share", 0.6), ("share fetched", 1.6))
    }
    curve = {"largest relative error": 0.004, "largest error in standard errors": 1.2, "elbow": 9.0, "exact elbow": 9.0}
    return Results(
        tables.table(
            [
                found(PAPER, 4_000, {"seconds": 0.5, "gigabytes": 0.4, "accuracy": 0.9, "DEMaP": 0.8}),
                found(PAPER, 100_000, {"seconds": 10.0, "gigabytes": 1.4, "accuracy": 0.9, "DEMaP": 0.8}),
                found(PAPER, 1_000_000, {"seconds": 110.0, "gigabytes": 9.0}),
                found("dense computation", 4_000, {"seconds": 40.0, "gigabytes": 2.0}),
                found("dense computation", 10_000, {}, TOO_LONG, "stopped at 600 s"),
                found(PEER, 100_000, {"seconds": 84.0, "gigabytes": 4.0}),
                found("SNF", 1_000, {}, FAILED, "TypeError: `check_array` | got"),
                found(PAPER, 2_000, {"seconds": 1.0, "accuracy": 0.95}, set_name="digits"),
                *fits,
                *(
                    found(
                        "product",
                        200_000,
                        {"cores": 2, "memory: GB": 25, "bandwidth: GB/s": 20, "entries a row": 11, **widths},
                        set_name=name,
                    )
                    for name in ("tree", "sheet")
                ),
                found("entropy", 10_000, {"quadrature: seconds": 0.3, "dense: seconds": 60.0, **curve}),
            ]
        )
    )


def changed(results, subject, n_samples, measure, value, name="tree"):
    table = results.table.copy()
    at = (table["subject"] == subject) & (table["n_samples"] == n_samples) & (table["measure"] == measure)
    at &= table["set"] == name
    assert at.sum() == 1
    table.loc[at, "value"] = value
    return Results(table)


# The page in the repository


def test_the_page_is_what_the_table_gives():
    written = page.place(DOCS).page.read_text(encoding="utf-8")
    assert page.text(Results(tables.read(page.place(DOCS).table(page.TABLE)))) == written


def test_pictures_and_tables_are_there():
    targets = re.findall(r"\]\(([^)]+)\)", page.place(DOCS).page.read_text(encoding="utf-8"))
    assert len(targets) >= 2
    for target in targets:
        assert (DOCS / target).exists(), target


# What a table gives


def test_every_number_is_on_the_page(results):
    text = page.text(results)
    assert "| integrated diffusion, as published |  | 0.50 |  |  | 10 |  | 110 |" in text
    assert "| dense computation |  | 40 | too long |  |  |  |  |" in text
    assert "- **SNF**, tree, 1,000 samples: failed: `TypeError: 'check_array' | got`" in text
    assert "0.950, 1.0 s" in text
    assert "The machine: 2 cores, 25 GB of memory, which moves 20 GB/s." in text


@pytest.mark.parametrize("measure", ["seconds", "gigabytes", "accuracy", "DEMaP"])
def test_another_number_makes_another_page(results, measure):
    assert page.text(changed(results, PAPER, 100_000, measure, 0.111)) != page.text(results)


def test_a_table_goes_through_its_file(results, tmp_path):
    write(results.table, tmp_path / "deep" / "measured.csv", digits=None)
    assert page.text(Results(tables.read(tmp_path / "deep" / "measured.csv"))) == page.text(results)
    assert not list(tmp_path.rglob("*.part"))


def test_what_is_published_counts_as_measured(results):
    again = tables.table(tables.results_in(results.table))
    pd.testing.assert_frame_equal(again, results.table.reset_index(drop=True))


def test_without_a_table_the_page_says_that_nothing_was_run(tmp_path):
    text = page.write(tmp_path).read_text(encoding="utf-8")
    assert {
        verdict.outcome(WORDS) for verdict in verdicts(Results(tables.read(page.place(tmp_path).table(page.TABLE))))
    } == {NOT_RUN}
    assert "not run" in text
    assert "nan" not in text


def test_a_page_of_part_of_the_runs_has_no_holes_but_empty_cells(results, tmp_path):
    part = Results(results.table[results.table["subject"] == PAPER])
    assert "nan" not in page.text(part)
    write(part.table, page.place(tmp_path).table(page.TABLE), digits=None)
    page.write(tmp_path)
    assert (page.place(tmp_path).pictures / page.PICTURE).stat().st_size > 10_000


# Verdicts


def test_every_target_is_met_where_its_number_is_right(results):
    assert [verdict.outcome(WORDS) for verdict in verdicts(results)] == [MET] * 17


@pytest.mark.parametrize(
    ("which", "subject", "n_samples", "measure", "value", "name"),
    [
        (0, "dense computation", 4_000, "seconds", 24.0, "tree"),
        (1, PEER, 100_000, "seconds", 9.0, "tree"),
        (2, PAPER, 100_000, "gigabytes", 3.1, "tree"),
        (3, "stages", 1_000_000, "fit: gigabytes", 14.1, "tree"),
        (4, "stages", 1_000_000, "fit: gigabytes", 14.1, "sheet"),
        (5, "stages", 1_000_000, "fit: seconds", 85.0, "tree"),
        (6, "stages", 1_000_000, "fit: seconds", 85.0, "sheet"),
        (7, "stages", 1_000_000, "fit: seconds", 7 * 20.0, "tree"),
        (8, "stages", 1_000_000, "fit: seconds", 7 * 20.0, "sheet"),
        (9, "stages", 1_000_000, "PHATE of J: seconds", 71.0, "tree"),
        (10, "stages", 1_000_000, "PHATE of J: seconds", 71.0, "sheet"),
        (11, "stages", 1_000_000, "local denoising: seconds", 61.0, "tree"),
        (12, "stages", 1_000_000, "local denoising: seconds", 61.0, "sheet"),
        (13, "product", 200_000, "100 columns: share", 0.49, "tree"),
        (14, "product", 200_000, "100 columns: share", 0.49, "sheet"),
        (15, "entropy", 10_000, "largest relative error", 0.011, "tree"),
        (15, "entropy", 10_000, "largest error in standard errors", 3.1, "tree"),
        (16, "entropy", 10_000, "quadrature: seconds", 0.7, "tree"),
    ],
)
def test_a_target_is_missed_where_its_number_is_wrong(results, which, subject, n_samples, measure, value, name):
    outcomes = verdicts(changed(results, subject, n_samples, measure, value, name))
    assert outcomes[which].outcome(WORDS) == MISSED
    assert outcomes[which].checks[0].what


def test_a_growth_that_ends_early_is_not_judged(results):
    table = results.table[~((results.table["subject"] == "stages") & (results.table["n_samples"] == 1_000_000))]
    assert [verdict.outcome(WORDS) for verdict in verdicts(Results(table))[3:13]] == [NOT_RUN] * 10


def test_the_exponent_is_that_of_a_power():
    n = np.array([25_000, 100_000, 1_000_000])
    assert growth_exponent(n, 3e-4 * n**1.3) == pytest.approx(1.3)
    assert np.isnan(growth_exponent(n[:1], n[:1]))


def test_what_is_judged_is_what_is_measured():
    assert {stages.SUBJECT.name, entropy.SUBJECT.name, product.SUBJECT.name} == {"stages", "entropy", "product"}
    assert {25_000, 100_000, 1_000_000} <= set(stages.SIZES) & set(stages.SHEET_SIZES)


# Pictures and numbers


def test_names_are_moved_apart_in_their_order():
    placed = picture.apart({"a": 0.5, "b": 0.5, "c": 0.51, "d": 0.9}, 0.05)
    heights = sorted(placed.values())
    assert min(np.diff(heights)) >= 0.05 - 1e-6
    assert sorted(placed, key=placed.get)[-1] == "d"
    assert placed["d"] == 0.9
    assert placed["c"] > max(placed["a"], placed["b"])


@pytest.mark.parametrize(("seconds", "said"), [(0.123, "0.12"), (1.26, "1.3"), (83.6, "84"), (1234.0, "1,234")])
def test_seconds_have_the_digits_that_mean_something(seconds, said):
    assert printed.duration(seconds) == said
