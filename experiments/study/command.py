"""The options that the studies' commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.study.data import ROOT

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Folder; docs/ or build/quick/.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Number of processes.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Measure everything again.")]


def folder(output: Path | None, quick: bool) -> Path:
    """Return where results go unless the user says where: those of the quick form never into the documentation."""
    return output or ROOT / ("build/quick" if quick else "docs")
