"""What `demo` shows: blood cells or handwritten digits, in one picture and a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table

from integrated_diffusion.cli.cells_comparison import GENE, PROTEIN, compare_on_cells
from integrated_diffusion.cli.digits_comparison import compare_on_digits
from integrated_diffusion.cli.summary import score_table
from integrated_diffusion.plotting import Figure, picture
from integrated_diffusion.plotting.comparison import comparison_figure
from integrated_diffusion.runtime.progress import Progress

HEADING = "accuracy of 5-nearest-neighbour classification"


@dataclass(frozen=True, eq=False)
class Demonstration:
    """A picture, tables for the terminal, and the integrated operator in words."""

    figure: Figure
    tables: Sequence[RenderableType]
    operator: str


def of_cells(random_state: int, progress: Progress) -> Demonstration:
    """Fit 800 blood cells, RNA and surface proteins."""
    shown = compare_on_cells(random_state, progress)
    title = f"{len(shown.labels):,} blood cells (CITE-seq): each modality alone, and both integrated"
    figure = comparison_figure(shown.maps, shown.labels, shown.features, title, "cell type")
    scores = score_table("Which type of cell is it?", shown.accuracies, HEADING)
    agreement = Table(title=f"Gene {GENE} and its protein {PROTEIN}", title_justify="left")
    agreement.add_column("gene")
    agreement.add_column("Spearman correlation with the protein", justify="right")
    for word, correlation in shown.agreements.items():
        agreement.add_row(word, f"{correlation:.3f}")
    return Demonstration(figure, (scores, agreement), repr(shown.model.operator_))


def of_digits(n_samples: int | None, random_state: int, progress: Progress) -> Demonstration:
    """Fit handwritten digits seen by two noisy sensors."""
    shown = compare_on_digits(n_samples, random_state, progress)
    model, labels = shown.model, shown.data.labels
    title = f"{labels.size:,} digits, two noisy sensors: J = {model.operator_!r}"
    figure = picture(shown.maps, title, labels, "digit", model.selection_)
    scores = score_table("Which digit is it?", shown.accuracies, HEADING)
    return Demonstration(figure, (scores,), repr(model.operator_))
