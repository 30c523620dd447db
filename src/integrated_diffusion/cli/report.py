"""`report`: a self-contained HTML report of integrated views."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import MaxMemory, Overwrite


def report(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="An .h5mu or .zarr that `run` or `associate` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The report, an .html.")],
    features: Annotated[
        str | None, typer.Option("--features", metavar="A,B", help="Features to show before and after denoising.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="Title of the report, the input's name unless given.")
    ] = None,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
) -> None:
    """Write a self-contained HTML report.

    It shows linked maps, why the views were combined as they were, markers, denoised features and associations.

    For example:

    integrated-diffusion report joint.h5mu -o report.html --features CD4,CD8A
    """
    from integrated_diffusion.cli.parameters import names_of
    from integrated_diffusion.cli.plans import REPORT
    from integrated_diffusion.io.reading.opening import open_mudata
    from integrated_diffusion.io.writing.outputs import check_new, check_output
    from integrated_diffusion.report import write
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell

    start = time.perf_counter()
    check_output(output, [".html"])
    check_new((output,), overwrite, (source,))
    with progress_bar(plan=REPORT) as progress:
        progress("reading", 0, 1)
        data = open_mudata([source])
        wanted = names_of(features) or ()
        write(data, output, features=wanted, title=title or source.stem, progress=progress)
    tell(
        f"wrote {output}, {output.stat().st_size / 1e6:.1f} MB, {time.perf_counter() - start:.1f} s",
    )
