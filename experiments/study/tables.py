"""Long tables in CSV files, and what is read off them: means, standard errors, paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ttest_rel

from experiments.study.files import whole

_DIGITS = 5


def write(table: pd.DataFrame, path: Path, digits: int | None = _DIGITS) -> None:
    """Write a table, whole or not at all; the same results give the same file.

    Parameters
    ----------
    table
        A long table.
    path
        Where to.
    digits
        Decimals of the values; all that there are if `None`.
    """
    table = table if digits is None else table.round({"value": digits})
    with whole(path) as temporary:
        table.to_csv(temporary, index=False)


def read(path: Path) -> pd.DataFrame:
    """Read a table; text stays text."""
    return pd.read_csv(path, dtype={"settings": str, "version": str}, keep_default_na=False, na_values={"value": [""]})


def summary(table: pd.DataFrame, score: str, by: str) -> pd.DataFrame:
    """Mean and standard error over seeds, as text, a row a method and a column a level.

    Parameters
    ----------
    table
        A long table.
    score
        Which score.
    by
        Name of the condition.
    """
    found = table[table["score"] == score].groupby(["method", by], sort=False)["value"].agg(["mean", "sem"])
    text = found.apply(lambda row: f"{row['mean']:.3f} ± {row['sem']:.3f}", axis=1)
    return text.unstack(by).fillna("")


@dataclass(frozen=True)
class Difference:
    """Paired difference of two groups of methods over the same seeds.

    Parameters
    ----------
    mean
        Mean difference.
    stderr
        Its standard error over seeds.
    p
        Two-sided p-value of the paired t-test; one where all differences are zero.
    """

    mean: float
    stderr: float
    p: float

    def __str__(self) -> str:
        p = f"p = {self.p:.2g}" if self.p >= 1e-4 else "p < 0.0001"
        return f"{self.mean:+.3f} ± {self.stderr:.3f} ({p})"

    def is_above(self, least: float = 0.0, p: float = 1.0) -> bool:
        """Whether the mean is above something, and surely so."""
        return self.mean > least and self.p < p


def difference(table: pd.DataFrame, for_: Sequence[str], against: Sequence[str]) -> Difference:
    """Compare the means of two groups of methods, seed by seed.

    Parameters
    ----------
    table
        A long table of one score; several levels are averaged within a seed.
    for_, against
        Methods of each group.
    """
    by_seed = table.pivot_table(index="seed", columns="method", values="value")
    a, b = by_seed[list(for_)].mean(axis=1), by_seed[list(against)].mean(axis=1)
    gap = a - b
    same = bool(np.allclose(gap, gap.iloc[0])) or len(gap) < 2
    p = (0.0 if len(gap) > 1 and not np.isclose(gap.iloc[0], 0) else 1.0) if same else float(ttest_rel(a, b).pvalue)
    stderr = 0.0 if len(gap) < 2 else float(np.std(gap, ddof=1) / np.sqrt(len(gap)))
    return Difference(float(gap.mean()), stderr, p)


def best(table: pd.DataFrame) -> tuple[str, float, float]:
    """Return the method with the highest mean, that mean and its standard error."""
    found = table.groupby("method")["value"].agg(["mean", "sem"])
    name = str(found["mean"].idxmax())
    mean, stderr = found.loc[name].to_numpy(dtype=float)
    return name, float(mean), float(stderr)
