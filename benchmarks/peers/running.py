"""One job done: its data kept, a process run, its coordinates scored."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.environment import python_of
from benchmarks.peers.journal import Found, Job
from benchmarks.peers.process import DONE, FAILED, Limits, run
from benchmarks.peers.scores import scores
from benchmarks.peers.sets import kept
from benchmarks.peers.subjects import subject_of

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Workshop:
    """Where runs are made.

    Parameters
    ----------
    folder
        Keeps data and the peers' environment.
    """

    folder: Path

    def do(self, job: Job, module: str, limits: Limits) -> Found:
        """Run one job.

        Parameters
        ----------
        job
            What is run.
        module
            Where its subject is.
        limits
            Of time and memory.
        """
        files = kept(job.set, job.n_samples, self.folder / "data")
        python = python_of(self.folder / "environment") if subject_of(module).needs_peers else Path(sys.executable)
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            found, coordinates = Path(name) / "found.json", Path(name) / "coordinates.npy"
            command = [str(python), "-m", "benchmarks.peers.child", module]
            ended = run([*command, *map(str, (files.views, found, coordinates))], ROOT, limits, Path(name) / "log")
            if ended.outcome != DONE:
                return Found(job, ended.outcome, ended.said, "", {})
            told = json.loads(found.read_text(encoding="utf-8"))
            numbers = told["numbers"] | {"gigabytes": max(told["numbers"]["gigabytes"], ended.gigabytes)}
            try:
                numbers |= scores(files.truth, coordinates) if coordinates.exists() else {}
            except ValueError as error:  # coordinates that are not numbers are a failure as well
                return Found(job, FAILED, str(error), told["version"], numbers)
        return Found(job, DONE, "", told["version"], numbers)
