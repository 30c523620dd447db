"""The command behind `make figure4`: measure what is missing, then tables, pictures and docs/single_cell.md.

python -m experiments.single_cell [--quick] [--output FOLDER] [--fresh]
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.single_cell import (
    drawn_entropies,
    drawn_information,
    drawn_maps,
    entropies,
    information,
    separation,
)
from experiments.single_cell.fits import Kept
from experiments.single_cell.page import PAGE
from experiments.single_cell.sets import SETS, CellSet
from experiments.single_cell.settings import SEED
from experiments.study import command, making
from experiments.study.cells import Experiment, Scale
from experiments.study.data import FOLDER

FULL = Scale("single-cell", "sequenced cells", (SEED,), (), 1_000_000)
QUICK = Scale("single-cell-quick", "sequenced cells", (SEED,), (), 1_500)

app = typer.Typer(add_completion=False)


@app.command()
def single_cell(
    quick: Annotated[bool, typer.Option("--quick", help="1,500 cells of each set, a few minutes.")] = False,
    output: command.Output = None,
    fresh: command.Fresh = False,
) -> None:
    """Do figure 4 of the paper on the cells that are there; write tables, pictures and docs/single_cell.md."""
    make(QUICK if quick else FULL, command.folder(output, quick), fresh=fresh)


def make(
    scale: Scale, folder: Path, sets: tuple[CellSet, ...] = SETS, data: Path = FOLDER, fresh: bool = False
) -> None:
    """Measure at a scale and write what comes out of it.

    Parameters
    ----------
    scale
        `FULL` or `QUICK`.
    folder
        Where `single_cell.md`, `single_cell/*.csv` and `images/single_cell/*.png` go.
    sets
        Sets of cells; those whose file is not there are left out.
    data
        Folder of their files.
    fresh
        Whether to forget what was fitted and measured before.
    """
    console, place = Console(stderr=True), PAGE.place(folder)
    journals = making.journals(scale, place, fresh)
    kept = Kept(sets, data, journals)
    for absent in set(sets) - set(kept.there()):
        console.print(f"{absent.name}: left out, expected {absent.file} in {data}; see INTEGRATED_DIFFUSION_DATA")
    with ThreadPoolExecutor(1) as pool:  # one piece of work at a time: each uses all cores by itself
        making.each(experiments(kept), scale, journals, place, pool, console)
    console.print(f"page: {PAGE.write(folder)}")


def experiments(kept: Kept) -> tuple[Experiment, ...]:
    """Every experiment on some sets, in the order in which they are done."""
    drawn = (
        (entropies, drawn_entropies.draw),
        (separation, partial(drawn_maps.draw, kept)),
        (information, partial(drawn_information.draw, kept)),
    )
    return tuple(
        Experiment(measured.NAME, partial(measured.cells, kept), partial(measured.measure, kept), draw)
        for measured, draw in drawn
    )


if __name__ == "__main__":
    app()
