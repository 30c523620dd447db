"""Temporary files and folders, none of which stays when the process ends, by itself or by a signal."""

from __future__ import annotations

import atexit
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

_ATTEMPTS = 10  # other threads may still write into a folder that is removed
_there: set[Path] = set()


@contextlib.contextmanager
def removed_at_the_end(path: Path) -> Iterator[None]:
    """Remove a temporary file or folder, if it is still there, when the context or the process ends.

    Parameters
    ----------
    path : pathlib.Path
        The file or folder, which need not exist yet.
    """
    with removed_by_a_signal(path):
        try:
            yield
        finally:
            remove(path)


@contextlib.contextmanager
def removed_by_a_signal(path: Path) -> Iterator[None]:
    """Remove a file or folder if a signal ends the process within the context, and leave it otherwise.

    Parameters
    ----------
    path : pathlib.Path
        The file or folder, which need not exist yet.
    """
    _there.add(path)
    try:
        yield
    finally:
        _there.discard(path)


def remove_at_the_end(path: Path) -> None:
    """Remove a temporary file or folder when the process ends.

    Parameters
    ----------
    path : pathlib.Path
        The file or folder.
    """
    _there.add(path)
    atexit.register(_remove_quietly, path)


def remove_all() -> None:
    """Remove what is temporary now: the process is about to end."""
    for path in tuple(_there):
        _remove_quietly(path)


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there, also while other threads write into it."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for _ in range(_ATTEMPTS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
    shutil.rmtree(path)


def _remove_quietly(path: Path) -> None:
    with contextlib.suppress(OSError):
        remove(path)
