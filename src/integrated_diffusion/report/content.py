"""Everything the page says, gathered out of an integrated MuData: numbers and words, no layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrated_diffusion.io import keys, stored_walk
from integrated_diffusion.model.stored_record import curves_of, n_repeats_of, selection_of, steps_of
from integrated_diffusion.report.columns import Column, LeftOut, columns_of
from integrated_diffusion.report.findings import Findings, findings_of
from integrated_diffusion.report.highlights import Highlights, highlights_of
from integrated_diffusion.report.maps import Map, maps_of
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.recipes import RECIPES


@dataclass(frozen=True)
class ViewLine:
    """One view, as the table of what went in has it.

    Attributes
    ----------
    name, place
        Its name, and where it was measured.
    n_samples, n_features, n_coordinates
        Sizes before and after its recipe.
    recipe, summary
        The recipe's name and what it does.
    steps
        How often the joint walk goes through the view.
    worth
        What cross-validation says of it, if it was asked.
    """

    name: str
    place: str
    n_samples: int
    n_features: int
    n_coordinates: int
    recipe: str
    summary: str
    steps: int
    view_contributions: str


@dataclass(frozen=True, eq=False)
class Content:
    """What the page shows.

    Attributes
    ----------
    title
        Its heading.
    sample_names
        One name a sample.
    operator
        `J` as a formula.
    rounds
        How often the walk that the steps make is repeated.
    rule
        How the steps were chosen, in words.
    views
        What went in.
    curves
        Entropy curves by view.
    selection
        What cross-validation tried, if it was asked.
    maps, columns, left_out, highlights, findings
        See their modules.
    parameters, libraries, seconds
        Names and values in words.
    version
        That of this package at the time of the run.
    """

    title: str
    sample_names: tuple[str, ...]
    operator: str
    n_repeats: int
    rule: str
    views: tuple[ViewLine, ...]
    curves: Mapping[str, EntropyCurve]
    selection: Selection | None
    maps: tuple[Map, ...]
    columns: tuple[Column, ...]
    left_out: tuple[LeftOut, ...]
    highlights: Highlights
    findings: Findings | None
    parameters: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    seconds: tuple[tuple[str, float], ...]
    version: str

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.sample_names)


def gather(
    data: Any,
    features: Sequence[str] = (),
    title: str | None = None,
    random_state: int = 0,
    progress: Progress = silent,
) -> Content:
    """Gather what the page shows. Parameters and errors are those of `write`."""
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found the text '{features}'; give ['{features}']")
    walk = stored_walk(data)
    record = data.uns[keys.RECORD]
    findings = findings_of(data)
    progress("features", 0, 1)
    highlights = highlights_of(data, walk.operator, features, findings)
    columns, left_out = columns_of(data)
    selection = selection_of(record) if "selection" in record else None
    return Content(
        title=title or f"Integrated diffusion of {in_words(list(walk.operators))}",
        sample_names=tuple(map(str, data.obs_names)),
        operator=str(record["operator"]),
        n_repeats=n_repeats_of(record),
        rule=_rule(record["parameters"].get("steps"), selection),
        views=_views(record, selection),
        curves=curves_of(record),
        selection=selection,
        maps=maps_of(data, walk, random_state, progress),
        columns=columns,
        left_out=left_out,
        highlights=highlights,
        findings=findings,
        parameters=tuple(flattened(record["parameters"])),
        libraries=tuple(flattened(record["libraries"])),
        seconds=tuple((str(stage), float(spent)) for stage, spent in record["seconds"].items()),
        version=str(record["version"]),
    )


def in_words(names: Sequence[str]) -> str:
    """Names as one lists them in a sentence."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def flattened(nested: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return nested settings as lines of a dotted name and a value in words, in the order of their names."""
    lines: list[tuple[str, str]] = []
    for name, value in sorted(nested.items(), key=lambda line: str(line[0])):
        path = f"{above}.{name}" if above else str(name)
        lines += flattened(value, path) if isinstance(value, Mapping) else [(path, str(value))]
    return lines


def _views(record: Mapping[str, Any], selection: Selection | None) -> tuple[ViewLine, ...]:
    lines = []
    for name, steps in steps_of(record).items():
        kept = record["views"].get(name) or record["views"][keys.plain(name)]
        recipe, coordinates = str(kept["recipe"]), kept.get("use_rep")
        summary = RECIPES[recipe].summary if recipe in RECIPES else ""
        lines.append(
            ViewLine(
                name=name,
                place=str(kept["place"]),
                n_samples=int(kept["n_samples"]),
                n_features=int(kept["n_features"]),
                n_coordinates=int(kept["n_coordinates"]),
                recipe=recipe,
                summary=f"{summary}; neighbours by obsm {coordinates}" if coordinates else summary,
                steps=steps,
                view_contributions="" if selection is None else str(selection.view_contributions[name]),
            )
        )
    return tuple(lines)


def _rule(steps: Any, selection: Selection | None) -> str:
    if selection is not None:
        return "by prediction"
    kind = steps.get("kind", "") if isinstance(steps, Mapping) else str(steps)
    if kind in ("entropy", "EntropySteps"):
        return "by the elbows of spectral entropy"
    return "by hand" if kind in ("", "FixedSteps") else f"by the rule {kind}"
