"""`ingest`: new cells placed among those of an integrated file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.options import MaxMemory, Overwrite


def ingest(
    query: Annotated[
        Path, typer.Argument(help="New cells, an .h5mu or .zarr with one modality of the reference or more.")
    ],
    reference: Annotated[Path, typer.Option("--reference", help="An .h5mu or .zarr that `run` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="An .h5mu or .zarr: the query with what was found.")],
    transfer: Annotated[
        list[str] | None,
        typer.Option("--transfer", metavar="COLUMN", help="Column of obs whose labels are transferred; repeatable."),
    ] = None,
    predict: Annotated[
        list[str] | None,
        typer.Option("--predict", metavar="VIEW", help="View whose values are predicted; repeatable."),
    ] = None,
    overwrite: Overwrite = False,
    max_memory: MaxMemory = None,
) -> None:
    """Place new cells among those of an integrated reference.

    Cells get coordinates, labels with a probability, and values in views that did not measure them, by any of the
    reference's views. The reference does not change. A distance above 1 is that of one in a hundred of its own cells:
    many such cells are a type that the reference does not have.

    For example:

    integrated-diffusion ingest query.h5mu --reference joint.h5mu -o mapped.h5mu --transfer cell_type --predict prot
    """
    from integrated_diffusion.cli.plans import INGEST
    from integrated_diffusion.io import keys
    from integrated_diffusion.io.writing.mudata_output import MUDATA_SUFFIXES
    from integrated_diffusion.io.writing.outputs import check_new, check_output
    from integrated_diffusion.runtime.console import progress_bar
    from integrated_diffusion.runtime.telling import tell
    from integrated_diffusion.scverse.ingest import ingest_file

    start = time.perf_counter()
    check_output(output, list(MUDATA_SUFFIXES))
    if output.resolve() != reference.resolve():  # which is never replaced
        check_new((output,), overwrite, (query, reference))
    with progress_bar(plan=INGEST) as progress:
        found = ingest_file(query, reference, output, transfer, predict, progress)
    views = ", ".join(map(str, found.uns[keys.INGEST]["views"]))
    tell(f"placed {found.n_obs:,} cells among those of {reference}, by {views}")
    for column in transfer or ():
        name = keys.transferred(column)
        counts = found.obs[name].value_counts()
        listed = ", ".join(f"{label} {count:,}" for label, count in counts.items() if count)
        mean = found.obs[f"{name}_probability"].mean()
        tell(f"{column}: {listed}; mean probability {mean:.2f}")
    far = int((found.obs[keys.REFERENCE_DISTANCE] > 1).sum())
    tell(f"further than 1 from the reference: {far:,} cells ({far / found.n_obs:.1%})")
    tell(f"wrote {output} in {time.perf_counter() - start:.1f} s")
