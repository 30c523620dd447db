"""`denoise`: one view averaged along the joint walk, that of the file or one that is made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from integrated_diffusion.cli.app import app
from integrated_diffusion.cli.parameters import Preset, model_of, names_of, pairs, places, step_counts
from integrated_diffusion.cli.run import fitted
from integrated_diffusion.cli.summary import run_summary
from integrated_diffusion.cli.texts import (
    Denoising,
    Inputs,
    Jobs,
    KthNeighbor,
    OrderName,
    PresetName,
    PrincipalComponents,
    Recipes,
    Seed,
    StepCounts,
    Thin,
    Views,
)
from integrated_diffusion.io import DenoisedView, Place, check_denoised_output, read, stored_walk, write_denoised
from integrated_diffusion.io.measured import are_all
from integrated_diffusion.io.reading.opening import holds_walk
from integrated_diffusion.io.reading.outline import outline_of
from integrated_diffusion.model import workflow
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.scverse.denoised import normalised_on_disk
from integrated_diffusion.scverse.features import feature_columns, feature_names, views_of
from integrated_diffusion.scverse.sources import source_of
from integrated_diffusion.views.checks import check_known


@app.command()
def denoise(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="An .h5ad, .zarr, .npz, .npy, .csv or .tsv, or an .h5mu if the input is."),
    ],
    only: Annotated[str, typer.Option("--only", metavar="NAME", help="The view to denoise.")],
    features: Annotated[str | None, typer.Option("--features", help="Its features, A,B,..., all unless given.")] = None,
    times: Annotated[int, typer.Option("--times", min=1, help="How often the joint walk is applied.")] = 1,
    view: Views = None,
    normalize: Recipes = None,
    preset: PresetName = Preset.DEFAULT,
    steps: StepCounts = None,
    order: OrderName = None,
    thin: Thin = False,
    n_pca: PrincipalComponents = 50,
    n_neighbors: KthNeighbor = None,
    local_denoising: Denoising = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Average one view's normalised values along the joint walk of all views, and write them.

    What `run` wrote to an .h5mu keeps its walk, which is taken unless settings of another are given, and the view is
    read a few features at a time; other files are integrated first. An output in the format of the input is a copy of
    it with a layer. Any other .h5ad or .zarr goes on where it was stopped when the same command is given again.

    For example:

    integrated-diffusion denoise cells.h5mu -o denoised.h5mu --only rna

    integrated-diffusion denoise cells.h5mu -o markers.csv --only rna --features CD4,CD8A
    """
    start = time.perf_counter()
    wanted_features = names_of(features)
    asked = (view, normalize, steps, order, n_neighbors, local_denoising, thin or None)
    usual = (preset, n_pca, random_state) == (Preset.DEFAULT, 50, 0)
    if usual and all(word is None for word in asked) and holds_walk(inputs):
        with progress_bar() as progress:
            found = _along_its_walk(inputs[0], output, only, wanted_features, times, progress)
            written = write_denoised(found, output)
        Console().print(f"walk J = {found.walk} of {inputs[0]}\nwrote {written}", markup=False)
        return
    # No embedding is asked for, so its power is not searched for.
    settings = {
        "steps": step_counts(steps),
        "order": order,
        "power": 1,
        "n_components": 1,
        "n_pca": n_pca,
        "random_state": random_state,
        "n_jobs": n_jobs,
    }
    model = model_of(preset, n_neighbors, local_denoising, settings)
    recipes, wanted = pairs(normalize, "--normalize"), places(view)
    with progress_bar() as progress:
        progress("reading", 0, 1)
        measured = read(inputs, wanted)
        columns = workflow.feature_columns(measured, only, wanted_features)
        whole = are_all(columns, measured.views[only].shape[1])
        check_denoised_output(output, measured.places[only], measured.source, whole=whole)
        fitted(model, measured, recipes, thin, progress)
        written = write_denoised(workflow.denoised_view(measured, model, only, columns, times, progress), output)
    Console().print(run_summary(model, time.perf_counter() - start, (written,)))


def _along_its_walk(
    path: Path, output: Path, only: str, features: list[str] | None, times: int, progress: Progress
) -> DenoisedView:
    """Denoise along the walk that a file keeps."""
    progress("reading", 0, 1)
    data = outline_of(path)
    check_known([only], views_of(data), "--only")
    columns, known = feature_columns(data, only, features), feature_names(data, only)
    place, whole = Place(path, source_of(data, only).inside), are_all(columns, len(known))
    check_denoised_output(output, place, [path], whole=whole)
    walk = stored_walk(data).operator
    blocks = BlockedProduct(walk**times, normalised_on_disk(data, only, progress), columns, progress)
    names = [known[column] for column in columns]
    return DenoisedView(only, data.obs_names, names, blocks, place, times, repr(walk), whole)
