"""One run in a process of its own, with a limit of time and of memory."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DONE, FAILED, TOO_LONG, TOO_LARGE = "done", "failed", "too long", "too much memory"
_EVERY = 0.1
_LONGEST_SAID = 160


@dataclass(frozen=True)
class Limits:
    """How long a run may take and how much memory it may hold.

    Parameters
    ----------
    seconds
        By the wall, loading included.
    gigabytes
        Resident memory of the process and its children.
    """

    seconds: float = 600.0
    gigabytes: float = 20.0


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Parameters
    ----------
    outcome
        `DONE`, `FAILED`, `TOO_LONG` or `TOO_LARGE`.
    said
        The error in one line.
    gigabytes
        Most resident memory that was seen.
    """

    outcome: str
    said: str
    gigabytes: float


def run(command: Sequence[str], folder: Path, limits: Limits, log: Path) -> Ended:
    """Run a command until it ends or passes a limit.

    Parameters
    ----------
    command
        What is run.
    folder
        Where it is run.
    limits
        It is killed beyond these, with its children.
    log
        Where what it says is kept.
    """
    with log.open("wb") as file:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, start_new_session=True)
        largest, outcome = 0.0, ""
        try:
            while process.poll() is None and not outcome:
                time.sleep(_EVERY)
                largest = max(largest, held_by(process.pid))
                late = time.monotonic() - started > limits.seconds
                outcome = TOO_LARGE if largest > limits.gigabytes else TOO_LONG if late else ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # the session that was started here, nothing else
            process.wait()
    if outcome:
        limit = f"{limits.gigabytes:g} GB" if outcome == TOO_LARGE else f"{limits.seconds:g} s"
        return Ended(outcome, f"stopped at {limit}", largest)
    if process.returncode:
        return Ended(FAILED, last_line(log, process.returncode), largest)
    return Ended(DONE, "", largest)


def held_by(session: int) -> float:
    """Resident memory of all processes of a session, in GB; pages that they share count for each."""
    pages = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        pages += int(fields[21]) if int(fields[3]) == session else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def last_line(log: Path, status: int) -> str:
    """What a process said last, which is its error."""
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    said = next((line for line in reversed(lines) if line), f"ended with status {status}, said nothing")
    return said if len(said) <= _LONGEST_SAID else said[: _LONGEST_SAID - 1] + "…"
