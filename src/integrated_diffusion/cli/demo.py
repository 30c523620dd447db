"""`demo`: integrated diffusion on the handwritten digits of scikit-learn."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import Overwrite, Seed


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture, a .png.")] = Path("demo.png"),
    n_samples: Annotated[
        int | None, typer.Option("--n-samples", help="Number of digits, all 1,797 unless given.")
    ] = None,
    overwrite: Overwrite = False,
    random_state: Seed = 0,
) -> None:
    """Compare with baselines on digits seen by two noisy sensors.

    For example:

    integrated-diffusion demo -o digits.png
    """
    from rich.console import Console

    from integrated_diffusion.cli.digits_comparison import compare_on_digits
    from integrated_diffusion.cli.summary import score_table
    from integrated_diffusion.io.writing.outputs import check_new, check_output, replacing
    from integrated_diffusion.plotting import picture, save
    from integrated_diffusion.runtime.console import progress_bar

    start = time.perf_counter()
    check_output(output, [".png"])
    check_new((output,), overwrite)
    with progress_bar() as progress:
        shown = compare_on_digits(n_samples, random_state, progress)
        model = shown.model
        title = f"{shown.data.labels.size:,} digits, two noisy sensors: J = {model.operator_!r}"
        with replacing(output) as temporary:
            labels = shown.data.labels
            drawing = picture(shown.maps, model.entropy_, model.steps_, title, labels, "digit", model.selection_)
            save(drawing, temporary)
    console = Console()
    console.print(score_table("Which digit is it?", shown.accuracies, "accuracy of 5-nearest-neighbour classification"))
    console.print(f"integrated operator J = {model.operator_!r}, all powers, {time.perf_counter() - start:.1f} s")
    console.print(f"wrote {output}", markup=False)
