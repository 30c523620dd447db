"""The command line: thin, with progress on stderr, a summary and a picture at the end, one line for every mistake."""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from integrated_diffusion import workflow
from integrated_diffusion.console import progress_bar
from integrated_diffusion.demonstration import demonstrate
from integrated_diffusion.estimator import IntegratedDiffusion
from integrated_diffusion.io import check_denoised_output, check_results_output, read, write_denoised, write_results
from integrated_diffusion.io.guards import check_output, one_line, replacing
from integrated_diffusion.io.labels import read_labels
from integrated_diffusion.options import Preset, model_of, pairs, places, step_counts
from integrated_diffusion.order import ORDERS
from integrated_diffusion.plotting import picture, save
from integrated_diffusion.preprocessing import RECIPES
from integrated_diffusion.progress import Stopwatch
from integrated_diffusion.steps import FixedSteps
from integrated_diffusion.summary import run_summary, score_table
from integrated_diffusion.validation import check_choice
from integrated_diffusion.version import __version__

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Inputs = Annotated[
    list[Path],
    typer.Argument(help="One .h5mu, .npz or 10x .h5, or several .h5ad, .csv, .tsv or .npy of one view each."),
]
Views = Annotated[
    list[str] | None,
    typer.Option("--view", metavar="NAME=WHERE", help="Use this view, e.g. rna or rna=rna:obsm/X_pca; repeatable."),
]
Recipes = Annotated[
    list[str] | None,
    typer.Option(
        "--normalize", metavar="NAME=RECIPE", help=f"Treat a view by a recipe of your choice: {', '.join(RECIPES)}."
    ),
]
StepCounts = Annotated[
    list[str] | None,
    typer.Option("--steps", metavar="NAME=T", help="Steps of a view (0 leaves it out), else by the preset."),
]
OrderName = Annotated[
    str | None, typer.Option("--order", metavar="ORDER", help="given, both or random: how the views' steps are joined.")
]
Thin = Annotated[bool, typer.Option("--thin", help="Cross-validate by thinning counts, not by splitting features.")]
PresetName = Annotated[Preset, typer.Option("--preset", help="Settings to start from.")]
Power = Annotated[
    int | None, typer.Option("--power", help="Repetitions of the joint walk for the embedding, else by the preset.")
]
Components = Annotated[int, typer.Option("--n-components", help="Coordinates of the embedding.")]
PrincipalComponents = Annotated[int, typer.Option("--n-pca", help="Coordinates of each view.")]
KthNeighbor = Annotated[int | None, typer.Option("--n-neighbors", help="Neighbour that sets the bandwidth.")]
Denoising = Annotated[
    bool | None, typer.Option("--local-denoising/--no-local-denoising", help="Denoise each view first.")
]
Seed = Annotated[int, typer.Option("--random-state", help="The same seed gives the same result.")]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Threads, all cores unless given.")]


@app.callback(invoke_without_command=True)
def about(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """One walk from several noisy views of the same samples: a joint map, a joint graph and denoised data."""
    if version or context.invoked_subcommand is None:
        print(__version__ if version else context.get_help())
        raise typer.Exit


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
        _check_early(model, list(measured.views))
        prepared = workflow.prepare_views(measured, recipes, n_pca, random_state, progress)
        if thin:
            workflow.thin_counts(model, measured, prepared)
        else:
            workflow.split_features(model, prepared)
        workflow.fit(model, prepared, progress)
        found = workflow.results(measured, prepared, model, progress)
        progress("writing", 0, 1)
        maps, title = {"joint map (PHATE)": found.phate}, f"J = {model.operator_!r}"
        drawing = picture(maps, model.entropy_, model.steps_, title, labels, color or "", model.selection_)
        with replacing(image) as temporary:  # drawn before and put in place after the results are
            save(drawing, temporary)
            written = write_results(found, output, measured)
    Console().print(run_summary(model, prepared, time.perf_counter() - start, (*written, image)))


@app.command()
def denoise(
    inputs: Inputs,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="An .npz, .npy, .csv or .tsv, or an .h5mu or .h5ad if the input is.")
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

    For example:

    integrated-diffusion denoise cells.h5mu -o denoised.h5mu --only rna

    integrated-diffusion denoise cells.h5mu -o markers.csv --only rna --features CD4,CD8A
    """
    start = time.perf_counter()
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
        columns = workflow.feature_columns(measured, only, features.split(",") if features else None)
        check_denoised_output(output, measured.places[only], measured.source, whole=features is None)
        _check_early(model, list(measured.views))
        prepared = workflow.prepare_views(measured, recipes, n_pca, random_state, progress)
        if thin:
            workflow.thin_counts(model, measured, prepared)
        else:
            workflow.split_features(model, prepared)
        workflow.fit(model, prepared, progress)
        written = write_denoised(
            workflow.denoised_view(measured, prepared, model, only, columns, times, progress), output
        )
    Console().print(run_summary(model, prepared, time.perf_counter() - start, (written,)))


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to draw the picture.")] = Path("demo.png"),
    n_samples: Annotated[int | None, typer.Option("--n-samples", help="Digits, all unless given.")] = None,
    random_state: Seed = 0,
) -> None:
    """Show what it does on handwritten digits seen by two noisy sensors.

    For example:

    integrated-diffusion demo -o digits.png
    """
    start = time.perf_counter()
    check_output(output, [".png"])
    with progress_bar() as progress:
        shown = demonstrate(n_samples, random_state, progress)
        model = shown.model
        title = f"{shown.data.labels.size:,} digits, two noisy sensors: J = {model.operator_!r}"
        with replacing(output) as temporary:
            labels = shown.data.labels
            drawing = picture(shown.maps, model.entropy_, model.steps_, title, labels, "digit", model.selection_)
            save(drawing, temporary)
    console = Console()
    console.print(score_table("Which digit is it?", shown.accuracies, "accuracy of 5 nearest neighbours"))
    console.print(f"walk J = {model.operator_!r}, all powers, {time.perf_counter() - start:.1f} s")
    console.print(f"wrote {output}", markup=False)


def main() -> None:
    """Run the command line: exit 0 on success, 2 with one line on stderr on a user's mistake."""
    warnings.showwarning = _show_warning
    try:
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        print("integrated-diffusion: stopped; what was not whole was not written", file=sys.stderr)
        sys.exit(130)
    except typer.TyperException as error:
        found = getattr(error, "format_message", error.__str__)()
        _fail(f"{found.rstrip('.')}; integrated-diffusion --help says what there is")
    except (ValueError, TypeError, OSError, MemoryError) as error:
        _fail(str(error) or one_line(error))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    print("integrated-diffusion: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Say a warning in one line, without the place in the code that a user has no use for."""
    print("integrated-diffusion: warning: " + " ".join(str(message).split()), file=sys.stderr)


def _check_early(model: IntegratedDiffusion, names: list[str]) -> None:
    """Find steps of unknown views and orders that are none before the long work."""
    if isinstance(model.order, str):
        check_choice(model.order, tuple(ORDERS), "--order")
    if isinstance(model.steps, dict):
        FixedSteps(model.steps).check(names)
