"""How much memory this process may use."""

from __future__ import annotations

import os
import re
import sys
from contextvars import ContextVar
from functools import cache
from pathlib import Path

SHARE = 0.8
"""Share of the machine's memory that what is read from one file may take."""

_CONTROL_GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


_UNITS = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_given: ContextVar[int | None] = ContextVar("memory_limit", default=None)


def memory_limit() -> int:
    """Return how many bytes one file may take in memory: as `limit_memory` said, or a share of what there is.

    Returns
    -------
    int
    """
    return _share_of_all() if (given := _given.get()) is None else given


def limit_memory(n_bytes: int) -> None:
    """Let one file take so many bytes in memory at most, from now on in this process.

    Parameters
    ----------
    n_bytes : int
        The most bytes.
    """
    _given.set(n_bytes)


def bytes_of(size: str, what: str) -> int:
    """Return the bytes that a text such as `8GB`, `500 MB`, `16GiB` or `1000000` stands for.

    Parameters
    ----------
    size : str
        A number above zero, with a unit or without.
    what : str
        What carries the text, for messages.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:([kmgt]?i?)b)?\s*", size.lower())
    unit = (found[2] or "") if found else "?"
    if found is None or unit not in _UNITS or float(found[1]) == 0:
        raise ValueError(f"{what}: expected a size such as 8GB or 500MB, found {size!r}; give one")
    return int(float(found[1]) * _UNITS[unit])


@cache
def _share_of_all() -> int:
    """A share of what the machine, the container and the shell allow."""
    return int(SHARE * min((*_machine(), *_container(), *_process()), default=sys.maxsize))


def _machine() -> list[int]:
    try:
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):  # Windows
        return []


def _container() -> list[int]:
    found = []
    for path in _CONTROL_GROUPS:
        try:
            found.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # there is none, or it says `max`
            continue
    return found


def _process() -> list[int]:
    if sys.platform == "win32":
        return []
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return [] if limit == resource.RLIM_INFINITY else [limit]
