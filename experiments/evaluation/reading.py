"""What is read off the tables by page, verdicts and pictures alike: one number a set and seed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.evaluation.sets import ACCURACY, DEMAP, SETS

TRUTHS = (ACCURACY, DEMAP)
"""Scores that hold the coordinates against the truth."""


class Mean(NamedTuple):
    """A mean over seeds with its standard error."""

    mean: float
    stderr: float

    def __str__(self) -> str:
        return f"{self.mean:.3f}{self._give_or_take}"

    @property
    def signed(self) -> str:
        """With its sign: a difference."""
        return f"{self.mean:+.3f}{self._give_or_take}"

    @property
    def _give_or_take(self) -> str:
        return f" ± {self.stderr:.3f}" if self.stderr == self.stderr else ""


def mean(values: pd.Series) -> Mean:
    """Return mean and standard error, which is NaN and not told where there is one seed."""
    return Mean(float(values.mean()), float(np.asarray(values.sem())) if len(values) > 1 else float("nan"))


def true_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that hold coordinates against the truth."""
    return scores[scores["score"].isin(TRUTHS)]


def of_method(scores: pd.DataFrame, name: str, way: str, score: str | None = None) -> pd.Series:
    """Return a method's score on a set, by seed; the true score unless another is asked for."""
    found = true_scores(scores) if score is None else scores[scores["score"] == score]
    found = found[(found["set"] == name) & (found["method"] == way)]
    return found.set_index("seed")["value"]


def best_alone(scores: pd.DataFrame, name: str, score: str | None = None) -> pd.Series:
    """Return the best single view's score on a set, by seed: the best view and number of steps of each seed.

    Parameters
    ----------
    scores
        The table.
    name
        Name of the set.
    score
        An error, of which the least is the best; the true score unless given.
    """
    found = true_scores(scores) if score is None else scores[scores["score"] == score]
    found = found[(found["set"] == name) & np.array([is_alone(method) for method in found["method"]], dtype=bool)]
    by_seed = found.groupby("seed")["value"]
    return by_seed.max() if score is None else by_seed.min()


def best_steps(steps: pd.DataFrame, name: str, orders: Sequence[str]) -> pd.Series:
    """Return the best true score over all steps that were tried in some orders, by seed."""
    found = steps[(steps["set"] == name) & steps["method"].isin(orders)]
    return found.groupby("seed")["value"].max()


def is_alone(method: str) -> bool:
    """Whether a method is one view's own operator."""
    return re.search(r" alone, \d steps?$", method) is not None


def known_sets(scores: pd.DataFrame, score: str | None = None) -> list[str]:
    """Return the sets with a true score, or with another that is asked for, in their order."""
    found = set((true_scores(scores) if score is None else scores[scores["score"] == score])["set"])
    return [name for name in SETS if name in found]


def views_of(scores: pd.DataFrame, name: str) -> list[str]:
    """Return the views of a set, in their order."""
    methods = scores[scores["set"] == name]["method"].unique()
    return [method.removesuffix(" alone, 1 step") for method in methods if method.endswith(" alone, 1 step")]
