"""The command behind `make figures`: measure what is missing, then tables, pictures and the page.

python -m experiments [--quick] [--only NAME] [--output FOLDER] [--workers N] [--fresh]
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments import page, running
from experiments.cells import FULL, QUICK, Scale
from experiments.figures import EXPERIMENTS
from experiments.making import Place, one
from experiments.settings import fingerprint
from integrated_diffusion.views.checks import check_known

ROOT = Path(__file__).parents[1]
JOURNALS = ROOT / "build" / "journal"

app = typer.Typer(add_completion=False)


@app.command()
def figures(
    quick: Annotated[bool, typer.Option("--quick", help="Small data that come along, under two minutes.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only these experiments.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; docs/ or build/quick/.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Number of processes.")] = 2,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure everything again.")] = False,
) -> None:
    """Run the experiments, write tables, pictures and docs/reproduction.md."""
    folder = output or ROOT / ("build/quick" if quick else "docs")
    try:
        check_known(only or [], tuple(EXPERIMENTS), "--only")
    except ValueError as error:
        raise _mistake(error) from error
    try:
        make(QUICK if quick else FULL, only or list(EXPERIMENTS), folder, workers, fresh)
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
    console = Console(stderr=True)
    journals = JOURNALS / scale.name / fingerprint()
    place = Place(folder, "reproduction", fingerprint())
    if fresh:
        shutil.rmtree(journals, ignore_errors=True)
    with running.workers(workers) as pool:
        for name in names:
            start = time.perf_counter()
            written = one(EXPERIMENTS[name], scale, journals, place, pool)
            console.print(f"{name}: {time.perf_counter() - start:.0f} s, {', '.join(path.name for path in written)}")
    if all(place.table(name).exists() for name in EXPERIMENTS):
        page.write(folder)
        console.print(f"page: {folder / 'reproduction.md'}")


if __name__ == "__main__":
    app()
