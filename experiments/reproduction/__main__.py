"""The command behind `make figures`: measure what is missing, then tables, pictures and docs/reproduction.md.

python -m experiments.reproduction [--quick] [--only NAME] [--output FOLDER] [--workers N] [--fresh]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.reproduction.figures import EXPERIMENTS
from experiments.reproduction.page import PAGE
from experiments.reproduction.settings import FULL, QUICK
from experiments.study import command, making, running
from experiments.study.cells import Scale
from integrated_diffusion.views.checks import check_known

app = typer.Typer(add_completion=False)


@app.command()
def figures(
    quick: Annotated[bool, typer.Option("--quick", help="Small data that come along, under two minutes.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only these experiments.")] = None,
    output: command.Output = None,
    workers: command.Workers = 2,
    fresh: command.Fresh = False,
) -> None:
    """Run the experiments, write tables, pictures and docs/reproduction.md."""
    try:
        check_known(only or [], tuple(EXPERIMENTS), "--only")
    except ValueError as error:
        raise _mistake(error) from error
    try:
        make(QUICK if quick else FULL, only or list(EXPERIMENTS), command.folder(output, quick), workers, fresh)
    except FileNotFoundError as error:
        raise _mistake(error) from error


def _mistake(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(2)


def make(scale: Scale, names: list[str], folder: Path, workers: int = 2, fresh: bool = False) -> None:
    """Run experiments at a scale and write what comes out of them.

    Parameters
    ----------
    scale
        `FULL` or `QUICK`.
    names
        Experiments to run; the page is written when there is a table of every one.
    folder
        Where `reproduction.md`, `reproduction/*.csv` and `images/reproduction/*.png` go.
    workers
        Number of processes.
    fresh
        Whether to forget what was measured before.
    """
    console, place = Console(stderr=True), PAGE.place(folder)
    journals = making.journals(scale, place, fresh)
    with running.workers(workers) as pool:
        making.each([EXPERIMENTS[name] for name in names], scale, journals, place, pool, console)
    if all(place.table(name).exists() for name in EXPERIMENTS):
        console.print(f"page: {PAGE.write(folder)}")


if __name__ == "__main__":
    app()
