"""Associations between features of two views, as a table that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from integrated_diffusion.io import keys

MOST_ROWS = 500
"""Rows of the table on the page; the most significant come first."""


@dataclass(frozen=True, eq=False)
class Findings:
    """Pairs of features with their scores and nulls.

    Attributes
    ----------
    first, second
        The two views.
    table
        At most 500 rows, as `Associations.frame` has them.
    n_pairs
        How many pairs were scored.
    n_shuffles
        How often the second view's samples were shuffled for the null.
    smoothing, null, estimator
        How features were smoothed, what was shuffled for the null, and how they were scored, in words.
    """

    first: str
    second: str
    table: pd.DataFrame
    n_pairs: int
    n_shuffles: int
    smoothing: str
    null: str
    estimator: str


def findings_of(mdata: Any) -> Findings | None:
    """Return the associations that an integrated MuData keeps, or nothing."""
    kept: Any = mdata.uns.get(keys.ASSOCIATIONS)
    if kept is None:
        return None
    table = pd.DataFrame(kept["table"])
    return Findings(
        first=str(kept["first"]),
        second=str(kept["second"]),
        table=table.head(MOST_ROWS),
        n_pairs=len(table),
        n_shuffles=int(kept["n_shuffles"]),
        smoothing=str(kept["smoothing"]),
        null=str(kept["null"]),
        estimator=str(kept["estimator"]),
    )
