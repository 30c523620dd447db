"""Associations between features of two modalities, as the page's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from integrated_diffusion.io import keys
from integrated_diffusion.plotting.words import two_decimals

MOST_ROWS = 500
"""Largest number of rows of the table on the page; the most significant pairs come first."""


@dataclass(frozen=True, eq=False)
class AssociationTable:
    """Pairs of features with their mutual information and permutation null.

    Attributes
    ----------
    first, second : str
        The two modalities.
    table : pandas.DataFrame
        At most 500 rows, as from `Associations.frame`.
    n_pairs : int
        Number of pairs that were scored.
    n_permutations : int
        Number of permutations of the null.
    smoothing, null, estimator : str
        How features were smoothed, what was permuted for the null, and how mutual information was estimated, in words.
    """

    first: str
    second: str
    table: pd.DataFrame
    n_pairs: int
    n_permutations: int
    smoothing: str
    null: str
    estimator: str

    def __repr__(self) -> str:
        return f"AssociationTable({self.n_pairs:,} pairs of {self.first} and {self.second})"


def associations_of(mdata: Any) -> AssociationTable | None:
    """Return the associations that an integrated MuData stores.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.

    Returns
    -------
    AssociationTable or None
        `None` if there are none.
    """
    kept: Any = mdata.uns.get(keys.ASSOCIATIONS)
    if kept is None:
        return None
    table = pd.DataFrame(kept["table"])
    return AssociationTable(
        first=str(kept["first"]),
        second=str(kept["second"]),
        table=table.head(MOST_ROWS),
        n_pairs=len(table),
        n_permutations=int(kept["n_shuffles"]),
        smoothing=two_decimals(str(kept["smoothing"])),
        null=two_decimals(str(kept["null"])),
        estimator=str(kept["estimator"]),
    )
