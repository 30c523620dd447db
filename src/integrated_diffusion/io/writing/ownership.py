"""Whether a file is an output of this program that nothing has changed since: it may then be replaced.

A finished output gets an extended attribute with its size and time. Whatever rewrites it either drops the attribute or
changes the time. Where the file system has no such attributes, no file counts as an output of this program.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_ATTRIBUTE = "user.integrated_diffusion.written"


def mark_as_own(output: Path) -> None:
    """Remember with a finished file or folder that this program wrote it.

    Parameters
    ----------
    output : pathlib.Path
        What was written, before it gets its place.
    """
    if hasattr(os, "setxattr"):
        with contextlib.suppress(OSError):  # a file system without extended attributes
            os.setxattr(output, _ATTRIBUTE, _state(output))


def is_own(output: Path) -> bool:
    """Whether this program wrote what stands there, and nothing has changed it since.

    Parameters
    ----------
    output : pathlib.Path
        A file or folder.
    """
    if not hasattr(os, "getxattr") or output.is_symlink():
        return False
    try:
        return os.getxattr(output, _ATTRIBUTE) == _state(output)
    except OSError:
        return False


def _state(output: Path) -> bytes:
    """Number, sizes and newest time of the files."""
    files = [path for path in output.rglob("*") if path.is_file()] if output.is_dir() else [output]
    found = [path.stat() for path in files]
    newest = max((file.st_mtime_ns for file in found), default=0)
    return f"{len(found)} {sum(file.st_size for file in found)} {newest}".encode()
