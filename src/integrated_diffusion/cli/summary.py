"""Short tables for the terminal: what a run did, scores, associations."""

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
    """Return a table of the views, with their contributions and the integrated operator below it.

    Parameters
    ----------
    model : IntegratedDiffusion
        The fitted model.
    seconds : float
        Wall time of the command, in seconds.
    written : iterable of pathlib.Path
        The files that were written.

    Returns
    -------
    rich.console.RenderableType
    """
    table = Table(title="Integrated diffusion", title_justify="left")
    table.add_column("view")
    for heading in ("samples", "features", "PCs", "neighbours", "elbow", "steps"):
        table.add_column(heading, justify="right")
    table.add_column("normalisation")
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
    contributions = Text("\n".join(f"{name} {found}" for name, found in _view_contributions(model).items()))
    batches = Text("" if model.batches_ is None else f"batches {model.batches_.column}: {model.batches_.in_words}")
    power = "all powers" if model.power is None else f"power {model.power_}"
    operator = Text(f"integrated operator J = {model.operator_!r}, {power}, {seconds:.1f} s")
    files = Text("\n".join(f"wrote {path}" for path in written))
    samples = model.integration_.samples
    lacking = [] if samples.is_complete else [Text(repr(samples))]
    return Group(table, *lacking, *(text for text in (contributions, batches) if text.plain), operator, files)


def _view_contributions(model: IntegratedDiffusion) -> Mapping[str, object]:
    """Return each view's contribution to held-out prediction; nothing if the steps were not cross-validated."""
    return {} if model.selection_ is None else model.selection_.view_contributions


def score_table(title: str, scores: Mapping[str, float], heading: str) -> Table:
    """Return a table of one score for each of several methods, the best in bold.

    Parameters
    ----------
    title : str
        Title of the table.
    scores : mapping of str to float
        Score by method; the highest is the best.
    heading : str
        What the score is.

    Returns
    -------
    rich.table.Table
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
    """Return a table of the pairs with the highest excess over their nulls, and a summary of all pairs.

    Parameters
    ----------
    found : Associations
        Scores with their permutation nulls.
    first, second : str
        Names of the views.
    seconds : float
        Wall time of the command, in seconds.
    written : iterable of pathlib.Path
        The files that were written.
    most : int, default 10
        Number of pairs shown.

    Returns
    -------
    rich.console.RenderableType
    """
    table = Table(title="Mutual information, in nats", title_justify="left")
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
    summary = Text(f"{found!r}, {seconds:.1f} s")
    lone = found.pairs.unpaired
    left_out = [f"no partner for {one}" for one in lone[:most]]
    left_out += [f"nor for {len(lone) - most:,} others, such as {lone[most].name}"] if len(lone) > most else []
    left_out += [f"isotype controls left out: {', '.join(found.pairs.controls)}"] if found.pairs.controls else []
    return Group(table, summary, *map(Text, left_out), Text("\n".join(f"wrote {path}" for path in written)))
