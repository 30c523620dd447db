"""Arguments and options that several commands share, with their help texts; light to import."""

from __future__ import annotations

from dataclasses import dataclass
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
        help="Normalisation of a view, recognised unless given: rna, chromatin, protein, other or none "
        "(also gex, lognorm, atac, tfidf, adt, clr); repeatable.",
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
        "--overwrite",
        help="Replace files that are there, also an input; earlier outputs are replaced anyway, but for those of "
        "--workers and --cluster.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--random-state", min=0, help="Seed; the same seed gives the same result, for views of the same names."
    ),
]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Threads, all cores unless given.")]


@dataclass(frozen=True)
class Fitting:
    """Which views are integrated, and how: the options that `run` and `denoise` share."""

    view: Views = None
    normalize: Recipes = None
    preset: PresetName = Preset.DEFAULT
    steps: StepCounts = None
    order: OrderName = None
    split_counts: SplitCounts = False
    n_pca: PrincipalComponents = None
    n_neighbors: KthNeighbor = None
    local_denoising: Denoising = None
    batch: BatchColumn = None
    batch_view: BatchViews = None
    missing: MissingSamples = Missing.KEEP
    transpose: Transposed = False
    exclude: Excluded = None
    random_state: Seed = 0
    n_jobs: Jobs = None


@dataclass(frozen=True)
class Embedding:
    """What `run` makes of the integrated operator."""

    power: Power = None
    n_components: Components = None
    color: Annotated[str | None, typer.Option("--color", help="Column of obs that colours the picture.")] = None


@dataclass(frozen=True)
class Cluster:
    """Where `run` and `denoise` compute chunk by chunk, if they do."""

    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="Run on the dask cluster of this scheduler, chunk by chunk."),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            help="Run chunk by chunk in so many processes of this machine. With it or --cluster the output is a .zarr "
            "of what was asked for alone, coordinates or denoised values.",
        ),
    ] = None
    memory_per_worker: Annotated[
        str | None, typer.Option("--memory-per-worker", metavar="SIZE", help="Memory of each of these, such as 4GB.")
    ] = None

    @property
    def is_given(self) -> bool:
        """Whether any of them was given."""
        return any(value is not None for value in (self.cluster, self.workers, self.memory_per_worker))


@dataclass(frozen=True)
class Smoothing:
    """How the values of a view are denoised."""

    features: Annotated[str | None, typer.Option("--features", help="Its features, A,B,..., all unless given.")] = None
    times: Annotated[
        int | None,
        typer.Option("--times", min=1, help="Apply the integrated operator so often, not the selected smoother."),
    ] = None
    amount: Annotated[
        str | None,
        typer.Option(
            "--amount", metavar="A", help="Share of the smoothed value, 0 to 1, or cross_validated; selected if it was."
        ),
    ] = None
    scale: Annotated[
        Scale, typer.Option("--scale", help="Normalised values, or expected counts at each sample's own depth.")
    ] = Scale.NORMALISED


@dataclass(frozen=True)
class Pairing:
    """Which features of two views are paired."""

    between: Annotated[
        str | None,
        typer.Option("--between", metavar="FIRST,SECOND", help="The two views, the first two unless given."),
    ] = None
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="A .csv or .tsv of two columns: a feature of each view.")
    ] = None
    column: Annotated[
        str | None, typer.Option("--column", help="Column of the second view's var that names its partner.")
    ] = None
    genes: Annotated[
        Path | None,
        typer.Option("--genes", help="Genes (GTF, GFF3, BED or table), each paired with peaks near its start."),
    ] = None
    window: Annotated[
        int, typer.Option("--window", min=0, help="Largest distance of a peak from a gene's start, in bases.")
    ] = 100_000


@dataclass(frozen=True)
class Scoring:
    """How the mutual information of pairs is estimated, and its permutation null."""

    smoothing: Annotated[
        SmoothingName,
        typer.Option("--smoothing", help="By the integrated operator, by each view's own, or none (as measured)."),
    ] = SmoothingName.JOINT
    null: Annotated[
        Null,
        typer.Option(
            "--null",
            help="Shuffle one feature of each pair (pairs), or the samples of a view before diffusion (views).",
        ),
    ] = Null.PAIRS
    n_bins: Annotated[int, typer.Option("--n-bins", help="Bins of equal frequency.")] = 10
    n_shuffles: Annotated[
        int, typer.Option("--n-shuffles", help="Shuffles for the permutation null, 3 or more; 0 leaves it out.")
    ] = 10
    random_state: Seed = 0
    n_jobs: Jobs = None
