"""Experiments done: what is missing is measured, then their tables and pictures are written."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path

from rich.console import Console

from experiments.study import running, tables
from experiments.study.cells import RESULTS, Experiment, Scale, results
from experiments.study.data import ROOT
from experiments.study.journal import Journal
from experiments.study.pages import Place

JOURNALS = ROOT / "build" / "journal"


def journals(scale: Scale, place: Place, fresh: bool = False) -> Path:
    """Return the folder of the journals of a scale and of the settings of a page.

    Parameters
    ----------
    scale
        How much is measured.
    place
        Has the fingerprint of the settings.
    fresh
        Whether to forget what was measured before.
    """
    folder = JOURNALS / scale.name / place.settings
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    return folder


def each(
    experiments: Iterable[Experiment], scale: Scale, folder: Path, place: Place, pool: Executor, console: Console
) -> None:
    """Run experiments one after the other, and tell how long each takes.

    Parameters
    ----------
    experiments, scale, folder, place, pool
        As in `one`.
    console
        Is told.
    """
    for experiment in experiments:
        start = time.perf_counter()
        written = one(experiment, scale, folder, place, pool)
        names = [place.table(experiment.name).name, *(path.name for path in written)]
        console.print(f"{experiment.name}: {time.perf_counter() - start:.0f} s, {', '.join(names)}")


def one(experiment: Experiment, scale: Scale, folder: Path, place: Place, pool: Executor) -> list[Path]:
    """Run one experiment and return the pictures.

    Parameters
    ----------
    experiment, scale
        What is measured, and how much of it.
    folder
        Folder of the journals, see `journals`.
    place
        Where table and pictures go.
    pool
        Who measures, see `running.workers`.
    """
    journal = Journal(folder / f"{experiment.name}.jsonl", RESULTS)
    cells = experiment.cells(scale)
    running.run(cells, experiment.measure, journal, pool)
    path = place.table(experiment.name)
    tables.write(results(journal, cells).assign(settings=place.settings), path)
    with running.quiet():
        return experiment.draw(tables.read(path), place.pictures)
