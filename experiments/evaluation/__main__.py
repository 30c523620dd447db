"""The command behind `make evaluation`: measure what is missing, then tables, pictures and docs/choosing.md.

python -m experiments.evaluation [--quick] [--output FOLDER] [--workers N] [--fresh]
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments import running, tables
from experiments.cells import Experiment, Scale
from experiments.data import EMBEDDED, FOLDER, MNIST
from experiments.evaluation import dots, heat, page, pairs, scores, sets, steps, trust
from experiments.evaluation.settings import fingerprint
from experiments.making import Place, one

ROOT = Path(__file__).parents[2]
JOURNALS = ROOT / "build" / "journal"

FULL = Scale("evaluation", MNIST, tuple(range(30, 34)), tuple(range(4)), 1_200)
QUICK = Scale("evaluation-quick", EMBEDDED, (30,), (0,), 240)

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT for module in (scores, steps, pairs, heat, trust)
}

app = typer.Typer(add_completion=False)


@app.command()
def evaluation(
    quick: Annotated[bool, typer.Option("--quick", help="Small data that come along, under a minute.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; docs/ or build/quick/.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Number of processes.")] = 2,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure everything again.")] = False,
) -> None:
    """Hold the default settings against every rival, and write tables, pictures and docs/choosing.md."""
    make(QUICK if quick else FULL, output or ROOT / ("build/quick" if quick else "docs"), workers, fresh)


def make(scale: Scale, folder: Path, workers: int = 2, fresh: bool = False) -> None:
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
    """
    console = Console(stderr=True)
    journals = JOURNALS / scale.name / fingerprint()
    place = Place(folder, "choosing", fingerprint())
    if fresh:
        shutil.rmtree(journals, ignore_errors=True)
    if scale is FULL:
        for absent in sets.missing():
            console.print(f"{absent.name}: left out, expected {absent.file} in {FOLDER}; see INTEGRATED_DIFFUSION_DATA")
    with running.workers(workers) as pool:
        for experiment in EXPERIMENTS.values():
            start = time.perf_counter()
            one(experiment, scale, journals, place, pool)
            console.print(f"{experiment.name}: {time.perf_counter() - start:.0f} s")
    dots.draw(tables.read(place.table(scores.NAME)), tables.read(place.table(steps.NAME)), place.pictures)
    page.write(folder)
    console.print(f"page: {folder / 'choosing.md'}")


if __name__ == "__main__":
    app()
