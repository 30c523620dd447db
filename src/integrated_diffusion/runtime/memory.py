"""How much memory this process may use."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

SHARE = 0.8
"""Share of the machine's memory that what is read from one file may take."""

_CONTROL_GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@cache
def memory_limit() -> int:
    """Return how many bytes one file may take in memory: a share of what the machine, container and shell allow.

    Returns
    -------
    int
    """
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
