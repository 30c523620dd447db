"""`python -m experiments.batches`: measures what is missing in the journal, and prints a table."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from experiments.batches.compared import METHODS, SCORES, measure
from experiments.batches.sets import SETS
from experiments.study.cells import RESULTS, grid, results
from experiments.study.data import ROOT
from experiments.study.journal import Journal
from experiments.study.markdown import table
from integrated_diffusion.operators.build import DisconnectedGraphWarning
from integrated_diffusion.selection import PredictionWarning


def main(
    n_samples: Annotated[int, typer.Option(min=200, help="Digits of each data set.")] = 1_000,
    n_seeds: Annotated[int, typer.Option(min=1, help="Seeds of each data set.")] = 3,
    journal: Annotated[Path, typer.Option(help="Where results are kept.")] = ROOT / "build" / "batches.jsonl",
) -> None:
    """Compare a fit with batches to one without, and to neighbours that are forced into every batch."""
    cells = grid("batches", range(n_seeds), n_samples, {"set": list(SETS)})
    cells = [cell for cell in cells if cell.seed == 0 or not str(cell["set"]).startswith("CITE")]  # real cells are one
    kept = Journal(journal, RESULTS)
    for cell in cells:
        if cell not in kept:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DisconnectedGraphWarning)
                warnings.simplefilter("ignore", PredictionWarning)
                kept.keep(cell, measure(cell))
    print(as_markdown(results(kept, cells)))


def as_markdown(found: pd.DataFrame) -> str:
    """Return a table of the means over seeds, a set and method a row.

    Parameters
    ----------
    found
        Results, a number a row.
    """
    means = found.groupby(["set", "method", "score"])["value"].mean()
    rows = [
        [f"{name}: {method}", *(_shown(means.get((name, method, score))) for score in SCORES)]
        for name in SETS
        for method in METHODS
    ]
    return table(["", *SCORES], rows)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    typer.run(main)
