"""Everything the page says, gathered from an integrated MuData: numbers and words, no layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.io import keys, stored_operator
from integrated_diffusion.io.reading.stored_description import reading_record
from integrated_diffusion.model.record import without_folder
from integrated_diffusion.model.stored_record import curves_of, n_repeats_of, selection_of, steps_of
from integrated_diffusion.plotting.words import two_decimals
from integrated_diffusion.report import clusters
from integrated_diffusion.report.associations import AssociationTable, associations_of
from integrated_diffusion.report.budget import (
    BUDGET,
    MOST_SEARCHABLE,
    per_sample,
    room_for_features,
    samples_on_page,
)
from integrated_diffusion.report.clusters import COLOURED, clusters_of, labels_among
from integrated_diffusion.report.columns import Categories, Column, LeftOut, columns_of
from integrated_diffusion.report.derived import derived_columns
from integrated_diffusion.report.embeddings import PlaneEmbedding, embeddings_of
from integrated_diffusion.report.highlights import Feature, Highlights, highlights_of, values_of
from integrated_diffusion.report.markers import Markers, markers_of
from integrated_diffusion.report.searchable import SearchableView, searchable_of
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.scverse.inputs import views_of
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.recipes import RECIPES


@dataclass(frozen=True)
class ModalityLine:
    """One modality, a row of the table of input data.

    Attributes
    ----------
    name, source : str
        Its name, and where its values were read.
    n_samples, n_features, n_pcs : int
        Numbers of samples, of features, and of principal components (or the like) after normalisation.
    normalisation, summary : str
        Name of the recipe, and what it does.
    steps : int
        Its diffusion time `t`: how many steps the integrated operator takes in it.
    contribution : str
        Its contribution to the prediction of held-out data; empty unless the steps were cross-validated.
    """

    name: str
    source: str
    n_samples: int
    n_features: int
    n_pcs: int
    normalisation: str
    summary: str
    steps: int
    contribution: str


@dataclass(frozen=True, eq=False)
class Content:
    """What the page shows.

    Attributes
    ----------
    title : str
        Its heading.
    sample_names : tuple of str
        One name a sample.
    operator : str
        The integrated operator `J` as a formula, weights to two decimals.
    n_repeats : int
        How often the product or mixture of the modalities' operators is repeated in `J`.
    rule : str
        How the diffusion times were chosen, in words.
    modalities : tuple of ModalityLine
        The input data.
    curves : mapping of str to EntropyCurve
        Spectral entropy by modality.
    selection : Selection or None
        Candidate models of the cross-validation, if there was one.
    embeddings : tuple of PlaneEmbedding
        The integrated embedding, then that of each modality.
    columns : tuple of Categories or Numbers
        Columns of `obs` that can colour the embeddings.
    left_out : tuple of LeftOut
        Columns that cannot, and why.
    highlights : Highlights
        Features before and after denoising.
    markers : Markers or None
        Features that tell the groups of a column apart, if there are groups.
    marker_features : tuple of Feature
        Markers whose values are on the page, other than the highlights.
    searchable : tuple of SearchableView
        Other features, measured values only.
    on_page : numpy.ndarray of int or None
        Samples whose values are on the page; `None` for all.
    associations : AssociationTable or None
        Associations between features, if they were computed.
    parameters, libraries : tuple of (str, str)
        Names and values of parameters, names and versions of libraries.
    seconds : tuple of (str, float)
        Stages and their wall times, seconds.
    version : str
        Version of this package at the time of the run.
    """

    title: str
    sample_names: tuple[str, ...]
    operator: str
    n_repeats: int
    rule: str
    modalities: tuple[ModalityLine, ...]
    curves: Mapping[str, EntropyCurve]
    selection: Selection | None
    embeddings: tuple[PlaneEmbedding, ...]
    columns: tuple[Column, ...]
    left_out: tuple[LeftOut, ...]
    highlights: Highlights
    markers: Markers | None
    marker_features: tuple[Feature, ...]
    searchable: tuple[SearchableView, ...]
    on_page: np.ndarray | None
    associations: AssociationTable | None
    parameters: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    seconds: tuple[tuple[str, float], ...]
    version: str

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.sample_names)

    @property
    def n_on_page(self) -> int:
        """Number of samples whose values are on the page."""
        return self.n_samples if self.on_page is None else len(self.on_page)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Features whose measured and denoised values are on the page, highlights first."""
        return (*self.highlights.features, *self.marker_features)

    @property
    def entropy_chose(self) -> bool:
        """Whether the diffusion times were chosen by spectral entropy."""
        return "entropy" in self.rule

    @property
    def steps(self) -> dict[str, int]:
        """Diffusion times by modality."""
        return {modality.name: modality.steps for modality in self.modalities}

    def __repr__(self) -> str:
        return f"Content({self.title!r}: {self.n_samples:,} samples, J = {self.operator})"


