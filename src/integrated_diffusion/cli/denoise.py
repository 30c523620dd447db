"""`denoise`: values of one view, smoothed by what a file keeps of an integration or by one that is made first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from integrated_diffusion.cli.options import (
    BatchColumn,
    BatchViews,
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
    Preset,
    PresetName,
    PrincipalComponents,
    Recipes,
    Scale,
    Seed,
    SplitCounts,
    StepCounts,
    Transposed,
    Views,
)

if TYPE_CHECKING:
    from integrated_diffusion.integration.integrated_operator import IntegratedOperator
    from integrated_diffusion.io import Dataset, DenoisedView
    from integrated_diffusion.io.reading.on_disk import OnDisk
    from integrated_diffusion.operators import Operator
    from integrated_diffusion.runtime.progress import Progress
    from integrated_diffusion.selection.smoothers import Smoother
    from integrated_diffusion.views.validation import View


def denoise(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="An .h5ad, .zarr, .npz, .npy, .csv or .tsv, or an .h5mu if the input is."),
    ],
    only: Annotated[str, typer.Option("--only", metavar="NAME", help="The view to denoise.")],
    features: Annotated[str | None, typer.Option("--features", help="Its features, A,B,..., all unless given.")] = None,
    times: Annotated[
        int | None,
        typer.Option("--times", min=1, help="Apply the integrated operator so often, not the selected smoother."),
    ] = None,
    amount: Annotated[
        str | None,
        typer.Option(
            "--amount", metavar="A", help="Share of the smoothed value, 0 to 1, or cross_validated; selected if it was."
        ),
    ] = None,
    scale: Annotated[
        Scale, typer.Option("--scale", help="Normalised values, or expected counts at each sample's own depth.")
    ] = Scale.NORMALISED,
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
    transpose: Transposed = False,
    exclude: Excluded = None,
    batch: BatchColumn = None,
    batch_view: BatchViews = None,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Denoise one view by the operators of all views.

    Its values are averaged over similar samples and written. Operator, diffusion time and the share of the measured
    value are those that held-out data selected for the view; the integrated operator is applied with --times, --amount,
    or steps that were not cross-validated.

    An .h5mu that `run` wrote keeps its operators and what was selected. They are used unless other settings are
    given, and the view is read a few features at a time. Other files are integrated first.

    An output in the format of the input is a copy of it with a layer. Any other .h5ad or .zarr is continued where it
    was stopped when the same command is given again.

    For example:

    integrated-diffusion denoise cells.h5mu -o denoised.h5mu --only rna

    integrated-diffusion denoise cells.h5mu -o cd4.csv --only rna --features CD4

    integrated-diffusion denoise cells.h5mu -o counts.h5ad --only rna --scale counts
    """
    from rich.console import Console

    from integrated_diffusion.cli.fitting import prepare_and_fit
    from integrated_diffusion.cli.parameters import (
        amount_of,
        excluded_features,
        model_of,
        names_of,
        pairs,
        sources_of,
        step_counts,
    )
    from integrated_diffusion.cli.summary import run_summary
    from integrated_diffusion.io import check_denoised_output, read, write_denoised
    from integrated_diffusion.io.feature_names import are_all
    from integrated_diffusion.io.reading.opening import holds_operator
    from integrated_diffusion.io.writing.outputs import check_new
    from integrated_diffusion.model import workflow
    from integrated_diffusion.runtime.console import progress_bar

    start = time.perf_counter()
    wanted_features, how = names_of(features), Requested(times, amount_of(amount), str(scale))
    asked = (
        view,
        normalize,
        steps,
        order,
        n_neighbors,
        local_denoising,
        split_counts or None,
        batch,
        batch_view,
        transpose or None,
    )
    usual = (preset, n_pca, random_state, missing) == (Preset.DEFAULT, None, 0, Missing.KEEP)
    if usual and all(word is None for word in asked) and holds_operator(inputs):
        with progress_bar() as progress:
            found = _by_stored_operator(inputs[0], output, overwrite, only, wanted_features, how, progress)
            written = write_denoised(found, output)
        Console().print(
            f"integrated operator J = {found.operator} of {inputs[0]}\n{_told(found)}\nwrote {written}", markup=False
        )
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
        measured = read(inputs, wanted, missing, transpose, excluded_features(exclude))
        columns = workflow.feature_columns(measured, only, wanted_features)
        whole = are_all(columns, measured.views[only].shape[1]) and only not in measured.kept
        check_denoised_output(output, measured.places[only], measured.source, whole=whole)
        check_new((output,), overwrite, inputs)
        prepare_and_fit(model, measured, recipes, split_counts, progress, batch, batch_view)
        denoised = workflow.denoised_view(
            measured, model, only, columns, how.power, progress, amount=how.amount, scale=how.scale
        )
        written = write_denoised(denoised, output)
    Console().print(run_summary(model, time.perf_counter() - start, (written,)))
    Console().print(_told(denoised), markup=False)


