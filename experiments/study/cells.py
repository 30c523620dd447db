"""The smallest piece of work that can be done, kept and resumed alone: one experiment, one seed, one condition."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.study.journal import Form, Journal

Condition = tuple[tuple[str, float | str], ...]
Varied = Mapping[str, Sequence[float | str]]


class Measured(NamedTuple):
    """One number that came out."""

    method: str
    score: str
    value: float


@dataclass(frozen=True)
class Cell:
    """One seed of one experiment under one condition.

    Parameters
    ----------
    experiment
        Name of the experiment.
    seed
        Seed of the data and of every method.
    n_samples
        Number of samples.
    condition
        What is varied, as pairs of name and value.
    """

    experiment: str
    seed: int
    n_samples: int
    condition: Condition = ()

    def __getitem__(self, name: str) -> float | str:
        """Return one value of the condition."""
        return dict(self.condition)[name]

    def number(self, name: str) -> float:
        """Return one value of the condition that is a number."""
        return float(self[name])

    @property
    def key(self) -> str:
        """The cell as text, the same in every run."""
        return json.dumps([self.experiment, self.seed, self.n_samples, [list(pair) for pair in self.condition]])

    @classmethod
    def of(cls, key: str) -> Cell:
        """Return the cell of a key."""
        experiment, seed, n_samples, condition = json.loads(key)
        return cls(experiment, seed, n_samples, tuple((name, value) for name, value in condition))


def _written(cell: Cell, measured: list[Measured]) -> dict[str, Any]:
    return {"cell": cell.key, "measured": measured}


def _read(line: Mapping[str, Any]) -> tuple[Cell, list[Measured]]:
    return Cell.of(line["cell"]), [Measured(*found) for found in line["measured"]]


RESULTS: Form[Cell, list[Measured]] = Form(_written, _read)
"""How the results of a cell are a line of a journal."""


def results(journal: Journal[Cell, list[Measured]], cells: Iterable[Cell]) -> pd.DataFrame:
    """Return the results of these cells as one long table, a number a row.

    Parameters
    ----------
    journal
        What was measured.
    cells
        Whose results, in this order.

    Returns
    -------
    pandas.DataFrame
        Columns `seed`, `n_samples`, the names of the condition, `method`, `score`, `value`.
    """
    rows = [
        {"seed": cell.seed, "n_samples": cell.n_samples, **dict(cell.condition), **found._asdict()}
        for cell in cells
        for found in journal[cell]
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Parameters
    ----------
    name
        `full` or `quick`.
    images
        Where the digits come from, see `data.digits`.
    seeds
        Seeds that are reported; the settings were found on `search_seeds`, which are others.
    search_seeds
        Seeds of the sweeps.
    n_samples
        Samples of each data set.
    n_levels
        How many of an experiment's levels are run, spread from the first to the last; all unless given.
    """

    name: str
    images: str
    seeds: tuple[int, ...]
    search_seeds: tuple[int, ...]
    n_samples: int
    n_levels: int | None = None

    def levels(self, levels: tuple) -> tuple:
        """Choose levels, the first and the last always; of only one, the last."""
        if self.n_levels == 1:
            return levels[-1:]
        if self.n_levels is None or len(levels) <= self.n_levels:
            return levels
        step = (len(levels) - 1) / (self.n_levels - 1)
        return tuple(levels[round(i * step)] for i in range(self.n_levels))


def grid(experiment: str, seeds: Sequence[int], n_samples: int, varied: Varied) -> list[Cell]:
    """Return a cell for each combination of what is varied, and each seed.

    Parameters
    ----------
    experiment
        Name of the experiment.
    seeds
        Seeds, the fastest to change.
    n_samples
        Number of samples.
    varied
        Values by name, the last name the second fastest.
    """
    return [
        Cell(experiment, seed, n_samples, tuple(zip(varied, values, strict=True)))
        for values in product(*varied.values())
        for seed in seeds
    ]


def no_pictures(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw nothing: the table is all there is to see."""
    return []


@dataclass(frozen=True)
class Experiment:
    """One table: what is measured, and how it is drawn.

    Parameters
    ----------
    name
        Name of its table, `NAME.csv`.
    cells
        The work at a scale.
    measure
        Does one cell.
    draw
        Draws the table into a folder and returns the pictures; nothing is drawn unless given.
    """

    name: str
    cells: Callable[[Scale], list[Cell]]
    measure: Callable[[Cell], list[Measured]]
    draw: Callable[[pd.DataFrame, Path], list[Path]] = no_pictures
