"""The command behind `make peers`: run what is missing, then table, picture and docs/performance.md.

python -m experiments.performance [--budget SECONDS] [--limit SECONDS] [--memory GB] [--largest N]
    [--only NAME] [--again NAME] [--published] [--output FOLDER]
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.performance import page
from experiments.performance.jobs import jobs, modules, subjects
from experiments.performance.journal import RUNS, Found, Job, gave_up
from experiments.performance.process import DONE, TOO_LONG, Limits
from experiments.performance.sets import SETS
from experiments.performance.subjects import LADDER
from experiments.performance.tables import read, results_in, table
from experiments.performance.workshop import Workshop
from experiments.study import tables
from experiments.study.data import ROOT
from experiments.study.journal import Journal

WORKSHOP = ROOT / "build" / "peers"

app = typer.Typer(add_completion=False)


@app.command()
def peers(
    budget: Annotated[float, typer.Option("--budget", help="Seconds for everything; 0 only writes the page.")] = 1e9,
    limit: Annotated[float, typer.Option("--limit", help="Seconds that one run may take.")] = 600.0,
    memory: Annotated[float, typer.Option("--memory", help="GB that one run may hold.")] = 20.0,
    largest: Annotated[int, typer.Option("--largest", help="Largest number of samples.")] = LADDER[-1],
    only: Annotated[list[str] | None, typer.Option("--only", help="A method or measurement; all unless given.")] = None,
    again: Annotated[list[str] | None, typer.Option("--again", help="One to measure again.")] = None,
    published: Annotated[bool, typer.Option("--published", help="Take what docs/ shows for measured.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; docs/ unless given.")] = None,
) -> None:
    """Run this package and its peers side by side, and write table, picture and docs/performance.md."""
    console, folder = Console(stderr=True, soft_wrap=True), output or ROOT / "docs"
    known = subjects()
    for name in {*(only or ()), *(again or ())} - {subject.name for subject in known.values()}:
        names = ", ".join(repr(subject.name) for subject in known.values())
        raise typer.BadParameter(f"expected one of {names}, found {name!r}; write it as it is there")
    journal = Journal(WORKSHOP / "journal.jsonl", RUNS)
    for found in results_in(read(page.place(ROOT / "docs").table(page.TABLE))) if published else ():
        if found.job not in journal:
            journal.keep(found.job, found)
    journal.forget(lambda job: job.subject in (again or ()))
    taking_part = [subject for subject in known.values() if not only or subject.name in only]
    work(jobs(taking_part, largest), modules(known), journal, Limits(limit, memory), budget, console)
    if len(journal):  # else the table stays as it came
        tables.write(table(journal.values()), page.place(folder).table(page.TABLE), digits=None)
    console.print(f"page: {page.write(folder)}")


def work(
    todo: list[Job],
    module: dict[str, str],
    journal: Journal[Job, Found],
    limits: Limits,
    budget: float,
    console: Console,
) -> None:
    """Run the jobs that are missing, as far as the budget goes.

    Parameters
    ----------
    todo
        Jobs, in order.
    module
        Module of each subject.
    journal
        What was done before, and is kept as it comes.
    limits
        Of each run.
    budget
        Seconds for all of them. A run that it cuts short is not kept.
    console
        Is told what happens.
    """
    workshop, end = Workshop(WORKSHOP), time.monotonic() + budget
    for absent in (known for known in SETS.values() if known.missing):
        console.print(f"{absent.name}: left out, {absent.missing}")
    for job in todo:
        left = end - time.monotonic()
        if job in journal or SETS[job.set].missing or gave_up(journal, job) or left <= 0:
            continue
        found = workshop.do(job, module[job.subject], Limits(min(limits.seconds, left), limits.gigabytes))
        if found.outcome == TOO_LONG and left < limits.seconds:
            console.print(f"{job}: not enough of the budget left")
            continue
        journal.keep(job, found)
        console.print(f"{job}: {_told(found)}")


def _told(found: Found) -> str:
    if found.outcome != DONE:
        return f"{found.outcome}: {found.said}"
    return ", ".join(f"{name} {value:.3g}" for name, value in list(found.numbers.items())[:5])


if __name__ == "__main__":
    app()
