"""Pairs of features of two views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Names = Sequence[str] | np.ndarray | pd.Index
"""Names of the features of a view, in the order of its columns; names may repeat."""


@dataclass(frozen=True, eq=False, repr=False)
class Pairs:
    """Pairs of features of two views.

    Parameters
    ----------
    first, second : array of int, shape (n_pairs,)
        Columns in the first and in the second view.
    first_names, second_names : array of str, shape (n_pairs,)
        Names of these features.
    distance : numpy.ndarray of shape (n_pairs,) or None, default None
        Distance of the two features on the genome, in bases.

    Raises
    ------
    ValueError
        If there are no pairs, or the arrays differ in length.

    Examples
    --------
    >>> pairs = Pairs([0, 1], [4, 4], ["CD4", "CD8A"], ["CD4_TotalSeqB", "CD4_TotalSeqB"])
    >>> pairs
    Pairs(2 pairs of 2 features with 1)
    """

    first: np.ndarray
    second: np.ndarray
    first_names: np.ndarray
    second_names: np.ndarray
    distance: np.ndarray | None = None

    def __post_init__(self) -> None:
        for field, dtype in (("first", np.intp), ("second", np.intp), ("first_names", str), ("second_names", str)):
            object.__setattr__(self, field, np.asarray(getattr(self, field), dtype=dtype))
        columns = (self.first, self.second, self.first_names, self.second_names)
        lengths = {len(column) for column in (*columns, *([] if self.distance is None else [self.distance]))}
        if len(lengths) > 1 or lengths == {0}:
            raise ValueError(
                f"pairs: expected at least one pair in equally long columns, found lengths {sorted(lengths)}; "
                "give one row a pair"
            )

    @classmethod
    def of(
        cls, first_names: Names, second_names: Names, first: Any, second: Any, distance: np.ndarray | None = None
    ) -> Pairs:
        """Name pairs of columns by the names of all features of both views."""
        here, there = np.asarray(first, dtype=np.intp), np.asarray(second, dtype=np.intp)
        return cls(here, there, as_names(first_names)[here], as_names(second_names)[there], distance)

    def __len__(self) -> int:
        return len(self.first)

    def __repr__(self) -> str:
        text = f"Pairs({len(self):,} pairs of {len(np.unique(self.first)):,} features with "
        text += f"{len(np.unique(self.second)):,}"
        return text + (f", at most {self.distance.max():,} bases apart)" if self.distance is not None else ")")

    def frame(self) -> pd.DataFrame:
        """Return a table of names and columns, with distances where there are any, a row a pair."""
        columns = {"first": self.first_names, "second": self.second_names}
        table = pd.DataFrame({**columns, "first_column": self.first, "second_column": self.second})
        return table if self.distance is None else table.assign(distance=self.distance)


def as_names(names: Any) -> np.ndarray:
    """Names as text; a missing one is empty."""
    found = np.asarray(names, dtype=object)
    return np.where(pd.isna(found), "", found).astype(str) if len(found) else found.astype(str)
