"""What has been run so far, a line a run, so that an interrupted command goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.peers.process import DONE
from benchmarks.peers.sets import TREE
from benchmarks.peers.subjects import rung


@dataclass(frozen=True)
class Job:
    """One subject on one data set of one size.

    Parameters
    ----------
    subject
        Name of a rival or of a measurement.
    set
        Name of a data set.
    n_samples
        Number of samples.
    """

    subject: str
    set: str
    n_samples: int

    def __str__(self) -> str:
        return f"{self.subject}, {self.set}, {self.n_samples:,} samples"


@dataclass(frozen=True)
class Found:
    """What came of a job.

    Parameters
    ----------
    job
        What was run.
    outcome
        How it ended, see `process.Ended`.
    said
        The error in one line.
    version
        Version of the package.
    numbers
        What was measured, by name.
    """

    job: Job
    outcome: str
    said: str
    version: str
    numbers: dict[str, float]


class Journal:
    """Results on disk, appended run by run.

    Parameters
    ----------
    path
        File of JSON lines; made when the first run is kept. A line that was cut off is ignored.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = {found.job: found for found in _lines(path)}

    def __contains__(self, job: Job) -> bool:
        return job in self._kept

    def __iter__(self) -> Iterator[Found]:
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def gave_up(self, job: Job) -> Found | None:
        """Where the same subject did not get through about as many simulated samples or fewer; `None` if nowhere."""
        for found in self:
            same = (found.job.subject, found.job.set) == (job.subject, TREE.name) and found.job != job
            if same and found.outcome != DONE and found.job.n_samples <= rung(job.n_samples):
                return found
        return None

    def keep(self, found: Found) -> None:
        """Write what came of one job, a whole line only."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(asdict(found)))  # a line that was cut off ends here
            file.flush()
            os.fsync(file.fileno())
        self._kept[found.job] = found

    def forget(self, subjects: tuple[str, ...]) -> None:
        """Forget what was measured of some subjects."""
        self._kept = {job: found for job, found in self._kept.items() if job.subject not in subjects}
        if self.path.exists():
            lines = [json.dumps(asdict(found)) for found in self]
            temporary = self.path.with_suffix(".part")
            temporary.write_text("\n".join(lines), encoding="utf-8")
            temporary.replace(self.path)


def _lines(path: Path) -> Iterator[Found]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            continue  # empty, or cut off when the command was stopped: that job is done again
        yield Found(**{**kept, "job": Job(**kept["job"])})
