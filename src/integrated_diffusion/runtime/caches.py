"""Where compiled loops and fonts are cached: a folder that this user can write and others cannot."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NUMBA, _MATPLOTLIB = "NUMBA_CACHE_DIR", "MPLCONFIGDIR"
_PACKAGE = Path(__file__).resolve().parent.parent


def choose_caches() -> None:
    """Give numba and matplotlib a temporary folder where they have none, or one that others can write.

    What numba caches is code that it runs again. Its usual places, beside the package and in the user's home, are as
    private as these are; without either it fails, and matplotlib complains. The folder is removed with the process.
    """
    given = os.environ.get(_NUMBA)
    if (given is not None and _others_can_write(Path(given))) or (given is None and not _has_numba_place()):
        os.environ[_NUMBA] = _temporary()
        if "numba" in sys.modules:  # which has read the variable before
            sys.modules["numba"].config.CACHE_DIR = os.environ[_NUMBA]
    if _MATPLOTLIB not in os.environ and not _can_write(_home() / ".config"):
        os.environ[_MATPLOTLIB] = _temporary()


def _has_numba_place() -> bool:
    return _can_write(_PACKAGE / "runtime" / "__pycache__") or _can_write(_home() / ".cache")


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # there is none
        return Path("/nonexistent")


def _can_write(folder: Path) -> bool:
    """Whether a folder can be written to, or be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def _others_can_write(folder: Path) -> bool:
    """Whether other users than this one and the system's can put files into a folder, or own it."""
    if sys.platform == "win32" or not folder.exists():
        return False
    found = folder.stat()
    by_group = found.st_mode & 0o020 and found.st_gid not in (0, os.getgid())
    return bool(found.st_mode & 0o002 or by_group or found.st_uid not in (0, os.getuid()))


def _temporary() -> str:
    """A folder of this process, open to its user alone."""
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="integrated-diffusion-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
