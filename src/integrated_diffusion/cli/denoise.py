"""`denoise`: values of one view, smoothed by what a file keeps of an integration or by one that is made first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrated_diffusion.cli.options import Cluster, Fitting, Inputs, MaxMemory, Overwrite, Smoothing

if TYPE_CHECKING:
    from integrated_diffusion.cli.parameters import Requested
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
        typer.Option("--output", "-o", help="An .h5ad, .zarr, .npz, .npy, .csv or .tsv, or an .h5mu of a MuData."),
    ],
    only: Annotated[str, typer.Option("--only", metavar="NAME", help="The view to denoise.")],
    smoothing: Smoothing,
    fitting: Fitting,
    on_cluster: Cluster,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
) -> None:
    """Denoise one view by the operators of all views.

    Its values are averaged over similar samples and written. Operator, diffusion time and the share of the measured
    value are those that held-out data selected for the view; the integrated operator is applied with --times, --amount,
    or steps that were not cross-validated.

    What `run` wrote, .h5mu or .zarr, keeps its operators and what was selected. They are used unless other settings are
    given, and the view is read a few features at a time. Other files are integrated first.

    An output in the format of the input is a copy of it with a layer. Any other .h5ad or .zarr is continued where it
    was stopped when the same command is given again.

    For example:

    integrated-diffusion denoise cells.h5mu -o denoised.h5mu --only rna

    integrated-diffusion denoise cells.h5mu -o cd4.csv --only rna --features CD4

    integrated-diffusion denoise cells.h5mu -o c.h5ad --only rna --scale counts

    integrated-diffusion denoise a.h5mu -o d.zarr --only rna --workers 2
    """
    from integrated_diffusion.cli.clusters import ClusterRun
    from integrated_diffusion.cli.parameters import Requested, amount_of, model_of, names_of
    from integrated_diffusion.cli.plans import DENOISE
    from integrated_diffusion.io import write_denoised
    from integrated_diffusion.io.reading.opening import holds_operator
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell

    features = names_of(smoothing.features)
    how = Requested(smoothing.times, amount_of(smoothing.amount), str(smoothing.scale))
    if on_cluster.is_given:
        model = model_of(fitting, power=1, n_components=1)
        on_workers = ClusterRun(model, inputs, output, fitting, on_cluster, overwrite, max_memory)
        tell(on_workers.denoise(only, features, how))
        return
    if fitting != Fitting(n_jobs=fitting.n_jobs) or not holds_operator(inputs):
        _by_a_fit(inputs, output, overwrite, only, features, how, fitting)
        return
    with progress_bar(plan=DENOISE) as progress:
        found = _by_stored_operator(inputs[0], output, overwrite, only, features, how, progress)
        written = write_denoised(found, output)
    tell(f"integrated operator J = {found.operator} of {inputs[0]}", _told(found), f"wrote {written}")


def _by_a_fit(
    inputs: Sequence[Path],
    output: Path,
    overwrite: bool,
    only: str,
    features: list[str] | None,
    how: Requested,
    fitting: Fitting,
) -> None:
    """Integrate first, and denoise by the operators that are found."""
    from integrated_diffusion.cli.fitting import prepare_and_fit, read_views
    from integrated_diffusion.cli.parameters import model_of
    from integrated_diffusion.cli.plans import FIT_AND_DENOISE
    from integrated_diffusion.cli.summary import run_summary
    from integrated_diffusion.io import check_denoised_output, write_denoised
    from integrated_diffusion.io.feature_names import are_all
    from integrated_diffusion.io.writing.outputs import check_new
    from integrated_diffusion.model import workflow
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell

    start = time.perf_counter()
    model = model_of(fitting, power=1, n_components=1)  # no embedding is needed, so its power is not chosen
    with progress_bar(plan=FIT_AND_DENOISE) as progress:
        progress("reading", 0, 1)
        measured = read_views(fitting, inputs)
        columns = workflow.feature_columns(measured, only, features)
        whole = are_all(columns, measured.views[only].shape[1]) and only not in measured.kept
        check_denoised_output(output, measured.places[only], measured.source, whole=whole)
        check_new((output,), overwrite, inputs)
        prepare_and_fit(model, measured, fitting, progress)
        denoised = workflow.denoised_view(
            measured, model, only, columns, how.power, progress, amount=how.amount, scale=how.scale
        )
        written = write_denoised(denoised, output)
    tell(run_summary(model, time.perf_counter() - start, (written,)), _told(denoised))


def _told(denoised: DenoisedView) -> str:
    return f"{denoised.name} denoised: {denoised.smoother}, {denoised.scale}"


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
