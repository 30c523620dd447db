"""The command behind `make generative`: measure what is missing, then tables and docs/generative.md.

python -m experiments.generative [--output FOLDER] [--workers N] [--fresh]
"""

from __future__ import annotations

import typer
from rich.console import Console

from experiments.generative import imputed, maps, new_cells
from experiments.generative.page import PAGE
from experiments.study import command, making, running
from experiments.study.cells import Scale

FULL = Scale("generative", "sequenced cells", (30, 31, 32), (), 10_000)
EXPERIMENTS = (maps.EXPERIMENT, imputed.EXPERIMENT, new_cells.EXPERIMENT)

app = typer.Typer(add_completion=False)


@app.command()
def generative(output: command.Output = None, workers: command.Workers = 2, fresh: command.Fresh = False) -> None:
    """Hold the default against totalVI and MultiVI on sequenced cells; write tables and docs/generative.md."""
    console, folder = Console(stderr=True), command.folder(output, False)
    place = PAGE.place(folder)
    journals = making.journals(FULL, place, fresh)
    with running.workers(workers, cells_each=1) as pool:
        making.each(EXPERIMENTS, FULL, journals, place, pool, console)
    console.print(f"page: {PAGE.write(folder)}")


if __name__ == "__main__":
    app()
