"""From the command line's words about pairs of features to values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from integrated_diffusion.association import (
    FixedSmoothing,
    JointSmoothing,
    NoSmoothing,
    Pairs,
    PerViewSmoothing,
    Smoothing,
)
from integrated_diffusion.io import stored_operator
from integrated_diffusion.io.reading.tables import read_names
from integrated_diffusion.scverse import pairs as pairs_of
from integrated_diffusion.views.checks import check_known


class Null(StrEnum):
    """What a small p-value speaks against: that a pair is unrelated, or that the views are."""

    PAIRS = "pairs"
    VIEWS = "views"


class Smoothings(StrEnum):
    """How features are smoothed before they are compared."""

    JOINT = "joint"
    VIEWS = "views"
    NONE = "none"

    def between(self, data: Any, first: str, second: str, null: Null) -> Smoothing:
        """Return the smoothing of two views of an integrated MuData."""
        if self is Smoothings.NONE:
            return NoSmoothing()
        joint = stored_operator(data)
        if null is Null.VIEWS:
            return (JointSmoothing if self is Smoothings.JOINT else PerViewSmoothing)(joint, first, second)
        J = joint.operator
        return (
            FixedSmoothing(J, J)
            if self is Smoothings.JOINT
            else FixedSmoothing(joint.alone(first), joint.alone(second))
        )


@dataclass(frozen=True)
class PairSource:
    """Where pairs come from: a table, a column of `var`, or places on the genome; as is usual where none is named.

    Parameters
    ----------
    table
        Two columns of names.
    column
        Column of the second view's `var` that names each feature's partner.
    genes
        Where genes are.
    window
        How near a peak must be, in bases.

    Raises
    ------
    ValueError
        If more than one is named.
    """

    table: Path | None = None
    column: str | None = None
    genes: Path | None = None
    window: int = 100_000

    def __post_init__(self) -> None:
        named = {"--pairs": self.table, "--column": self.column, "--genes": self.genes}
        given = [option for option, value in named.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"pairs: expected one of {', '.join(named)}, found {' and '.join(given)}; leave one out")

    @property
    def files(self) -> list[Path]:
        """Files that are read."""
        return [file for file in (self.table, self.genes) if file is not None]

    def pairs(self, data: Any, first: str, second: str) -> Pairs:
        """Return the pairs of two views of a MuData."""
        if self.table is not None:
            names = read_names(self.table)
            ours = ["first", "second"]  # what `associate` wrote may be asked for again
            return pairs_of.table(data, first, second, names[ours] if set(ours) <= set(names.columns) else names)
        if self.column is not None:
            return pairs_of.linked(data, first, second, self.column)
        if self.genes is not None:
            return pairs_of.near(data, first, second, self.genes, self.window)
        return pairs_of.usual(data, first, second)


def two_views(words: str | None, known: list[str]) -> tuple[str, str]:
    """Return two views by their names `FIRST,SECOND`, or the first two there are.

    Raises
    ------
    ValueError
        If there are not two, or one is unknown.
    """
    names = known[:2] if words is None else words.split(",")
    if len(names) != 2 or names[0] == names[1]:
        raise ValueError(
            f"--between: expected two views, found {words or ', '.join(known)!r}; write for instance --between rna,prot"
        )
    check_known(names, known, "--between")
    return names[0], names[1]
