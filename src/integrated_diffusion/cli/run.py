"""`run`: measured views to an integrated operator, its embedding and its graph."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrated_diffusion.cli.options import Cluster, Embedding, Fitting, Inputs, MaxMemory, Overwrite

if TYPE_CHECKING:
    from rich.console import RenderableType

    from integrated_diffusion.io import Results
    from integrated_diffusion.model.estimator import IntegratedDiffusion


def run(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="An .h5mu or .zarr, or an .npz of results alone.")],
    fitting: Fitting,
    embedding: Embedding,
    on_cluster: Cluster,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
) -> None:
    """Integrate several views; write the embedding and its graph.

    A record of the settings and a picture are written beside them.

    For example:

    integrated-diffusion run multiome.h5mu -o joint.h5mu --color cell_type

    integrated-diffusion run rna.csv prot.csv -o j.npz --normalize prot=protein

    integrated-diffusion run cells.h5mu -o out.h5mu --steps rna=3 --steps atac=1

    integrated-diffusion run cells.h5mu -o out.h5mu --view atac --view rna

    integrated-diffusion run cells.h5mu -o out.h5mu --batch donor

    integrated-diffusion run atlas.zarr -o joint.zarr --workers 2 --memory-per-worker 4GB

    integrated-diffusion run more.h5mu -o again.h5mu --config joint.h5mu
    """
    # Imported here, as in every command, so that help and mistakes in the options are shown at once.
    from integrated_diffusion.cli.clusters import ClusterRun
    from integrated_diffusion.cli.parameters import model_of
    from integrated_diffusion.runtime.telling import tell

    model = model_of(fitting, power=embedding.power, n_components=embedding.n_components)
    if on_cluster.is_given:
        on_workers = ClusterRun(model, inputs, output, fitting, on_cluster, overwrite, max_memory)
        tell(on_workers.integrate(embedding))
    else:
        tell(_in_memory(model, inputs, output, fitting, embedding, overwrite))


def _in_memory(
    model: IntegratedDiffusion,
    inputs: list[Path],
    output: Path,
    fitting: Fitting,
    embedding: Embedding,
    overwrite: bool,
) -> RenderableType:
    """Fit, embed, write results and picture, and return what to tell."""
    import numpy as np

    from integrated_diffusion.cli.fitting import prepare_and_fit, read_views
    from integrated_diffusion.cli.plans import RUN
    from integrated_diffusion.cli.summary import run_summary
    from integrated_diffusion.io import check_results_output, write_results
    from integrated_diffusion.io.reading.labels import read_labels
    from integrated_diffusion.io.writing.outputs import check_new, check_output
    from integrated_diffusion.io.writing.results import check_keeps_all, files_of
    from integrated_diffusion.model import workflow
    from integrated_diffusion.plotting import picture, save
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.progress import Stopwatch

    start, color = time.perf_counter(), embedding.color
    check_results_output(output, inputs)
    image = check_output(output.with_suffix(".png"), [".png"])
    check_new((*files_of(output), image), overwrite, inputs)
    with progress_bar(plan=RUN) as bar:
        progress = Stopwatch(bar)
        progress("reading", 0, 1)
        measured = read_views(fitting, inputs)
        check_keeps_all(measured, output)
        labels = read_labels(measured, color) if color else None
        prepare_and_fit(model, measured, fitting, progress)
        found = _with_options(workflow.results(measured, model, progress), fitting, embedding)
        progress("writing", 0, 1)
        maps, title = {"integrated (PHATE)": np.asarray(found.phate)}, f"J = {model.operator_!r}"
        curves = model.integration_.steps.curves
        drawing = picture(maps, title, labels, color or "", model.selection_, curves, model.steps_)
        draw = partial(save, drawing, run=found.record["run"])
        written = write_results(measured.with_results(found), output, {image: draw})
    return run_summary(model, time.perf_counter() - start, written)


def _with_options(results: Results, fitting: Fitting, embedding: Embedding) -> Results:
    """Add to the record the options that are not the default ones, to be given again by `--config`."""
    from integrated_diffusion.cli.configuration import KEY, written_configuration
    from integrated_diffusion.cli.parameters import excluded_features

    excluded = excluded_features(fitting.exclude)  # by name: a file of names may not be there any more
    named = dataclasses.replace(fitting, exclude=[""] if excluded == [] else excluded)
    record = {**results.record, KEY: written_configuration(named, embedding)}
    return dataclasses.replace(results, record=record)
