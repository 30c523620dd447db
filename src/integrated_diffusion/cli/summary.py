"""What a run did, as a short table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from integrated_diffusion.association import Associations
from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL


def run_summary(model: IntegratedDiffusion, seconds: float, written: Iterable[Path]) -> RenderableType:
    """Return a table of the views and how they were treated, with the joint walk below it.

    Parameters
    ----------
    model
        The fitted model.
    seconds
        How long everything took.
    written
        The files that were written.
    """
    table = Table(title="Integrated diffusion", title_justify="left")
    table.add_column("view")
    for heading in ("samples", "features", "coordinates", "neighbours", "elbow", "steps"):
        table.add_column(heading, justify="right")
    table.add_column("treated as")
    n_neighbors = (model.kernel or DEFAULT_KERNEL).n_neighbors
    for name, view in model.integration_.views.items():
        numbers = (
            view.values.shape[0],
            view.values.shape[1],
            view.representation.shape[1],
            n_neighbors,
            model.entropy_[name].elbow,
            model.steps_[name],
        )
        table.add_row(escape(name), *(f"{number:,}" for number in numbers), view.recipe.name if view.recipe else "none")
    view_contributions = Text(
        "\n".join(f"{name} {contribution}" for name, contribution in _view_contribution(model).items())
    )
    power = "all powers" if model.power is None else f"power {model.power_}"
    walk = Text(f"walk J = {model.operator_!r}, {power}, {seconds:.1f} s")
    files = Text("\n".join(f"wrote {path}" for path in written))
    return Group(table, *([view_contributions] if view_contributions.plain else []), walk, files)


def _view_contribution(model: IntegratedDiffusion) -> Mapping[str, object]:
    """What cross-validation says of each view, if it was asked."""
    return {} if model.selection_ is None else model.selection_.view_contributions


def score_table(title: str, scores: Mapping[str, float], heading: str) -> Table:
    """Return a table of one score for each of several ways, the best in bold.

    Parameters
    ----------
    title, heading
        What the table and the score are.
    scores
        Score by way.
    """
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column(heading, justify="right")
    best = max(scores.values())
    for name, score in scores.items():
        table.add_row(escape(name), f"{score:.3f}", style="bold" if score == best else None)
    return table


def association_summary(
    found: Associations, first: str, second: str, seconds: float, written: Iterable[Path], most: int = 10
) -> RenderableType:
    """Return a table of the pairs that stand out most, with their nulls, and what all of them come to.

    Parameters
    ----------
    found
        Scores beside their nulls.
    first, second
        Names of the views.
    seconds
        How long everything took.
    written
        The files that were written.
    most
        Number of pairs shown.
    """
    table = Table(title="Associations, in nats", title_justify="left")
    table.add_column(escape(first))
    table.add_column(escape(second))
    columns = {"score": "score"} | (
        {"null": "null_mean", "excess": "excess", "q": "q_value"} if found.n_shuffles else {}
    )
    for heading in columns:
        table.add_column(heading, justify="right")
    for row in found.frame().head(most).to_dict("records"):
        numbers = (f"{row[column]:.3f}" for column in columns.values())
        table.add_row(escape(row["first"]), escape(row["second"]), *numbers)
    said = Text(f"{found!r}, {seconds:.1f} s")
    return Group(table, said, Text("\n".join(f"wrote {path}" for path in written)))
