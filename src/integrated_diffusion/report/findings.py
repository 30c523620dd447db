"""Associations between features of two views, as a table that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pandas as pd

from integrated_diffusion import keys
from integrated_diffusion.association import Associations
from integrated_diffusion.scverse.features import feature_names, views_of

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
    smoothing, estimator
        How features were smoothed, and scored, in words.
    """

    first: str
    second: str
    table: pd.DataFrame
    n_pairs: int
    n_shuffles: int
    smoothing: str
    estimator: str


def findings_of(mdata: Any, associations: Associations | None = None) -> Findings | None:
    """Return the associations given, or those that the MuData keeps, or nothing.

    Parameters
    ----------
    mdata
        An integrated MuData.
    associations
        What `associate` found between two of its views; `uns["integrated_associations"]` unless given.

    Raises
    ------
    ValueError
        If the associations name features that no two views have.
    """
    if associations is not None:
        table = associations.frame()
        first, second = _views_of_pairs(mdata, table)
        words = (associations.n_shuffles, associations.smoothing, "mutual information")
        return Findings(first, second, table.head(MOST_ROWS), len(table), *words)
    kept: Any = mdata.uns.get(keys.ASSOCIATIONS)
    if kept is None:
        return None
    table = pd.DataFrame(kept["table"])
    words = (int(kept["n_shuffles"]), str(kept["smoothing"]), str(kept["estimator"]))
    return Findings(str(kept["first"]), str(kept["second"]), table.head(MOST_ROWS), len(table), *words)


def _views_of_pairs(mdata: Any, table: pd.DataFrame) -> tuple[str, str]:
    """Find which two views have the features of a table."""
    known = {view: set(feature_names(mdata, view)) for view in views_of(mdata)}
    for first, second in permutations(known, 2):
        if set(table["first"]) <= known[first] and set(table["second"]) <= known[second]:
            return first, second
    raise ValueError(
        f"associations: expected pairs of features of two of the views {', '.join(map(repr, known))}, found others, "
        f"such as {table['first'].iloc[0]!r} and {table['second'].iloc[0]!r}; compute them from this MuData"
    )
