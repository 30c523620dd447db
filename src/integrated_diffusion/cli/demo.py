"""`demo`: integrated diffusion on data that are there without a download: blood cells, or handwritten digits."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import DemoData, Overwrite, Seed


def demo(
    data: Annotated[DemoData, typer.Option("--data", help="Blood cells, or digits seen by two sensors.")] = (
        DemoData.CELLS
    ),
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture, a .png.")] = Path("demo.png"),
    n_samples: Annotated[
        int | None, typer.Option("--n-samples", help="Number of digits, all 1,797 unless given.")
    ] = None,
    overwrite: Overwrite = False,
    random_state: Seed = 0,
) -> None:
    """Show what integration does, on data that come along.

    800 blood cells of which RNA and surface proteins were measured; or digits seen by two noisy sensors.

    For example:

    integrated-diffusion demo -o cells.png

    integrated-diffusion demo --data digits -o digits.png
    """
    from integrated_diffusion.cli.demonstrations import of_cells, of_digits
    from integrated_diffusion.cli.plans import DEMO, DEMO_OF_DIGITS
    from integrated_diffusion.io.writing.outputs import check_new, check_output, replacing
    from integrated_diffusion.plotting import save
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell

    start = time.perf_counter()
    if n_samples is not None and data is not DemoData.DIGITS:
        raise ValueError("--n-samples: expected with --data digits, found --data cells; leave it out")
    check_output(output, [".png"])
    check_new((output,), overwrite)
    is_of_digits = data is DemoData.DIGITS
    with progress_bar(plan=DEMO_OF_DIGITS if is_of_digits else DEMO) as progress:
        shown = of_digits(n_samples, random_state, progress) if is_of_digits else of_cells(random_state, progress)
        with replacing(output) as temporary:
            save(shown.figure, temporary)
    for table in shown.tables:
        tell(table)
    tell(f"integrated operator J = {shown.operator}, {time.perf_counter() - start:.1f} s")
    tell(f"wrote {output}")
