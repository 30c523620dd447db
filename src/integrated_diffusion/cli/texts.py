"""The words of the command line: arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from integrated_diffusion.cli.parameters import Preset
from integrated_diffusion.views.recipes import RECIPES

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
Seed = Annotated[int, typer.Option("--random-state", min=0, help="The same seed gives the same result.")]
Jobs = Annotated[int | None, typer.Option("--n-jobs", help="Threads, all cores unless given.")]