def _told(denoised: DenoisedView) -> str:
    return f"{denoised.name} denoised: {denoised.smoother}, {denoised.scale}"


class Requested(NamedTuple):
    """What is asked of the smoother; `None` leaves it to what was selected.

    Parameters
    ----------
    power : int or None
        Power of the integrated operator.
    amount : float, str or None
        Share of the smoothed value, or `'cross_validated'`.
    scale : str
        Scale of the denoised values.
    """

    power: int | None
    amount: float | str | None
    scale: str


def _by_stored_operator(
    path: Path, output: Path, overwrite: bool, only: str, features: list[str] | None, how: Requested, progress: Progress
) -> DenoisedView:
    """Denoise by the operators that a file keeps."""
    from integrated_diffusion.io import DenoisedView, check_denoised_output, read_without_values, stored_columns
    from integrated_diffusion.io.feature_names import are_all
    from integrated_diffusion.io.reading.sample_annotations import sample_annotations
    from integrated_diffusion.io.reading.stored_description import reading_record
    from integrated_diffusion.io.writing.outputs import check_new
    from integrated_diffusion.model.stored_record import smoother_of
    from integrated_diffusion.operators.blockwise import BlockedProduct
    from integrated_diffusion.selection.smoothers import stored_smoother
    from integrated_diffusion.views.checks import check_known

    progress("reading", 0, 1)
    data = read_without_values(path)
    check_known([only], tuple(data.places), "--only")
    columns, known = stored_columns(data, only, features), data.feature_names[only]
    place, whole = data.places[only], are_all(columns, len(known))
    check_denoised_output(output, place, [path], whole=whole)
    check_new((output,), overwrite, (path,))
    if data.results is None or data.results.integrated_operator is None:
        raise ValueError(f"{path}: expected an integrated operator, found none; integrate first, by `run`")
    with reading_record(str(path)):
        selected = smoother_of(data.results.record, only)
    smoother = stored_smoother(how.power, how.amount, how.scale, selected, only)
    integrated = data.results.integrated_operator
    operator, values = _on_scale(data, path, only, smoother, integrated, how.scale, progress)
    blocks = BlockedProduct(operator, values, columns, progress)
    names, formula = [known[column] for column in columns], repr(integrated.operator)
    obs = sample_annotations(place, data.sample_names)
    return DenoisedView(only, data.sample_names, names, blocks, place, smoother, formula, whole, how.scale, obs)


def _on_scale(
    data: Dataset,
    path: Path,
    view: str,
    smoother: Smoother,
    integrated: IntegratedOperator,
    scale: str,
    progress: Progress,
) -> tuple[Operator, OnDisk | View]:
    """The operator and the values that it is applied to: in the file, or read if the view lacks samples."""
    from integrated_diffusion.io import counts_on_disk, normalised_on_disk
    from integrated_diffusion.io.reading.opening import open_mudata
    from integrated_diffusion.scverse.denoising import smoothing_of
    from integrated_diffusion.selection.smoothers import COUNTS, on_count_scale

    if not integrated.measured[view].all():
        smoothing = smoothing_of(open_mudata([path]), view, smoother, integrated, scale)
        return smoothing.operator, smoothing.values
    operator = smoother.of(view, integrated)
    if scale != COUNTS:
        return operator, normalised_on_disk(data, view, progress)
    counts, sizes = counts_on_disk(data, view, progress)
    return on_count_scale(operator, sizes), counts
