"""A page: its name, its texts, where it and its tables and pictures go, and the settings they were made with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.study import tables
from experiments.study.files import whole


@dataclass(frozen=True)
class Texts:
    """What is said on a page; what was measured is read from its tables, never written there.

    Parameters
    ----------
    folder
        Folder of Markdown files.
    """

    folder: Path

    def __call__(self, name: str, **values: object) -> str:
        """Return one text, with values in its places `{name}` if there are any."""
        text = (self.folder / f"{name}.md").read_text(encoding="utf-8").strip()
        return text.format(**values) if values else text


@dataclass(frozen=True)
class Place:
    """Where one page and what it is made of go.

    Parameters
    ----------
    folder
        Folder of the page.
    name
        Name of the page: it is `NAME.md`, tables are in `NAME/`, pictures in `images/NAME/`.
    settings
        Fingerprint of the settings, which every table carries; empty where tables carry none.
    """

    folder: Path
    name: str
    settings: str = ""

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / f"{self.name}.md"

    @property
    def pictures(self) -> Path:
        """The folder of all pictures."""
        return self.folder / "images" / self.name

    def table(self, experiment: str) -> Path:
        """The table of an experiment."""
        return self.folder / self.name / f"{experiment}.csv"

    def write(self, text: str) -> Path:
        """Write the page, whole or not at all."""
        with whole(self.page) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return self.page


@dataclass(frozen=True)
class Page:
    """A page that is written from its tables alone.

    Parameters
    ----------
    name
        Its name, see `Place`.
    command
        What makes its tables.
    described
        Tells the settings that the tables depend on.
    names
        Its tables.
    text
        From tables to the page.
    may_be_empty
        Tables that have no rows where their data are not there.
    """

    name: str
    command: str
    described: Callable[[], str]
    names: tuple[str, ...]
    text: Callable[[Mapping[str, pd.DataFrame]], str]
    may_be_empty: tuple[str, ...] = ()

    def place(self, folder: Path) -> Place:
        """Return where the page and what it is made of go."""
        return Place(folder, self.name, fingerprint(self.described()))

    def load(self, folder: Path) -> dict[str, pd.DataFrame]:
        """Read every table.

        Raises
        ------
        ValueError
            If a table was made with other settings than the page shows, or is empty and may not be.
        """
        place = self.place(folder)
        found = {name: tables.read(place.table(name)) for name in self.names}
        for name, table in found.items():
            settings = set(table["settings"])
            if settings != {place.settings} and not (name in self.may_be_empty and table.empty):
                raise ValueError(
                    f"{name}.csv: expected results of the settings {place.settings}, found {settings}; "
                    f"run `{self.command}` again"
                )
        return found

    def write(self, folder: Path) -> Path:
        """Write the page beside its tables, whole or not at all."""
        return self.place(folder).write(self.text(self.load(folder)))


def picture(page: str, name: str, alternative: str) -> str:
    """Return one picture of a page, in Markdown."""
    return f"![{alternative}](images/{page}/{name}.png)"


def verbatim(text: str) -> str:
    """Return text that is shown letter by letter, such as settings."""
    return f"```\n{text}\n```"


def joined(parts: Iterable[str]) -> str:
    """Return a page of parts with an empty line between them."""
    return "\n\n".join(parts) + "\n"


def fingerprint(described: str) -> str:
    """Return a short text that changes when settings do, so that old results are not taken for new ones."""
    return hashlib.sha256(described.encode()).hexdigest()[:12]
