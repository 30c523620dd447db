"""The command behind `make evaluation`: measure what is missing, then tables, pictures and docs/choosing.md.

python -m experiments.evaluation [--quick] [--output FOLDER] [--workers N] [--fresh]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.evaluation import comparison as compared_page
from experiments.evaluation import dots, heat, pairs, scores, sets, steps, view_weights
from experiments.evaluation.page import PAGE
from experiments.study import command, making, running, tables
from experiments.study.cells import Experiment, Scale
from experiments.study.data import EMBEDDED, FOLDER, MNIST

FULL = Scale("evaluation", MNIST, tuple(range(30, 34)), tuple(range(4)), 1_200)
QUICK = Scale("evaluation-quick", EMBEDDED, (30,), (0,), 240)

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT for module in (scores, steps, pairs, heat, view_weights)
}

app = typer.Typer(add_completion=False)


@app.command()
def evaluation(
    quick: Annotated[bool, typer.Option("--quick", help="Small data that come along, under a minute.")] = False,
    output: command.Output = None,
    workers: command.Workers = 2,
    fresh: command.Fresh = False,
    comparison: Annotated[bool, typer.Option("--comparison", help="docs/comparison.md alone.")] = False,
) -> None:
    """Hold the default settings against every baseline; write tables, pictures, docs/comparison.md and choosing.md."""
    make(QUICK if quick else FULL, command.folder(output, quick), workers, fresh, comparison)


def make(scale: Scale, folder: Path, workers: int = 2, fresh: bool = False, comparison: bool = False) -> None:
    """Run the evaluation at a scale and write what comes out of it.

    Parameters
    ----------
    scale
        `FULL` or `QUICK`.
    folder
        Where `choosing.md`, `choosing/*.csv` and `images/choosing/*.png` go.
    workers
        Number of processes.
    fresh
        Whether to forget what was measured before.
    comparison
        Whether to measure scores alone, and write `comparison.md` alone.
    """
    console, place = Console(stderr=True), PAGE.place(folder)
    journals = making.journals(scale, place, fresh)
    if scale is FULL:
        for absent in sets.missing():
            console.print(f"{absent.name}: left out, expected {absent.file} in {FOLDER}; see INTEGRATED_DIFFUSION_DATA")
    with running.workers(workers) as pool:
        making.one(compared_page.EXPERIMENT, scale, journals, compared_page.PAGE.place(folder), pool)
        console.print(f"page: {compared_page.PAGE.write(folder)}")
        if comparison:
            return
        making.each(EXPERIMENTS.values(), scale, journals, place, pool, console)
    dots.draw(tables.read(place.table(scores.NAME)), tables.read(place.table(steps.NAME)), place.pictures)
    console.print(f"page: {PAGE.write(folder)}")


if __name__ == "__main__":
    app()
