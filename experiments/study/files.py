"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield where to write a file to, which takes its place only once everything is written.

    Parameters
    ----------
    path
        The file; its folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".part{path.suffix}")
    yield temporary
    temporary.replace(path)
