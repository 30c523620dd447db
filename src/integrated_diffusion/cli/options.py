"""Arguments and options that several commands share, with their help texts; light to import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Preset(StrEnum):
    """Settings to start from."""

    DEFAULT = "default"
    PAPER = "paper"


class DemoData(StrEnum):
    """What the demonstration is of."""

    CELLS = "cells"
    DIGITS = "digits"


class Scale(StrEnum):
    """Scale of denoised values."""

    NORMALISED = "normalised"
    COUNTS = "counts"


class Null(StrEnum):
    """What is shuffled for the permutation null: a feature of a pair, or the samples of a view."""

    PAIRS = "pairs"
    VIEWS = "views"


class Missing(StrEnum):
    """What to do about samples that a view has not measured."""

    KEEP = "keep"
    DROP = "drop"
    REFUSE = "refuse"


class SmoothingName(StrEnum):
    """How features are smoothed before their mutual information is estimated."""

    JOINT = "joint"
    VIEWS = "views"
    NONE = "none"


def max_memory(size: str | None) -> str | None:
    """Let files take so much memory at most, from now on; see `runtime.memory`."""
    if size is not None:
        from integrated_diffusion.runtime.memory import bytes_of, limit_memory

        limit_memory(bytes_of(size, "--max-memory"))
    return size


Inputs = Annotated[
    list[Path],
    typer.Argument(
        help="One .h5mu, .zarr, .npz or 10x .h5, or several .h5ad, .loom, .npy or tables (.csv, .tsv, .txt, .gz) of "
        "one view each."
    ),
]
Views = Annotated[
    list[str] | None,
    typer.Option(
        "--view",
        metavar="NAME=WHERE",
        help="A view to use, all unless given; e.g. rna or rna=rna:obsm/X_pca; repeatable.",
    ),
]
MissingSamples = Annotated[
    Missing,
    typer.Option("--missing", help="Samples that a view has not measured: keep them, drop them everywhere, or refuse."),
]
MaxMemory = Annotated[
    str | None,
    typer.Option(
        "--max-memory",
        metavar="SIZE",
        callback=max_memory,
        help="Refuse what takes more memory, e.g. 8GB; four fifths of what there is unless given.",
    ),
]
Transposed = Annotated[bool, typer.Option("--transpose", help="Tables have features in rows and samples in columns.")]
Excluded = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="NAME|FILE",
        help='A feature to leave out, or a file of one a line; hashtags unless given, "" for none; repeatable.',
    ),
]
Recipes = Annotated[
    list[str] | None,
    typer.Option(
        "--normalize",
        metavar="NAME=RECIPE",
        help="Normalisation of a view, recognised unless given: rna, chromatin, protein, other or none; repeatable.",
    ),
]
StepCounts = Annotated[
    list[str] | None,
    typer.Option(
        "--steps",
        metavar="NAME=T",
        help="Number of steps (diffusion time t) of a view; 0 leaves it out. By the preset unless given; repeatable.",
    ),
]
OrderName = Annotated[
    str | None,
    typer.Option("--order", metavar="ORDER", help="How the views' operators are combined: given, both or random."),
]
SplitCounts = Annotated[
    bool,
    typer.Option("--split-counts", help="Cross-validate by binomial count splitting instead of splitting features."),
]
PresetName = Annotated[Preset, typer.Option("--preset", help="Settings to start from.")]
Power = Annotated[
    int | None,
    typer.Option("--power", help="Power of the integrated operator in the embedding, by the preset unless given."),
]
Components = Annotated[
    int | None,
    typer.Option("--n-components", help="Components of the embedding, by the number of samples unless given."),
]
PrincipalComponents = Annotated[
    int | None,
    typer.Option("--n-pca", help="Principal components of each view, by the number of samples unless given."),
]
KthNeighbor = Annotated[
    int | None, typer.Option("--n-neighbors", help="Neighbours in each view; the last one sets the kernel's bandwidth.")
]
Denoising = Annotated[
    bool | None,
    typer.Option("--local-denoising/--no-local-denoising", help="Denoise each view by itself first."),
]
BatchColumn = Annotated[
    str | None,
    typer.Option(
        "--batch",
        metavar="COLUMN",
        help="Column of obs with the batch of every sample (donor, run); neighbours are then sought in every batch.",
    ),
]
BatchViews = Annotated[
    list[str] | None,
    typer.Option(
        "--batch-view", metavar="NAME", help="A view whose neighbours are balanced, all unless given; repeatable."
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", help="Replace files that are there, also an input; earlier outputs are replaced anyway."
    ),
]
Seed = Annotated[int, typer.Option("--random-state", min=0, help="Seed; the same seed gives the same result.")]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Threads, all cores unless given.")]
