"""Pairs of features of two views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

Names = Sequence[str] | np.ndarray | pd.Index
"""Names of the features of a view, in the order of its columns; names may repeat."""


@dataclass(frozen=True, repr=False)
class Unpaired:
    """A feature that has no partner.

    Attributes
    ----------
    name : str
        Its name.
    expected : tuple of str
        Partners that it should have, which are not there; none if it is not known.
    nearest : tuple of str
        Names there are that are most like those.
    """

    name: str
    expected: tuple[str, ...]
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        expected = f"expected {' or '.join(self.expected)}" if self.expected else "an unknown antigen"
        return f"{self.name}: {expected}" + (f", nearest {', '.join(self.nearest)}" if self.nearest else "")

    def __repr__(self) -> str:
        return f"Unpaired('{self.name}', {str(self).partition(': ')[2]})"


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
    unpaired : tuple of Unpaired, default ()
        Features of the second view whose partner is not there, where that is known.
    controls : tuple of str, default ()
        Isotype controls among the features of the second view, which have no pairs.

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
    unpaired: tuple[Unpaired, ...] = ()
    controls: tuple[str, ...] = ()

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
        cls,
        first_names: Names,
        second_names: Names,
        first: Any,
        second: Any,
        distance: np.ndarray | None = None,
        **others: Any,
    ) -> Pairs:
        """Name pairs of columns by the names of all features of both views."""
        here, there = np.asarray(first, dtype=np.intp), np.asarray(second, dtype=np.intp)
        return cls(here, there, as_names(first_names)[here], as_names(second_names)[there], distance, **others)

    def swapped(self) -> Pairs:
        """Return the same pairs with the second view first."""
        second, first = (self.second, self.second_names), (self.first, self.first_names)
        return replace(self, first=second[0], first_names=second[1], second=first[0], second_names=first[1])

    def __len__(self) -> int:
        return len(self.first)

    def __repr__(self) -> str:
        text = f"Pairs({len(self):,} pairs of {len(np.unique(self.first)):,} features with "
        text += f"{len(np.unique(self.second)):,}"
        text += f", {len(self.unpaired):,} without a partner" if self.unpaired else ""
        text += f", {len(self.controls):,} isotype controls left out" if self.controls else ""
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
