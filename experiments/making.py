"""One experiment done: what is missing is measured, then its table and its pictures are written; and a page of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments import running, tables
from experiments.cells import Experiment, Scale
from experiments.journal import Journal


@dataclass(frozen=True)
class Place:
    """Where the results of one page go.

    Parameters
    ----------
    folder
        Folder of the page.
    name
        Name of the page: tables are in `NAME/`, pictures in `images/NAME/`.
    settings
        Fingerprint of the settings, which every table carries.
    """

    folder: Path
    name: str
    settings: str

    def table(self, experiment: str) -> Path:
        """The table of an experiment."""
        return self.folder / self.name / f"{experiment}.csv"

    @property
    def pictures(self) -> Path:
        """The folder of all pictures."""
        return self.folder / "images" / self.name


def one(experiment: Experiment, scale: Scale, journals: Path, place: Place, pool: Executor) -> list[Path]:
    """Run one experiment and return the pictures.

    Parameters
    ----------
    experiment, scale
        What is measured, and how much of it.
    journals
        Folder of the journals, one for each scale and fingerprint.
    place
        Where table and pictures go.
    pool
        Who measures, see `running.workers`.
    """
    journal = Journal(journals / f"{experiment.name}.jsonl")
    cells = experiment.cells(scale)
    running.run(cells, experiment.measure, journal, pool)
    path = place.table(experiment.name)
    tables.write(journal.table(cells).assign(settings=place.settings), path)
    with running.quiet():
        return experiment.draw(tables.read(path), place.pictures)


def load(
    place: Place, names: Iterable[str], command: str, may_be_empty: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Read a page's tables.

    Parameters
    ----------
    place
        Where they are, and the settings they must have been made with.
    names
        Experiments.
    command
        What makes them.
    may_be_empty
        Experiments that have no results where their data are not there.

    Raises
    ------
    ValueError
        If a table was made with other settings, or is empty and may not be.
    """
    found = {name: tables.read(place.table(name)) for name in names}
    for name, table in found.items():
        settings = set(table["settings"])
        if settings != {place.settings} and not (name in may_be_empty and table.empty):
            raise ValueError(
                f"{name}.csv: expected results of the settings {place.settings}, found {settings}; "
                f"run `{command}` again"
            )
    return found


def write(path: Path, text: str) -> Path:
    """Write a page, whole or not at all."""
    temporary = path.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path
