"""What has been measured so far, a line a result, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from experiments.study.files import whole

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Form(Generic[Key, Value]):
    """How a result is written as a JSON object, and read again.

    Parameters
    ----------
    write
        From what was asked and what was found to an object.
    read
        The way back.
    """

    write: Callable[[Key, Value], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], tuple[Key, Value]]


class Journal(Generic[Key, Value]):
    """Results on disk, appended one by one.

    Parameters
    ----------
    path
        File of JSON lines; made when the first result is kept. A line that was cut off is ignored.
    form
        How a result is a line.
    """

    def __init__(self, path: Path, form: Form[Key, Value]) -> None:
        self.path, self.form = path, form
        self._kept: dict[Key, Value] = dict(_results(path, form))

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def __getitem__(self, key: Key) -> Value:
        return self._kept[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def values(self) -> list[Value]:
        """Return everything that was found, in the order in which it was kept."""
        return list(self._kept.values())

    def keep(self, key: Key, value: Value) -> None:
        """Write one result, a whole line only."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("" if _ends_in_newline(self.path) else "\n") + self._line(key, value))
            file.flush()
            os.fsync(file.fileno())
        self._kept[key] = value

    def forget(self, is_forgotten: Callable[[Key], bool]) -> None:
        """Forget some results, on disk too.

        Parameters
        ----------
        is_forgotten
            Tells which.
        """
        self._kept = {key: value for key, value in self._kept.items() if not is_forgotten(key)}
        if self.path.exists():
            with whole(self.path) as temporary:
                temporary.write_text("".join(self._line(*kept) for kept in self._kept.items()), encoding="utf-8")

    def _line(self, key: Key, value: Value) -> str:
        return json.dumps(self.form.write(key, value)) + "\n"


def _results(path: Path, form: Form[Key, Value]) -> Iterator[tuple[Key, Value]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            continue  # cut off when the run was stopped: that one is measured again
        yield form.read(kept)


def _ends_in_newline(path: Path) -> bool:
    if path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
