"""`denoise`: values of one view, averaged by the integrated operator that a file keeps or that is made first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrated_diffusion.cli.options import (
    BatchColumn,
    BatchViews,
    Denoising,
    Inputs,
    Jobs,
    KthNeighbor,
    Missing,
    MissingSamples,
    OrderName,
    Preset,
    PresetName,
    PrincipalComponents,
    Recipes,
    Seed,
    SplitCounts,
    StepCounts,
    Views,
)

if TYPE_CHECKING:
    from integrated_diffusion.io import DenoisedView
    from integrated_diffusion.runtime.progress import Progress


def denoise(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="An .h5ad, .zarr, .npz, .npy, .csv or .tsv, or an .h5mu if the input is."),
    ],
    only: Annotated[str, typer.Option("--only", metavar="NAME", help="The view to denoise.")],
    features: Annotated[str | None, typer.Option("--features", help="Its features, A,B,..., all unless given.")] = None,
    times: Annotated[int, typer.Option("--times", min=1, help="How often the integrated operator is applied.")] = 1,
    view: Views = None,
    normalize: Recipes = None,
    preset: PresetName = Preset.DEFAULT,
    steps: StepCounts = None,
    order: OrderName = None,
    split_counts: SplitCounts = False,
    n_pca: PrincipalComponents = None,
    n_neighbors: KthNeighbor = None,
    local_denoising: Denoising = None,
    missing: MissingSamples = Missing.KEEP,
    batch: BatchColumn = None,
    batch_view: BatchViews = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Denoise one view by the integrated operator of all views.

    Its normalised values are averaged over the samples that the operator relates, and written.

    An .h5mu that `run` wrote keeps its integrated operator. It is used unless settings of another one are given, and
    the view is read a few features at a time. Other files are integrated first.

    An output in the format of the input is a copy of it with a layer. Any other .h5ad or .zarr is continued where it
    was stopped when the same command is given again.

    For example:

    integrated-diffusion denoise cells.h5mu -o denoised.h5mu --only rna

    integrated-diffusion denoise cells.h5mu -o cd4.csv --only rna --features CD4
    """
    from rich.console import Console

    from integrated_diffusion.cli.fitting import prepare_and_fit
    from integrated_diffusion.cli.parameters import model_of, names_of, pairs, sources_of, step_counts
    from integrated_diffusion.cli.summary import run_summary
    from integrated_diffusion.io import check_denoised_output, read, write_denoised
    from integrated_diffusion.io.feature_names import are_all
    from integrated_diffusion.io.reading.opening import holds_operator
    from integrated_diffusion.model import workflow
    from integrated_diffusion.runtime.console import progress_bar

    start = time.perf_counter()
    wanted_features = names_of(features)
    asked = (view, normalize, steps, order, n_neighbors, local_denoising, split_counts or None, batch, batch_view)
    usual = (preset, n_pca, random_state, missing) == (Preset.DEFAULT, None, 0, Missing.KEEP)
    if usual and all(word is None for word in asked) and holds_operator(inputs):
        with progress_bar() as progress:
            found = _by_stored_operator(inputs[0], output, only, wanted_features, times, progress)
            written = write_denoised(found, output)
        Console().print(f"integrated operator J = {found.operator} of {inputs[0]}\nwrote {written}", markup=False)
        return
    # No embedding is needed, so its power is not chosen.
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
    recipes, wanted = pairs(normalize, "--normalize"), sources_of(view)
    with progress_bar() as progress:
        progress("reading", 0, 1)
        measured = read(inputs, wanted, missing)
        columns = workflow.feature_columns(measured, only, wanted_features)
        whole = are_all(columns, measured.views[only].shape[1])
        check_denoised_output(output, measured.places[only], measured.source, whole=whole)
        prepare_and_fit(model, measured, recipes, split_counts, progress, batch, batch_view)
        written = write_denoised(workflow.denoised_view(measured, model, only, columns, times, progress), output)
    Console().print(run_summary(model, time.perf_counter() - start, (written,)))


def _by_stored_operator(
    path: Path, output: Path, only: str, features: list[str] | None, times: int, progress: Progress
) -> DenoisedView:
    """Denoise by the integrated operator that a file keeps."""
    from integrated_diffusion.io import (
        DenoisedView,
        check_denoised_output,
        normalised_on_disk,
        read_without_values,
        stored_columns,
    )
    from integrated_diffusion.io.feature_names import are_all
    from integrated_diffusion.io.reading.opening import open_mudata
    from integrated_diffusion.operators.blockwise import BlockedProduct
    from integrated_diffusion.scverse.normalised_values import normalised
    from integrated_diffusion.views.checks import check_known

    progress("reading", 0, 1)
    data = read_without_values(path)
    check_known([only], tuple(data.places), "--only")
    columns, known = stored_columns(data, only, features), data.feature_names[only]
    place, whole = data.places[only], are_all(columns, len(known))
    check_denoised_output(output, place, [path], whole=whole)
    if data.results is None or data.results.integrated_operator is None:
        raise ValueError(f"{path}: expected an integrated operator, found none; integrate first, by `run`")
    J = data.results.integrated_operator.operator
    denoiser = data.results.integrated_operator.denoiser(only, times)
    complete = bool(data.results.integrated_operator.measured[only].all())
    values = normalised_on_disk(data, only, progress) if complete else normalised(open_mudata([path]), only)
    blocks = BlockedProduct(denoiser, values, columns, progress)
    names = [known[column] for column in columns]
    return DenoisedView(only, data.sample_names, names, blocks, place, times, repr(J), whole)
