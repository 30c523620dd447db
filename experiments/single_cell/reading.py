"""What is read off the tables by page, verdicts and pictures alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from experiments.single_cell import compared
from experiments.single_cell.information import ALL_PAIRS, MILLINATS, NULL_MEAN, NULL_SD, SCORE


class Level(NamedTuple):
    """Mutual information beside its null, in nats."""

    score: float
    null: float
    sd: float

    @property
    def excess(self) -> float:
        """What is left over the null."""
        return self.score - self.null

    @property
    def share(self) -> float:
        """The null as a share of the score."""
        return self.null / self.score if self.score > 0 else float("nan")


def level(table: pd.DataFrame, way: str, null: str = compared.MODALITY_PERMUTED, subject: str = ALL_PAIRS) -> Level:
    """Return mutual information and its null.

    Parameters
    ----------
    table
        Rows of one set in the table of mutual information.
    method, null
        As in `methods`; as measured there is one null, which is returned for both.
    subject
        A pair; the mean of all unless given.
    """
    null = compared.MODALITY_PERMUTED if way == compared.RAW else null
    found = table[(table["way"] == way) & (table["null"] == null) & (table["method"] == subject)]
    values = found.set_index("score")["value"] / MILLINATS
    return Level(float(values[SCORE]), float(values[NULL_MEAN]), float(values[NULL_SD]))


def told(table: pd.DataFrame, way: str, null: str, what: str, subject: str = ALL_PAIRS) -> float:
    """Return any other number of the table of mutual information, such as how many pairs were found."""
    null = compared.MODALITY_PERMUTED if way == compared.RAW else null
    found = table[(table["way"] == way) & (table["null"] == null) & (table["method"] == subject)]
    return float(found.loc[found["score"] == what, "value"].iloc[0])


def separation_of(table: pd.DataFrame, way: str, score: str) -> float:
    """Return one score of a method on one set; NaN where it was not asked for."""
    found = table[(table["way"] == way) & (table["score"] == score)]
    return float(found["value"].iloc[0]) if len(found) else float("nan")


def named_sets(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return each set with its rows, in the order of the table."""
    return [(str(name), rows) for name, rows in table.groupby("set", sort=False)]


def single_views(table: pd.DataFrame) -> Sequence[str]:
    """Return the methods that are one view's own operator, in the table of separation."""
    return [way for way in table["way"].unique() if way.endswith(compared.alone(""))]
