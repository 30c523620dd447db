"""The options of `associate` that name views, pairs of features and their smoothing, made into values."""

from __future__ import annotations

from dataclasses import dataclass
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
from integrated_diffusion.cli.options import Null, SmoothingName
from integrated_diffusion.io.reading.tables import read_names
from integrated_diffusion.scverse import pairs as pairs_of
from integrated_diffusion.scverse.common_cells import common_operator, integrated_smoothing
from integrated_diffusion.views.checks import check_known


def smoothing_of(smoothing: SmoothingName, null: Null, data: Any, first: str, second: str) -> Smoothing:
    """Return the smoothing that the options name, for two views of an integrated MuData.

    Parameters
    ----------
    smoothing : SmoothingName
        Which operator smooths the features.
    null : Null
        What the permutation null shuffles.
    data : mudata.MuData
        What `run` wrote.
    first, second : str
        Names of the views.
    """
    if smoothing is SmoothingName.NONE:
        return NoSmoothing()
    if smoothing is SmoothingName.JOINT and null is not Null.VIEWS:
        return integrated_smoothing(data, first, second)
    integrated = common_operator(data, first, second)
    if null is Null.VIEWS:
        return (JointSmoothing if smoothing is SmoothingName.JOINT else PerViewSmoothing)(integrated, first, second)
    return FixedSmoothing(integrated.alone(first), integrated.alone(second))


@dataclass(frozen=True)
class PairSource:
    """Where pairs of features come from: a table, a column of `var`, or positions on the genome.

    If none is named, features are paired by `var["linked_gene"]` of the second view, else by their names.

    Parameters
    ----------
    table : pathlib.Path or None, default None
        File of two columns of names.
    column : str or None, default None
        Column of the second view's `var` that names each feature's partner.
    genes : pathlib.Path or None, default None
        File of genes and their positions.
    window : int, default 100_000
        Largest distance of a peak from a gene's start, in bases.

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
        """Files that are read besides the views."""
        return [file for file in (self.table, self.genes) if file is not None]

    def pairs(self, data: Any, first: str, second: str) -> Pairs:
        """Return the pairs of two views of a MuData."""
        if self.table is not None:
            names = read_names(self.table)
            ours = ["first", "second"]  # a table that `associate` wrote
            return pairs_of.table(data, first, second, names[ours] if set(ours) <= set(names.columns) else names)
        if self.column is not None:
            return pairs_of.linked(data, first, second, self.column)
        if self.genes is not None:
            return pairs_of.near(data, first, second, self.genes, self.window)
        return pairs_of.usual(data, first, second)


def two_views(words: str | None, known: list[str]) -> tuple[str, str]:
    """Return the names of two views.

    Parameters
    ----------
    words : str or None
        `FIRST,SECOND`; `None` means the first two views there are.
    known : list of str
        Names of all views.

    Returns
    -------
    tuple of str

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
