"""`associate`: which features of two views depend on each other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import Inputs, Jobs, MaxMemory, Null, Overwrite, Seed, SmoothingName


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
        Path | None,
        typer.Option("--genes", help="Genes (GTF, GFF3, BED or table), each paired with peaks near its start."),
    ] = None,
    window: Annotated[
        int, typer.Option("--window", min=0, help="Largest distance of a peak from a gene's start, in bases.")
    ] = 100_000,
    smoothing: Annotated[
        SmoothingName,
        typer.Option("--smoothing", help="By the integrated operator, by each view's own, or none (as measured)."),
    ] = SmoothingName.JOINT,
    null: Annotated[
        Null,
        typer.Option(
            "--null",
            help="Shuffle one feature of each pair (pairs), or the samples of a view before diffusion (views).",
        ),
    ] = Null.PAIRS,
    n_bins: Annotated[int, typer.Option("--n-bins", help="Bins of equal frequency.")] = 10,
    n_shuffles: Annotated[
        int, typer.Option("--n-shuffles", help="Shuffles for the permutation null, 3 or more; 0 leaves it out.")
    ] = 10,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
    random_state: Seed = 0,
    n_jobs: Jobs = None,
) -> None:
    """Estimate the mutual information of features of two views.

    Each score stands beside its permutation null, in a table and a picture. The input is an .h5mu that `run` wrote;
    other files are integrated first, by the default settings. Without --pairs, --column and --genes, features are
    paired by var["linked_gene"] of the second view, else by their names.

    For example:

    integrated-diffusion associate joint.h5mu -o pairs.csv --between rna,prot

    integrated-diffusion associate cells.h5mu -o pairs.csv --genes genes.gtf.gz
    """
    from rich.console import Console

    from integrated_diffusion.association import EqualFrequency
    from integrated_diffusion.cli.pair_options import PairSource, smoothing_of, two_views
    from integrated_diffusion.cli.summary import association_summary
    from integrated_diffusion.io import keys
    from integrated_diffusion.io.files import check_input
    from integrated_diffusion.io.reading.opening import open_mudata
    from integrated_diffusion.io.writing.mudata_file import write_additions, write_mudata
    from integrated_diffusion.io.writing.outputs import check_new, check_output, replacing
    from integrated_diffusion.plotting import association_figure, save
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.threads import n_threads
    from integrated_diffusion.scverse import tl
    from integrated_diffusion.scverse.inputs import views_of

    start = time.perf_counter()
    source = PairSource(pairs, column, genes, window)
    n_threads(n_jobs)
    check_output(output, [".csv", ".tsv", ".h5mu"])
    image = check_output(output.with_name(f"{output.stem}_associations.png"), [".png"])
    _check_keeps((output, image), inputs, source.files)
    check_new((output, image) if n_shuffles else (output,), overwrite, inputs)
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
            smoothing_of(smoothing, null, data, first, second),
            n_shuffles,
            random_state,
            n_jobs,
            progress,
        )
        progress("writing", 0, 1)
        table, written = found.frame(), (output, image) if n_shuffles else (output,)
        with ExitStack() as files:
            if n_shuffles:  # the picture shows scores against nulls
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
    """Refuse to replace an input, but for the one `.h5mu` that the results are added to."""
    added_to = {inputs[0].resolve()} if len(inputs) == 1 and inputs[0].suffix.lower() == ".h5mu" else set()
    kept = {path.resolve() for path in (*inputs, *read)}
    for output in outputs:
        if output.resolve() in kept - (added_to if output.suffix.lower() == ".h5mu" else set()):
            raise ValueError(
                f"{output}: expected an output beside the inputs, found one of them, whose values would be lost; "
                "choose another name"
            )
