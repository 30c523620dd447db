"""`run`: measured views to a joint walk, its map and its graph."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from integrated_diffusion.cli.app import app
from integrated_diffusion.cli.parameters import Preset, model_of, pairs, places, step_counts
from integrated_diffusion.cli.summary import run_summary
from integrated_diffusion.cli.texts import (
    Components,
    Denoising,
    Inputs,
    Jobs,
    KthNeighbor,
    OrderName,
    Power,
    PresetName,
    PrincipalComponents,
    Recipes,
    Seed,
    StepCounts,
    Thin,
    Views,
)
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.integration.steps import FixedSteps
from integrated_diffusion.io import Measured, check_results_output, read, write_results
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.model import workflow
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.plotting import picture, save
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Progress, Stopwatch
from integrated_diffusion.views.checks import check_choice


@app.command()
def run(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="An .h5mu, or an .npz of results alone.")],
    view: Views = None,
    normalize: Recipes = None,
    preset: PresetName = Preset.DEFAULT,
    steps: StepCounts = None,
    order: OrderName = None,
    thin: Thin = False,
    power: Power = None,
    n_components: Components = 20,
    n_pca: PrincipalComponents = 50,
    n_neighbors: KthNeighbor = None,
    local_denoising: Denoising = None,
    color: Annotated[str | None, typer.Option("--color", help="Column of obs to colour the map by.")] = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Find the joint walk of several views; write its map, its graph, a record, and a picture beside them.

    For example:

    integrated-diffusion run multiome.h5mu -o joint.h5mu --color cell_type

    integrated-diffusion run rna.csv protein.csv -o joint.npz --normalize protein=protein

    integrated-diffusion run cells.h5mu -o joint.h5mu --view rna=rna:obsm/X_pca --view atac --steps rna=3 --steps atac=1
    """
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
    recipes, wanted = pairs(normalize, "--normalize"), places(view)
    check_results_output(output, inputs)
    image = check_output(output.with_suffix(".png"), [".png"])
    with progress_bar() as bar:
        progress = Stopwatch(bar)
        progress("reading", 0, 1)
        measured = read(inputs, wanted)
        labels = read_labels(measured, color) if color else None
        fitted(model, measured, recipes, thin, progress)
        found = workflow.results(measured, model, progress)
        progress("writing", 0, 1)
        maps, title = {"joint map (PHATE)": found.phate}, f"J = {model.operator_!r}"
        drawing = picture(maps, model.entropy_, model.steps_, title, labels, color or "", model.selection_)
        with replacing(image) as temporary:  # drawn before and put in place after the results are
            save(drawing, temporary)
            written = write_results(found, output, measured)
    Console().print(run_summary(model, time.perf_counter() - start, (*written, image)))


def fitted(
    model: IntegratedDiffusion, measured: Measured, recipes: Mapping[str, str], thin: bool, progress: Progress
) -> None:
    """Fit the model to the views, each by its recipe."""
    check_early(model, list(measured.views))
    chosen = workflow.recipes_for(measured, recipes)
    model.set_params(recipes=chosen)
    if thin:
        workflow.split_counts(model, chosen)
    workflow.fit(model, measured.views, progress)


def check_early(model: IntegratedDiffusion, names: list[str]) -> None:
    """Find steps of unknown views and orders that are none before the long work."""
    if isinstance(model.order, str):
        check_choice(model.order, tuple(ORDERS), "--order")
    if isinstance(model.steps, dict):
        FixedSteps(model.steps).check(names)
