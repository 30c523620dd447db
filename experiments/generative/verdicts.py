"""What the default was to reach beside totalVI and MultiVI, set by set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from experiments.evaluation import compared
from experiments.evaluation.verdicts import WORDS
from experiments.generative import imputed, maps, new_cells
from experiments.study.label_scores import ACCURACY, NMI
from experiments.study.verdicts import Check, Verdict

__all__ = ["WORDS", "verdicts"]

Tables = Mapping[str, pd.DataFrame]


def verdicts(found: Tables) -> list[Verdict]:
    """Every claim and what was found."""
    placed, filled, added = (found[study.NAME] for study in (maps, imputed, new_cells))
    return [
        _above("The map of complete data is at least as accurate as totalVI's.", placed, ACCURACY, (maps.TOTALVI,)),
        _above("Its clusters agree with the types at least as well (NMI).", placed, NMI, (maps.TOTALVI,)),
        _above("The map of a mosaic is at least as accurate as that of totalVI and MultiVI.", filled, ACCURACY, _VI),
        _above("Imputed values correlate at least as well, straightened or not.", filled, imputed.CORRELATION, _VI),
        _above("The squared error of imputed values is lower.", filled, imputed.ERROR, _VI, -1),
        _above(
            "Neither kNN nor ridge regression imputes with a lower squared error.",
            filled,
            imputed.ERROR,
            _REGRESSIONS,
            -1,
        ),
        _above("Predicted proteins of new cells correlate at least as well.", added, new_cells.CORRELATION, _ADDED),
        _above("Their squared error is lower.", added, new_cells.ERROR, _ADDED, -1),
        _above("Types of new cells are at least as accurate.", added, ACCURACY, _ADDED),
    ]


_VI, _REGRESSIONS = (imputed.VI, imputed.STRAIGHTENED), ("kNN", "ridge")
_ADDED = (new_cells.TOTALVI, new_cells.REGRESSION)


def _above(claim: str, table: pd.DataFrame, score: str, others: tuple[str, ...], sign: int = 1) -> Verdict:
    return Verdict(claim, tuple(_checks(table[table["score"] == score], others, sign)))


def _checks(table: pd.DataFrame, others: tuple[str, ...], sign: int) -> Iterator[Check]:
    for name, rows in table.groupby("set", sort=False):
        means = rows.groupby("method")["value"].mean()
        for other in others:
            if other in means:
                ours, theirs = means[compared.DEFAULT], means[other]
                what = f"default {ours:.3f}, {other} {theirs:.3f}, difference {ours - theirs:+.3f}"
                yield Check(str(name), what, bool(sign * (ours - theirs) >= 0))
