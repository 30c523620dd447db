"""What has been measured so far, a line a cell, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from experiments.cells import Cell, Measured


class Journal:
    """Results on disk, appended cell by cell.

    Parameters
    ----------
    path
        File of JSON lines; made when the first cell is kept. A last line that was cut off is ignored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: dict[str, list[Measured]] = dict(_lines(path))

    def __contains__(self, cell: Cell) -> bool:
        return cell.key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, cell: Cell, measured: Iterable[Measured]) -> None:
        """Write one cell's results, whole lines only."""
        found = list(measured)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            start = "" if _ends_in_newline(self.path) else "\n"
            file.write(start + json.dumps({"cell": cell.key, "measured": found}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._kept[cell.key] = found

    def table(self, cells: Iterable[Cell]) -> pd.DataFrame:
        """Return the results of these cells as one long table, a number a row.

        Returns
        -------
        pandas.DataFrame
            Columns `seed`, `n_samples`, the names of the condition, `method`, `score`, `value`.
        """
        rows = [
            {"seed": cell.seed, "n_samples": cell.n_samples, **dict(cell.condition), **found._asdict()}
            for cell in cells
            for found in self._kept[cell.key]
        ]
        return pd.DataFrame(rows)


def _lines(path: Path) -> Iterable[tuple[str, list[Measured]]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            continue  # cut off when the run was stopped: that cell is done again
        yield kept["cell"], [Measured(*found) for found in kept["measured"]]


def _ends_in_newline(path: Path) -> bool:
    if path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
