"""`associate` and `report`: questions to views that are integrated."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from integrated_diffusion import report
from integrated_diffusion.association import EqualFrequency
from integrated_diffusion.cli.app import app
from integrated_diffusion.cli.pair_options import Null, PairSource, Smoothings, two_views
from integrated_diffusion.cli.parameters import names_of
from integrated_diffusion.cli.summary import association_summary
from integrated_diffusion.cli.texts import Inputs, Jobs, Seed
from integrated_diffusion.io import keys
from integrated_diffusion.io.files import check_input
from integrated_diffusion.io.reading.opening import open_mudata
from integrated_diffusion.io.writing.mudata_file import write_additions, write_mudata
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.plotting import association_figure, save
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.threads import n_threads
from integrated_diffusion.scverse import tl
from integrated_diffusion.scverse.features import views_of


@app.command()
def associate(
    inputs: Inputs,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A .csv or .tsv of all pairs; or an .h5mu, the input and the table.")
    ],
    between: Annotated[
        str | None,
        typer.Option("--between", metavar="FIRST,SECOND", help="The two views, the first two unless given."),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="A .csv or .tsv of two columns: a feature of each view.")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="Column of the second view's var that names its partner.")
    ] = None,
    genes: Annotated[
        Path | None, typer.Option("--genes", help="Where genes are (GTF, GFF3, BED or table): peaks near their starts.")
    ] = None,
    window: Annotated[int, typer.Option("--window", min=0, help="How near, in bases.")] = 100_000,
    smoothing: Annotated[
        Smoothings, typer.Option("--smoothing", help="Along the joint walk, each view by itself, or as measured.")
    ] = Smoothings.JOINT,
    null: Annotated[
        Null,
        typer.Option(
            "--null",
            help="Shuffle either feature along the same walks (pairs), or a view and make its walks again (views).",
        ),
    ] = Null.PAIRS,
    n_bins: Annotated[int, typer.Option("--n-bins", help="Bins of equal frequency.")] = 10,
    n_shuffles: Annotated[
        int, typer.Option("--n-shuffles", help="Shuffles for the null, 3 or more; 0 leaves it out.")
    ] = 10,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Find which features of two views go together, each score beside its null; write a table and a picture.

    The input is what `run` wrote to an .h5mu; other files are integrated first, by the default settings. Without
    --pairs, --column and --genes features are paired by var["linked_gene"] of the second view, else by their names.

    For example:

    integrated-diffusion associate joint.h5mu -o pairs.csv --between rna,prot

    integrated-diffusion associate multiome.h5mu -o joint.h5mu --genes genes.gtf.gz --window 50000
    """
    start = time.perf_counter()
    source = PairSource(pairs, column, genes, window)
    n_threads(n_jobs)
    check_output(output, [".csv", ".tsv", ".h5mu"])
    image = check_output(output.with_name(f"{output.stem}_associations.png"), [".png"])
    _check_keeps((output, image), inputs, source.files)
    for file in source.files:
        check_input(file)
    with progress_bar() as progress:
        progress("reading", 0, 1)
        data = open_mudata(inputs)
        first, second = two_views(between, views_of(data))
        integrated = keys.described_operator(data.uns.get(keys.RECORD, {})) is not None
        chosen = source.pairs(data, first, second)
        data = data if integrated else tl.integrate(data, progress=progress)
        found = tl.associate(
            data,
            first,
            second,
            chosen,
            EqualFrequency(n_bins),
            smoothing.between(data, first, second, null),
            n_shuffles,
            random_state,
            n_jobs,
            progress,
        )
        progress("writing", 0, 1)
        table, written = found.frame(), (output, image) if n_shuffles else (output,)
        with ExitStack() as files:
            if n_shuffles:  # the picture is one of scores against nulls
                drawing = association_figure(table, f"{first} and {second}, {found.smoothing}")
                save(drawing, files.enter_context(replacing(image)))
            if output.suffix.lower() != ".h5mu":
                separator = "," if output.suffix.lower() == ".csv" else "\t"
                table.to_csv(files.enter_context(replacing(output)), sep=separator, index=False)
            elif integrated:
                write_additions(inputs[0], output, {"uns": {keys.ASSOCIATIONS: data.uns[keys.ASSOCIATIONS]}})
            else:
                write_mudata(data, output)
    Console().print(association_summary(found, first, second, time.perf_counter() - start, written))


def _check_keeps(outputs: Iterable[Path], inputs: Sequence[Path], read: Iterable[Path]) -> None:
    """Refuse to replace what is read; the one `.h5mu` that the results are added to is no loss."""
    added_to = {inputs[0].resolve()} if len(inputs) == 1 and inputs[0].suffix.lower() == ".h5mu" else set()
    kept = {path.resolve() for path in (*inputs, *read)}
    for output in outputs:
        if output.resolve() in kept - (added_to if output.suffix.lower() == ".h5mu" else set()):
            raise ValueError(
                f"{output}: expected an output beside the inputs, found one of them, whose values would be lost; "
                "choose another name"
            )


@app.command(name="report")
def make_report(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="An .h5mu that `run` or `associate` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page, an .html.")],
    features: Annotated[
        str | None, typer.Option("--features", metavar="A,B", help="Features to show before and after denoising.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="Title of the page, the file's name unless given.")
    ] = None,
) -> None:
    """Write one page to look at and to send: maps, entropy, steps, features before and after, associations.

    For example:

    integrated-diffusion report joint.h5mu -o report.html --features CD4,CD8A
    """
    start = time.perf_counter()
    check_output(output, [".html"])
    with progress_bar() as progress:
        progress("reading", 0, 1)
        data = open_mudata([source])
        wanted = names_of(features) or ()
        report.write(data, output, features=wanted, title=title or source.stem, progress=progress)
    Console().print(
        f"wrote {output}, {output.stat().st_size / 1e6:.1f} MB, {time.perf_counter() - start:.1f} s", markup=False
    )
