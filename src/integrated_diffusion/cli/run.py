"""`run`: measured views to an integrated operator, its embedding and its graph."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import (
    BatchColumn,
    BatchViews,
    Components,
    Denoising,
    Excluded,
    Inputs,
    Jobs,
    KthNeighbor,
    MaxMemory,
    Missing,
    MissingSamples,
    OrderName,
    Overwrite,
    Power,
    Preset,
    PresetName,
    PrincipalComponents,
    Recipes,
    Seed,
    SplitCounts,
    StepCounts,
    Transposed,
    Views,
)


def run(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="An .h5mu, or an .npz of results alone.")],
    view: Views = None,
    normalize: Recipes = None,
    preset: PresetName = Preset.DEFAULT,
    steps: StepCounts = None,
    order: OrderName = None,
    split_counts: SplitCounts = False,
    power: Power = None,
    n_components: Components = None,
    n_pca: PrincipalComponents = None,
    n_neighbors: KthNeighbor = None,
    local_denoising: Denoising = None,
    batch: BatchColumn = None,
    batch_view: BatchViews = None,
    color: Annotated[str | None, typer.Option("--color", help="Column of obs that colours the picture.")] = None,
    missing: MissingSamples = Missing.KEEP,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
    transpose: Transposed = False,
    exclude: Excluded = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Integrate several views; write the embedding and its graph.

    A record of the settings and a picture are written beside them.

    For example:

    integrated-diffusion run multiome.h5mu -o joint.h5mu --color cell_type

    integrated-diffusion run rna.csv prot.csv -o j.npz --normalize prot=protein

    integrated-diffusion run cells.h5mu -o out.h5mu --steps rna=3 --steps atac=1

    integrated-diffusion run cells.h5mu -o out.h5mu --view atac --view rna

    integrated-diffusion run cells.h5mu -o out.h5mu --batch donor
    """
    # Imported here, as in every command, so that help and mistakes in the options are shown at once.
    import numpy as np
    from rich.console import Console

    from integrated_diffusion.cli.fitting import prepare_and_fit
    from integrated_diffusion.cli.parameters import excluded_features, model_of, pairs, sources_of, step_counts
    from integrated_diffusion.cli.summary import run_summary
    from integrated_diffusion.io import check_results_output, read, write_results
    from integrated_diffusion.io.reading.labels import read_labels
    from integrated_diffusion.io.writing.outputs import check_new, check_output, replacing
    from integrated_diffusion.io.writing.results import files_of
    from integrated_diffusion.model import workflow
    from integrated_diffusion.plotting import picture, save
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.progress import Stopwatch

    start = time.perf_counter()
    settings = {
        "steps": step_counts(steps),
        "order": order,
        "power": power,
        "n_components": n_components,
        "n_pca": n_pca,
        "random_state": random_state,
        "n_jobs": n_jobs,
    }
    model = model_of(preset, n_neighbors, local_denoising, settings)
    recipes, wanted = pairs(normalize, "--normalize"), sources_of(view)
    check_results_output(output, inputs)
    image = check_output(output.with_suffix(".png"), [".png"])
    check_new((*files_of(output), image), overwrite, inputs)
    with progress_bar() as bar:
        progress = Stopwatch(bar)
        progress("reading", 0, 1)
        measured = read(inputs, wanted, missing, transpose, excluded_features(exclude))
        labels = read_labels(measured, color) if color else None
        prepare_and_fit(model, measured, recipes, split_counts, progress, batch, batch_view)
        found = workflow.results(measured, model, progress)
        progress("writing", 0, 1)
        maps, title = {"integrated (PHATE)": np.asarray(found.phate)}, f"J = {model.operator_!r}"
        curves = model.integration_.steps.curves
        drawing = picture(maps, title, labels, color or "", model.selection_, curves, model.steps_)
        with replacing(image) as temporary:  # drawn before and put in place after the results are
            save(drawing, temporary)
            written = write_results(measured.with_results(found), output)
    Console().print(run_summary(model, time.perf_counter() - start, (*written, image)))
