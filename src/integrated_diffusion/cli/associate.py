"""`associate`: which features of two views depend on each other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrated_diffusion.cli.options import Inputs, MaxMemory, Overwrite, Pairing, Scoring

if TYPE_CHECKING:
    from typing import Any

    from integrated_diffusion.association import Associations, Pairs
    from integrated_diffusion.runtime.progress import Progress


def associate(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="A .csv or .tsv of all pairs; or an .h5mu or .zarr, the input and the table."
        ),
    ],
    pairing: Pairing,
    scoring: Scoring,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
) -> None:
    """Estimate the mutual information of features of two views.

    Each score stands beside its permutation null, in a table and a picture. The input is what `run` wrote, .h5mu or
    .zarr; other files are integrated first, by the default settings. Without --pairs, --column and --genes, features
    are paired by var["linked_gene"] of the second view, proteins with the genes that encode them, else by their names.

    For example:

    integrated-diffusion associate joint.h5mu -o pairs.csv --between rna,prot

    integrated-diffusion associate cells.h5mu -o pairs.csv --genes genes.gtf.gz
    """
    from integrated_diffusion.cli.options import Null
    from integrated_diffusion.cli.pair_options import PairSource, two_views
    from integrated_diffusion.cli.plans import associate_plan
    from integrated_diffusion.cli.summary import association_summary
    from integrated_diffusion.io.files import check_input
    from integrated_diffusion.io.reading.opening import holds_operator, open_mudata
    from integrated_diffusion.io.writing.mudata_output import MUDATA_SUFFIXES
    from integrated_diffusion.io.writing.outputs import check_new, check_output
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell
    from integrated_diffusion.runtime.threads import n_threads
    from integrated_diffusion.scverse import tl
    from integrated_diffusion.scverse.inputs import views_of

    start = time.perf_counter()
    source = PairSource(pairing.pairs, pairing.column, pairing.genes, pairing.window)
    n_threads(scoring.n_jobs)
    check_output(output, [".csv", ".tsv", *MUDATA_SUFFIXES])
    image = check_output(output.with_name(f"{output.stem}_associations.png"), [".png"])
    written = (output, image) if scoring.n_shuffles else (output,)  # the picture shows scores against nulls
    _check_keeps((output, image), inputs, source.files)
    check_new(written, overwrite, inputs)
    for file in source.files:
        check_input(file)
    integrated = holds_operator(inputs)
    plan = associate_plan(is_integrated=integrated, changes_operators=scoring.null is Null.VIEWS)
    with progress_bar(plan=plan) as progress:
        progress("reading", 0, 1)
        data = open_mudata(inputs)
        first, second = two_views(pairing.between, views_of(data))
        chosen = source.pairs(data, first, second)
        data = data if integrated else tl.integrate(data, progress=progress)
        found = _scored(data, first, second, chosen, scoring, progress)
        progress("writing", 0, 1)
        _write(data, found, f"{first} and {second}, {found.smoothing}", written, inputs[0] if integrated else None)
    tell(association_summary(found, first, second, time.perf_counter() - start, written))


def _scored(data: Any, first: str, second: str, pairs: Pairs, scoring: Scoring, progress: Progress) -> Associations:
    """Estimate the mutual information of the pairs."""
    from integrated_diffusion.association import EqualFrequency
    from integrated_diffusion.cli.pair_options import smoothing_of
    from integrated_diffusion.scverse import tl

    estimator = EqualFrequency(scoring.n_bins)
    smoothing = smoothing_of(scoring.smoothing, scoring.null, data, first, second)
    how = (scoring.n_shuffles, scoring.random_state, scoring.n_jobs)
    return tl.associate(data, first, second, pairs, estimator, smoothing, *how, progress)


def _write(data: Any, found: Associations, title: str, written: Sequence[Path], added_to: Path | None) -> None:
    """Write the table, or the MuData with it, and the picture beside it: both, or none."""
    from integrated_diffusion.io import keys
    from integrated_diffusion.io.writing.mudata_file import write_additions, write_mudata
    from integrated_diffusion.io.writing.outputs import placed_before, replacing
    from integrated_diffusion.plotting import association_figure, save

    output, table = written[0], found.frame()
    pictures = {image: partial(save, association_figure(table, title)) for image in written[1:]}
    if output.suffix.lower() in (".csv", ".tsv"):
        separator = "," if output.suffix.lower() == ".csv" else "\t"
        with replacing(output) as temporary, placed_before(pictures):
            table.to_csv(temporary, sep=separator, index=False)
    elif added_to is not None:
        write_additions(added_to, output, {"uns": {keys.ASSOCIATIONS: data.uns[keys.ASSOCIATIONS]}}, pictures)
    else:
        write_mudata(data, output, pictures)


def _check_keeps(outputs: Iterable[Path], inputs: Sequence[Path], read: Iterable[Path]) -> None:
    """Refuse to replace an input, but for the one MuData that the results are added to."""
    from integrated_diffusion.io.foreign import stored_kind
    from integrated_diffusion.io.writing.mudata_output import MUDATA_SUFFIXES

    added_to = {inputs[0].resolve()} if len(inputs) == 1 and stored_kind(inputs[0]) == ".h5mu" else set()
    kept = {path.resolve() for path in (*inputs, *read)}
    for output in outputs:
        if output.resolve() in kept - (added_to if output.suffix.lower() in MUDATA_SUFFIXES else set()):
            raise ValueError(
                f"{output}: expected an output beside the inputs, found one of them, whose values would be lost; "
                "choose another name"
            )
