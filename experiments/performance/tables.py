"""Everything that was measured as one long table in a CSV file, a number a row, and what is read off it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.performance.journal import Found, Job
from experiments.performance.process import DONE
from experiments.performance.sets import TREE
from experiments.study import tables

COLUMNS = ("subject", "set", "n_samples", "outcome", "said", "version", "measure", "value")


def table(found: Iterable[Found]) -> pd.DataFrame:
    """Return the long table of what was found; a run that failed has a row without a number.

    Parameters
    ----------
    found
        Results, in any order.
    """
    rows = []
    for one in sorted(found, key=lambda one: (one.job.set, one.job.subject, one.job.n_samples)):
        head = (one.job.subject, one.job.set, one.job.n_samples, one.outcome, one.said, one.version)
        numbers = one.numbers if one.outcome == DONE else {"": np.nan}
        rows += [(*head, measure, float(f"{value:.4g}")) for measure, value in numbers.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def results_in(table: pd.DataFrame) -> list[Found]:
    """Return what a table was made of, in its order; see `table`.

    Parameters
    ----------
    table
        The long table.
    """
    found: dict[tuple[str, str, int], Found] = {}
    for subject, set_name, n_samples, outcome, said, version, measure, value in table.itertuples(index=False):
        job = Job(subject, set_name, int(n_samples))
        one = found.setdefault((subject, set_name, int(n_samples)), Found(job, outcome, said, version, {}))
        if measure:
            one.numbers[measure] = float(value)
    return list(found.values())


def read(path: Path) -> pd.DataFrame:
    """Read the table; a missing file is a table without rows."""
    return tables.read(path) if path.exists() else pd.DataFrame(columns=list(COLUMNS))


@dataclass(frozen=True, eq=False)
class Results:
    """The table, asked for single numbers.

    Parameters
    ----------
    table
        See `table`.
    """

    table: pd.DataFrame

    def value(self, subject: str, measure: str, n_samples: int, set_name: str = TREE.name) -> float:
        """Return one number; NaN if it was not measured."""
        at = self.runs(subject, set_name)
        found = at[(at["n_samples"] == n_samples) & (at["measure"] == measure)]["value"]
        return float(found.iloc[0]) if len(found) else np.nan

    def outcome(self, subject: str, n_samples: int, set_name: str = TREE.name) -> tuple[str, str]:
        """Return how a run ended and what it said; empty if there was none."""
        at = self.runs(subject, set_name)
        found = at[at["n_samples"] == n_samples]
        return (found["outcome"].iloc[0], found["said"].iloc[0]) if len(found) else ("", "")

    def curve(self, subject: str, measure: str, set_name: str = TREE.name) -> tuple[np.ndarray, np.ndarray]:
        """Return numbers of samples, growing, and one measure at each, on simulated data."""
        at = self.runs(subject, set_name)
        found = at[at["measure"] == measure].sort_values("n_samples")
        return found["n_samples"].to_numpy(), found["value"].to_numpy()

    def failures(self) -> pd.DataFrame:
        """Runs that did not end, few samples first."""
        return self.table[self.table["outcome"] != DONE].sort_values(["subject", "n_samples"], kind="stable")

    def version(self, subject: str) -> str:
        """Return the version of a subject's package; empty if none of its runs ended."""
        found = self.table[(self.table["subject"] == subject) & (self.table["version"] != "")]["version"]
        return str(found.iloc[0]) if len(found) else ""

    def runs(self, subject: str, set_name: str) -> pd.DataFrame:
        """Return all numbers of a subject on one data set."""
        return self.table[(self.table["subject"] == subject) & (self.table["set"] == set_name)]


def growth_exponent(n_samples: np.ndarray, seconds: np.ndarray) -> float:
    """Return the slope of log time on log samples by least squares; NaN for fewer than two sizes.

    Parameters
    ----------
    n_samples, seconds
        Shape `(n_sizes,)`.
    """
    if len(n_samples) < 2:
        return np.nan
    return float(np.polyfit(np.log(n_samples), np.log(seconds), 1)[0])
