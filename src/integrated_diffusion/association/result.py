"""Association scores with their permutation nulls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from integrated_diffusion.association.null import least_spread, p_values
from integrated_diffusion.association.pairs import Pairs
from integrated_diffusion.runtime.html import html_paragraph, html_table

FDR = 0.05
"""False discovery rate used in summaries."""

MOST_SHOWN = 10
"""Largest number of pairs that a notebook shows of its own."""


@dataclass(frozen=True, repr=False)
class MeanAssociation:
    """Mean over pairs, in nats.

    Attributes
    ----------
    score : float
        Mean score of all pairs.
    null_mean : float
        Its mean over the permutations.
    null_sd : float
        Its standard deviation over the permutations, each of which is shared by all pairs.
    """

    score: float
    null_mean: float
    null_sd: float

    @property
    def excess(self) -> float:
        """Score minus the mean of its null."""
        return self.score - self.null_mean

    def __repr__(self) -> str:
        return f"MeanAssociation(score={self.score:.3g}, null_mean={self.null_mean:.3g}, null_sd={self.null_sd:.3g})"

    def __str__(self) -> str:
        if np.isnan(self.null_mean):
            return f"mean {self.score:.3g} nats, no null"
        return f"mean {self.score:.3g} nats, null {self.null_mean:.3g} ± {self.null_sd:.2g}, excess {self.excess:.3g}"


@dataclass(frozen=True, eq=False, repr=False)
class Associations:
    """Mutual information of pairs of features, in nats, with its permutation null.

    Parameters
    ----------
    pairs : Pairs
        The pairs.
    score : numpy.ndarray of shape (n_pairs,)
        Mutual information of each pair, in nats.
    nulls : numpy.ndarray of shape (n_nulls, n_shuffles, n_pairs)
        The same after each permutation, in nats, for one or several nulls; a pair is significant if it is under all.
    n_samples : int
        Number of samples.
    smoothing : str
        Description of the smoothing.

    Examples
    --------
    >>> pairs = Pairs([0, 1], [0, 0], ["CD4", "CD8A"], ["CD4", "CD4"])
    >>> nulls = np.array([[[0.1, 0.1], [0.2, 0.2], [0.1, 0.0]]])
    >>> found = Associations(pairs, np.array([0.5, 0.2]), nulls, 100, "as measured")
    >>> found.excess.round(2).tolist()
    [0.37, 0.1]
    >>> found.mean
    MeanAssociation(score=0.35, null_mean=0.117, null_sd=0.0764)
    """

    pairs: Pairs
    score: np.ndarray
    nulls: np.ndarray
    n_samples: int
    smoothing: str

    @property
    def n_shuffles(self) -> int:
        """Number of permutations."""
        return self.nulls.shape[1]

    @cached_property
    def null(self) -> np.ndarray:
        """Each pair's null with the largest mean, `(n_shuffles, n_pairs)`, nats."""
        if not self.n_shuffles:
            return self.nulls[0]
        largest = self.nulls.mean(axis=1).argmax(axis=0)
        return np.take_along_axis(self.nulls, largest[None, None, :], axis=0)[0]

    @cached_property
    def null_mean(self) -> np.ndarray:
        """Mean of each pair's nulls, `(n_pairs,)`, nats; NaN without permutations."""
        return self.null.mean(axis=0) if self.n_shuffles else np.full(len(self.score), np.nan)

    @cached_property
    def null_sd(self) -> np.ndarray:
        """Standard deviation of each pair's nulls, `(n_pairs,)`, nats; NaN without permutations."""
        return self.null.std(axis=0, ddof=1) if self.n_shuffles else np.full(len(self.score), np.nan)

    @cached_property
    def excess(self) -> np.ndarray:
        """Score of each pair minus the mean of its null, `(n_pairs,)`, nats."""
        return self.score - self.null_mean

    @cached_property
    def p_value(self) -> np.ndarray:
        """Permutation p-value of each pair with nulls pooled over pairs, see `null.p_values`; `(n_pairs,)`.

        With several nulls the largest p-value counts.
        """
        if not self.n_shuffles:
            return np.full(len(self.score), np.nan)
        least = least_spread(self.n_samples)
        return np.max([p_values(self.score, nulls, least) for nulls in self.nulls], axis=0)

    @cached_property
    def q_value(self) -> np.ndarray:
        """Smallest false discovery rate at which each pair is found (Benjamini and Hochberg 1995), `(n_pairs,)`."""
        return false_discovery_control(self.p_value) if self.n_shuffles else self.p_value

    @property
    def mean(self) -> MeanAssociation:
        """Mean over pairs, with the mean and the standard deviation of its null."""
        each = self.null.mean(axis=1)
        null = (float(each.mean()), float(each.std(ddof=1))) if self.n_shuffles else (np.nan, np.nan)
        return MeanAssociation(float(self.score.mean()), *null)

    def frame(self) -> pd.DataFrame:
        """Return a table, a row a pair, the most significant first, then by excess.

        Returns
        -------
        pandas.DataFrame
            Columns `first`, `second` (names), `score`, `null_mean`, `null_sd`, `excess` (nats), `p_value`, `q_value`,
            and `distance` (bases) where pairs have one.
        """
        columns = ("score", "null_mean", "null_sd", "excess", "p_value", "q_value")
        names = {"first": self.pairs.first_names, "second": self.pairs.second_names}
        table = pd.DataFrame({**names, **{column: getattr(self, column) for column in columns}})
        if self.pairs.distance is not None:
            table["distance"] = self.pairs.distance
        by = ["p_value", "excess"] if self.n_shuffles else ["score"]
        ascending = [True, False] if self.n_shuffles else [False]
        return table.sort_values(by, ascending=ascending, kind="stable", ignore_index=True)

    def _repr_html_(self) -> str:
        """Return a table of the most significant pairs, those at a false discovery rate of 5% marked."""
        table = self.frame().head(MOST_SHOWN)
        columns = ["first", "second", "score", "null_mean", "excess", "q_value"][: 6 if self.n_shuffles else 3]
        rows = [
            [row[name] if name in ("first", "second") else f"{row[name]:.3f}" for name in columns]
            for row in table.to_dict("records")
        ]
        found = np.flatnonzero(table["q_value"].to_numpy() <= FDR).tolist() if self.n_shuffles else []
        text = html_table("Mutual information, nats", columns, rows, found) + html_paragraph(repr(self))
        return text + "".join(html_paragraph(f"no partner for {one}") for one in self.pairs.unpaired[:MOST_SHOWN])

    def __repr__(self) -> str:
        text = f"Associations({len(self.pairs):,} pairs of {self.n_samples:,} samples, {self.smoothing}: {self.mean}"
        if self.n_shuffles:
            found = int((self.q_value <= FDR).sum())
            text += f"; {found:,} at a false discovery rate of {FDR:.0%} by {self.n_shuffles} permutations"
        return text + ")"