def gather(
    data: Any,
    features: Sequence[str] = (),
    title: str | None = None,
    random_state: int = 0,
    progress: Progress = silent,
) -> Content:
    """Return what the page shows. Parameters and errors are those of `write`."""
    if isinstance(features, str):
        raise TypeError(f"features: expected a list of names, found the text '{features}'; give ['{features}']")
    operator = stored_operator(data)
    with reading_record("the MuData"):
        told = _told(data.uns[keys.RECORD])
    associations = associations_of(data)
    progress("groups", 0, 1)
    columns, left_out = _columns(data, random_state)
    group = first_colour(columns)
    groups = None if group is None else columns[group]
    markers = markers_of(data, views_of(data), groups if isinstance(groups, Categories) else None)
    progress("features", 0, 1)
    highlights = highlights_of(data, operator, features, associations, markers)
    marker_features = _marker_features(data, operator, highlights, markers, len(columns))
    embeddings = embeddings_of(data, operator, random_state, progress)
    shown = {(one.modality, one.name) for one in (*highlights.features, *marker_features)}
    size = len(embeddings), len(columns), len(shown)
    on_page = samples_on_page(data.n_obs, *size)
    n_on_page = data.n_obs if on_page is None else len(on_page)
    room = max(0, min(MOST_SEARCHABLE, BUDGET - n_on_page * per_sample(*size)))
    return Content(
        title=title or f"Integrated diffusion of {in_words(list(operator.operators))}",
        sample_names=tuple(map(str, data.obs_names)),
        embeddings=embeddings,
        columns=columns,
        left_out=left_out,
        highlights=highlights,
        markers=markers,
        marker_features=marker_features,
        searchable=searchable_of(data, shown, markers, on_page, room),
        on_page=on_page,
        associations=associations,
        **told,
    )


def first_colour(columns: Sequence[Column]) -> int | None:
    """Return the index of the column that colours the embeddings when the page opens, and whose groups have markers.

    The first column of 2 to 30 categories whose name suggests cell types or clusters, else the computed clusters, else
    the first of 2 to 30 categories, else the first column.
    """
    named = labels_among(columns)
    if named is not None:
        return named
    groups = [
        i for i, column in enumerate(columns) if isinstance(column, Categories) and 2 <= len(column.labels) <= COLOURED
    ]
    computed = [i for i in groups if columns[i].name == clusters.NAME]
    return next(iter((*computed, *groups, *range(len(columns)))), None)


def _columns(data: Any, random_state: int) -> tuple[tuple[Column, ...], tuple[LeftOut, ...]]:
    """Columns of `obs`, computed clusters where no column has labels, and columns that the integration gives."""
    columns, left_out = columns_of(data)
    own = None if labels_among(columns) is not None else clusters_of(data, random_state)
    columns = (*columns, own) if own is not None else columns
    return (*columns, *derived_columns(data, {column.name for column in columns})), left_out


def _marker_features(
    data: Any, operator: IntegratedOperator, highlights: Highlights, markers: Markers | None, n_columns: int
) -> tuple[Feature, ...]:
    """Values of as many markers as there is room for."""
    if markers is None:
        return ()
    shown = {(feature.modality, feature.name) for feature in highlights.features}
    room = room_for_features(data.n_obs, len(operator.operators) + 1, n_columns) - len(shown)
    return values_of(data, operator, [name for name in markers.names() if name not in shown][: max(0, room)])


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the record alone says."""
    selection = selection_of(record) if "selection" in record else None
    return {
        "operator": two_decimals(str(record["operator"])),
        "n_repeats": n_repeats_of(record),
        "rule": _rule(record["parameters"].get("steps"), selection),
        "modalities": _modalities(record, selection),
        "curves": curves_of(record),
        "selection": selection,
        "parameters": tuple(flattened({**record["parameters"], **_batches(record)})),
        "libraries": tuple(flattened(record["libraries"])),
        "seconds": tuple((str(stage), float(spent)) for stage, spent in record["seconds"].items()),
        "version": str(record["version"]),
    }


def in_words(names: Sequence[str]) -> str:
    """Names as an enumeration in a sentence."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def flattened(nested: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return nested settings as pairs of a dotted name and a value in words, in the order of their names."""
    lines: list[tuple[str, str]] = []
    for name, value in sorted(nested.items(), key=lambda line: str(line[0])):
        path = f"{above}.{name}" if above else str(name)
        lines += flattened(value, path) if isinstance(value, Mapping) else [(path, str(value))]
    return lines


def _batches(record: Mapping[str, Any]) -> dict[str, str]:
    """Each batch with its size, and the modalities whose neighbours are balanced; nothing without batches."""
    kept = record.get("batches")
    if kept is None:
        return {}
    column, views = str(kept["column"]), in_words(list(map(str, np.atleast_1d(kept["views"]))))
    sizes = ", ".join(f"{name} {int(size):,}" for name, size in zip(kept["names"], kept["sizes"], strict=True))
    return {"batches": f"{column}: {sizes}; neighbours in every batch of {views}" if column else sizes}


def _modalities(record: Mapping[str, Any], selection: Selection | None) -> tuple[ModalityLine, ...]:
    return tuple(
        _modality(name, steps, record["views"].get(name) or record["views"][keys.as_key(name)], selection)
        for name, steps in steps_of(record).items()
    )


def _modality(name: str, steps: int, kept: Mapping[str, Any], selection: Selection | None) -> ModalityLine:
    recipe, use_rep = str(kept["recipe"]), kept.get("use_rep")
    summary = RECIPES[recipe].summary if recipe in RECIPES else ""
    return ModalityLine(
        name=name,
        source=without_folder(str(kept["place"]), str(kept.get("inside", ""))),
        n_samples=int(kept["n_samples"]),
        n_features=int(kept["n_features"]),
        n_pcs=int(kept["n_coordinates"]),
        normalisation=recipe,
        summary=f"{summary}; neighbours by obsm {use_rep}" if use_rep else summary,
        steps=steps,
        contribution="" if selection is None else str(selection.view_contributions[name]),
    )


def _rule(steps: Any, selection: Selection | None) -> str:
    if selection is not None:
        return "by cross-validation"
    kind = steps.get("kind", "") if isinstance(steps, Mapping) else str(steps)
    if kind in ("entropy", "EntropySteps"):
        return "by the spectral entropy elbow"
    return "by the user" if kind in ("", "FixedSteps") else f"by the rule {kind}"
