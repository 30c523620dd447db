"""What is run, what came of it, and who is not asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiments.performance.process import DONE
from experiments.performance.sets import TREE
from experiments.performance.subjects import rung
from experiments.study.journal import Form, Journal


@dataclass(frozen=True)
class Job:
    """One subject on one data set of one size.

    Parameters
    ----------
    subject
        Name of a method or of a measurement.
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


def _written(job: Job, found: Found) -> dict[str, Any]:
    return asdict(found)


def _read(line: Mapping[str, Any]) -> tuple[Job, Found]:
    job = Job(**line["job"])
    return job, Found(**{**line, "job": job})


RUNS: Form[Job, Found] = Form(_written, _read)
"""How a run is a line of the journal."""


def gave_up(journal: Journal[Job, Found], job: Job) -> Found | None:
    """Where the same subject did not get through about as many simulated samples or fewer; `None` if nowhere."""
    for found in journal.values():
        same = (found.job.subject, found.job.set) == (job.subject, TREE.name) and found.job != job
        if same and found.outcome != DONE and found.job.n_samples <= rung(job.n_samples):
            return found
    return None
