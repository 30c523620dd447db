"""An output that grows in a folder beside its place, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FINISHED = "finished.json"
_WORTH_KEEPING = (KeyboardInterrupt, SystemExit, OSError, MemoryError)  # nothing is wrong with what was given


class StartedAnewWarning(UserWarning):
    """What a stopped run left is of something else, and is not used."""


@dataclass(frozen=True)
class Partial:
    """A file or folder that is not whole yet.

    Attributes
    ----------
    matrix
        Where it grows.
    fingerprint
        What it is of; `None` if that cannot be told.
    finished
        How many columns an earlier run has finished.
    """

    matrix: Path
    fingerprint: str | None
    finished: int

    def keep(self, finished: int) -> None:
        """Say that this many columns are on disk; the word itself is there whole or not at all."""
        word = self.matrix.with_name(_FINISHED)
        temporary = word.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump({"of": self.fingerprint, "columns": finished}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, word)


@contextmanager
def growing(output: Path, fingerprint: str | None) -> Iterator[Partial]:
    """Give a place beside the output, which takes the output's place if all goes well.

    Parameters
    ----------
    output
        The file or folder to write. What stands there stays until the new one is whole.
    fingerprint
        What it is to be; what was left of something else is removed. `None` if that cannot be told, and nothing stays.

    Yields
    ------
    Partial
        In the folder `.NAME.partial`. After an interrupt, a full disk or a kill the folder stays as soon as a column is
        finished, and the next call with the same fingerprint finds it; other errors remove it.

    Raises
    ------
    ValueError
        If another process writes to the same output.
    """
    output = output.resolve()  # of a link, what it points to is replaced and the link stays
    folder = output.with_name(f".{output.name}.partial")
    folder.mkdir(exist_ok=True)
    with _alone(folder, output):
        partial = Partial(folder / output.name, fingerprint, _finished(folder, output, fingerprint))
        keep = False
        try:
            yield partial
            _take_place(partial.matrix, output)
        except _WORTH_KEEPING:
            keep = fingerprint is not None and "columns" in _word(folder)
            raise
        finally:
            if not keep:
                shutil.rmtree(folder)


@contextmanager
def _alone(folder: Path, output: Path) -> Iterator[None]:
    """Hold the folder; the lock goes with the process, however it ends. Windows knows no such locks."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ValueError(
            f"{output}: expected an output that nobody else writes to, found another process at it; wait for it, or "
            "choose another name"
        ) from error
    finally:
        os.close(handle)


def _finished(folder: Path, output: Path, fingerprint: str | None) -> int:
    """Columns that an earlier run has finished; what it left of something else is removed."""
    word = _word(folder)
    if fingerprint is not None and word.get("of") == fingerprint and (folder / output.name).exists():
        return int(word["columns"])
    if word:
        warnings.warn(
            f"{output}: expected the rest of the same walk, values and features in {folder.name}, found that of "
            "others; it is removed, and all columns are computed",
            StartedAnewWarning,
            stacklevel=5,
        )
    for there in folder.iterdir():
        _remove(there)
    return 0


def _word(folder: Path) -> dict[str, Any]:
    try:
        word: dict[str, Any] = json.loads((folder / _FINISHED).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return word


def _take_place(matrix: Path, output: Path) -> None:
    if output.is_dir():  # a folder takes no other's place; the old one goes with what is left over
        os.replace(output, matrix.with_name("replaced"))
    os.replace(matrix, output)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
