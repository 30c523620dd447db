"""`docs/generative.md`, written from the tables alone: the default beside totalVI and MultiVI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from experiments.evaluation.mosaic import MOST_SAMPLES
from experiments.evaluation.settings import described
from experiments.generative import imputed, maps, new_cells
from experiments.generative.verdicts import WORDS, verdicts
from experiments.study.label_scores import ACCURACY
from experiments.study.markdown import table as markdown
from experiments.study.pages import Page, Texts, joined, verbatim
from experiments.study.verdicts import grounds

said = Texts(Path(__file__).parent / "text")


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    judged = verdicts(found)
    outcomes = markdown(["target", "outcome"], [[v.claim, v.outcome(WORDS)] for v in judged], numbers=False)
    parts = [said("introduction"), outcomes, said("maps")]
    parts += [by_method(found[maps.NAME], (*maps.SCORES, maps.EPOCHS, maps.SECONDS, maps.GIGABYTES))]
    parts += [said("imputed"), by_set(found[imputed.NAME], (imputed.CORRELATION, imputed.ERROR, ACCURACY))]
    parts += [said("new_cells"), by_set(found[new_cells.NAME], (new_cells.CORRELATION, new_cells.ERROR, ACCURACY))]
    parts += [
        said("measured", most_samples=f"{MOST_SAMPLES:,}"),
        "## What each outcome rests on",
        grounds(judged, WORDS),
    ]
    parts += ["## The settings of the default", verbatim(described())]
    return joined(parts)


def by_method(table: pd.DataFrame, scores: Sequence[str]) -> str:
    """Return the means over seeds, a method a row; scores that no method has are left out."""
    shown = [score for score in scores if (table["score"] == score).any()]
    means = table.groupby(["method", "score"])["value"].mean()
    rows = [
        [method, *(_number(score, means.get((method, score))) for score in shown)]
        for method in table["method"].drop_duplicates()
    ]
    return markdown(["", *shown], rows)


def by_set(table: pd.DataFrame, scores: Sequence[str]) -> str:
    """Return the means over seeds, a set and method a row."""
    means = table.groupby(["set", "method", "score"], sort=False)["value"].mean()
    pairs = table[["set", "method"]].drop_duplicates().itertuples(index=False)
    rows = [
        [f"{name}: {way}", *(_number(score, means.get((name, way, score))) for score in scores)] for name, way in pairs
    ]
    return markdown(["", *scores], rows)


def _number(score: str, value: float | None) -> str:
    if value is None:
        return ""
    return (
        f"{value:.0f}"
        if score in (maps.EPOCHS, maps.SECONDS)
        else f"{value:.2f}"
        if score == maps.GIGABYTES
        else f"{value:.3f}"
    )


TABLES = (maps.NAME, imputed.NAME, new_cells.NAME)
PAGE = Page("generative", "make generative", described, TABLES, text)
