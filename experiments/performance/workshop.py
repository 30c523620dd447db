"""One job done: its data kept, a process run, its coordinates scored."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from experiments.performance.environment import python_of
from experiments.performance.journal import Found, Job
from experiments.performance.process import DONE, FAILED, Limits, run
from experiments.performance.scores import scores
from experiments.performance.sets import kept
from experiments.performance.subjects import subject_of
from experiments.study.data import ROOT


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
            command = [str(python), "-m", "experiments.performance.child", module]
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
