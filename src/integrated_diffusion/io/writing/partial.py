"""An output that grows in a folder beside its place, and can be resumed where it was stopped."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrated_diffusion.io.writing.ownership import mark_as_own
from integrated_diffusion.io.writing.placing import exchange_folders, put_back, put_in_place, sync, sync_tree
from integrated_diffusion.runtime.temporary import remove, removed_by_a_signal

_FINISHED = "finished.json"
_ASIDE = "replaced"  # an earlier output, for the moment in which the new one takes its place
_RESUMABLE = (KeyboardInterrupt, SystemExit, OSError, MemoryError)  # the values and the settings are not at fault


class StartedAnewWarning(UserWarning):
    """What a stopped run left belongs to other values or another operator, and is not used."""


@dataclass(frozen=True)
class PartialOutput:
    """A file or folder that is not complete yet.

    Attributes
    ----------
    file : pathlib.Path
        Where it grows.
    fingerprint : str or None
        Digest of what it will hold; `None` if that cannot be computed, and the output cannot be resumed.
    finished : int
        How many columns an earlier run has finished.
    """

    file: Path
    fingerprint: str | None
    finished: int

    def record_finished(self, n_columns: int) -> None:
        """Record that the first `n_columns` columns are on disk. The record itself is replaced atomically."""
        if self.fingerprint is None:
            return
        record = self.file.with_name(_FINISHED)
        temporary = record.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump({"of": self.fingerprint, "columns": n_columns}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, record)


@contextmanager
def growing(output: Path, fingerprint: str | None) -> Iterator[PartialOutput]:
    """Give a place beside the output, which replaces the output if no error occurs.

    Parameters
    ----------
    output : pathlib.Path
        The file or folder to write. What stands there stays until the new one is complete.
    fingerprint : str or None
        Digest of what it will hold. What an earlier run left with another fingerprint is removed. With `None` nothing
        is left by a run that is stopped.

    Yields
    ------
    PartialOutput
        In the folder `.NAME.partial`. After an interrupt, a full disk or a kill the folder stays as soon as a column is
        finished, and the next call with the same fingerprint finds it; other errors remove it.

    Raises
    ------
    ValueError
        If another process writes to the same output.
    """
    output = output.resolve()  # of a link, the file it points to is replaced and the link stays
    folder = output.with_name(f".{output.name}.partial")
    folder.mkdir(exist_ok=True)
    with _locked(folder, output):
        put_back(output, folder / _ASIDE)
        partial = PartialOutput(folder / output.name, fingerprint, _finished(folder, output, fingerprint))
        keep = False
        unfinished = contextlib.nullcontext() if fingerprint else removed_by_a_signal(folder)
        try:
            with unfinished:
                yield partial
            _replace(partial.file, output)
        except _RESUMABLE:
            keep = fingerprint is not None and "columns" in _record(folder)
            raise
        finally:
            put_back(output, folder / _ASIDE)
            if not keep:
                remove(folder)


@contextmanager
def _locked(folder: Path, output: Path) -> Iterator[None]:
    """Lock the folder. The lock ends with the process, however that ends. Windows has no such locks."""
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
            f"{output}: expected an output that no other process writes to, found another process at it; wait for it, "
            "or choose another name"
        ) from error
    finally:
        os.close(handle)


def _finished(folder: Path, output: Path, fingerprint: str | None) -> int:
    """Number of columns that an earlier run has finished; what it left of other values is removed."""
    record = _record(folder)
    if fingerprint is not None and record.get("of") == fingerprint and (folder / output.name).exists():
        return int(record["columns"])
    if record:
        warnings.warn(
            f"{output}: expected unfinished columns of the same operator, values and features in {folder.name}, found "
            "those of others; they are removed, and all columns are computed",
            StartedAnewWarning,
            stacklevel=5,
        )
    for there in folder.iterdir():
        remove(there)
    return 0


def _record(folder: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((folder / _FINISHED).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record


def _replace(file: Path, output: Path) -> None:
    if output.is_dir():  # the old folder is removed with the rest of the partial output
        exchange_folders(file, output, file.with_name(_ASIDE))
    elif file.is_dir():
        mark_as_own(file)
        sync_tree(file)
        os.replace(file, output)
        sync(output.parent)
    else:
        put_in_place(file, output)
