"""A finished file or folder put in the place of an output: at once, on disk, with the old one's permissions."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import sys
import uuid
import zlib
from pathlib import Path

from integrated_diffusion.io.writing.ownership import mark_as_own

_HERE = -100  # AT_FDCWD: paths are as the process sees them
_EXCHANGE = 2  # RENAME_EXCHANGE
_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
_TOKEN = re.compile(r"(?P<host>[0-9a-f]{8})-(?P<process>[0-9a-f]+)-[0-9a-f]{8}")


def put_in_place(finished: Path, output: Path) -> None:
    """Replace an output by a finished file in the same folder; a power cut leaves one of the two.

    Parameters
    ----------
    finished : pathlib.Path
        A file.
    output : pathlib.Path
        What it replaces, if there is something.
    """
    keep_mode(output, finished)
    mark_as_own(finished)
    sync(finished)
    os.replace(finished, output)
    sync(output.parent)


def exchange_folders(finished: Path, output: Path, aside: Path) -> None:
    """Put a finished folder in the place of an earlier one, which is left at `finished` or `aside`.

    On Linux both change places at once. Elsewhere, and on file systems that cannot do that, there is a moment between
    two steps at which the earlier one stands at `aside` only; `put_back` finds it there.

    Parameters
    ----------
    finished, output : pathlib.Path
        Two folders of one file system.
    aside : pathlib.Path
        A path that does not exist, on the same file system.
    """
    os.chmod(finished, output.stat().st_mode & 0o7777)
    mark_as_own(finished)
    sync_tree(finished)
    if not _exchanged(finished, output):
        os.replace(output, aside)
        os.replace(finished, output)
    sync(output.parent)
    sync(finished.parent)


def put_back(output: Path, aside: Path) -> None:
    """Put an earlier output back that a killed process had put aside, if no other one has taken its place.

    Parameters
    ----------
    output : pathlib.Path
        Where it stood.
    aside : pathlib.Path
        Where it was put.
    """
    if aside.exists() and not output.exists():
        os.replace(aside, output)
        sync(output.parent)


def keep_mode(output: Path, finished: Path) -> None:
    """Give a file the permissions of the one that it will replace."""
    with contextlib.suppress(FileNotFoundError):
        finished.chmod(output.stat().st_mode & 0o7777)


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # there are no handles of folders
    handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Write a folder and everything in it to disk."""
    for inside, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(inside) / name)
        sync(Path(inside))


def own_token() -> str:
    """Part of a temporary name that no other process takes and that says whose it is."""
    return f"{_HOST}-{os.getpid():x}-{uuid.uuid4().hex[:8]}"


def remove_leftovers(output: Path) -> None:
    """Remove temporary files of the same output that killed processes of this machine left.

    Parameters
    ----------
    output : pathlib.Path
        The output.
    """
    before, after = f".{output.name}.", ".tmp"
    for path in output.parent.iterdir():
        if path.name.startswith(before) and path.name.endswith(after):
            found = _TOKEN.fullmatch(path.name[len(before) : -len(after)])
            if found and found["host"] == _HOST and not _is_running(int(found["process"], 16)):
                with contextlib.suppress(OSError):
                    path.unlink()


def _is_running(process: int) -> bool:
    if sys.platform == "win32":
        return True  # a signal would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's
        return True
    return True


def _exchanged(first: Path, second: Path) -> bool:
    """Let two paths change places at once; return whether the system can."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):  # an older C library
        return False
    return int(rename(_HERE, os.fsencode(first), _HERE, os.fsencode(second), ctypes.c_uint(_EXCHANGE))) == 0
