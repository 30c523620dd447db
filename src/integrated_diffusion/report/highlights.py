"""Features that the page shows before and after denoising, and pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.operators.blockwise import applied_in_blocks
from integrated_diffusion.report.associations import AssociationTable
from integrated_diffusion.report.markers import Markers
from integrated_diffusion.scverse.feature_values import feature_names, find_feature, measured_columns
from integrated_diffusion.scverse.inputs import has_features, views_of
from integrated_diffusion.scverse.normalised_values import normalised, normalised_view

CLEAREST_GROUPS = 2
"""Number of groups whose markers are shown unless features are named or associated."""
TOP_PAIRS = 4
"""Number of top associations that are shown unless features are named."""

_MARKERS = "the strongest markers of {}"
_MOST_VARIABLE = "the most variable feature of each modality (normalised values)"
_NONE = "none, because every modality was integrated from coordinates"


@dataclass(frozen=True, eq=False)
class Feature:
    """A feature before and after denoising.

    Attributes
    ----------
    name, modality : str
        Its name, and the modality that measured it.
    measured : numpy.ndarray of shape (n_samples,)
        Normalised values `x`, NaN where they were not measured.
    denoised : numpy.ndarray of shape (n_samples,)
        `J x`, with the integrated operator `J`.
    """

    name: str
    modality: str
    measured: np.ndarray
    denoised: np.ndarray


@dataclass(frozen=True, eq=False)
class Highlights:
    """Features before and after denoising.

    Attributes
    ----------
    rule : str
        How the features were chosen, in words.
    features : tuple of Feature
        The features.
    pairs : tuple of (int, int)
        Indices of two features that are drawn against each other.
    """

    rule: str
    features: tuple[Feature, ...]
    pairs: tuple[tuple[int, int], ...]


Named = tuple[str, str]
"""A modality and the name of one of its features."""


def highlights_of(
    mdata: Any,
    J: IntegratedOperator,
    asked: Sequence[str],
    associations: AssociationTable | None,
    markers: Markers | None = None,
) -> Highlights:
    """Choose features and compute their values before and after denoising.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    J : IntegratedOperator
        The integrated operator that it stores.
    asked : sequence of str
        Names of features, or `modality:name`. If empty, features of the top associations; without associations, the
        strongest markers of two groups, or each modality's most variable feature if there are no groups.
    associations : AssociationTable or None
        Associations, if there are any.
    markers : Markers or None, default None
        Marker features of groups, if there are any.

    Returns
    -------
    Highlights

    Raises
    ------
    ValueError
        If no modality has a requested feature (the message names the closest ones), or several have.
    """
    scored = [] if associations is None else _scored(associations)
    if asked:
        names = list(dict.fromkeys(_found(mdata, feature) for feature in asked))
        rule, pairs = "chosen by the user", [pair for pair in scored if set(pair) <= set(names)] or _neighbours(names)
    elif scored:
        pairs = scored[:TOP_PAIRS]
        names = list(dict.fromkeys(name for pair in pairs for name in pair))
        rule = f"those of the top {len(pairs)} associations" if len(pairs) > 1 else "those of the top association"
    else:
        rule, groups = _telling(mdata, markers)
        names = list(dict.fromkeys(name for group in groups for name in group))
        pairs = [pair for group in groups for pair in _neighbours(group)]
    features = values_of(mdata, J, names)
    return Highlights(rule, features, tuple((names.index(a), names.index(b)) for a, b in pairs))


def _found(mdata: Any, feature: str) -> Named:
    view, column = find_feature(mdata, feature)
    return view, feature_names(mdata, view)[column]


def _scored(associations: AssociationTable) -> list[tuple[Named, Named]]:
    firsts, seconds = associations.table["first"].astype(str), associations.table["second"].astype(str)
    return [((associations.first, a), (associations.second, b)) for a, b in zip(firsts, seconds, strict=True)]


def _neighbours(names: Sequence[Named]) -> list[tuple[Named, Named]]:
    """Pairs of consecutive features of different modalities."""
    return [(a, b) for a, b in pairwise(names) if a[0] != b[0]]


def values_of(mdata: Any, J: IntegratedOperator, names: Sequence[Named]) -> tuple[Feature, ...]:
    """Values of named features, computed at once for each modality; a repeated name means its first column."""
    found: dict[Named, Feature] = {}
    for view in dict.fromkeys(view for view, _ in names):
        known, here = feature_names(mdata, view), [name for other, name in names if other == view]
        X, columns = normalised(mdata, view), np.array([known.index(name) for name in here])
        measured = measured_columns(mdata, view, columns)
        denoised = np.hstack([block for _, block in applied_in_blocks(J.denoiser(view), X, columns)])
        found |= {(view, name): Feature(name, view, measured[:, i], denoised[:, i]) for i, name in enumerate(here)}
    return tuple(found[named] for named in names)


def _telling(mdata: Any, markers: Markers | None) -> tuple[str, list[list[Named]]]:
    """Return which features are shown where nobody asked for any, in words and as one list for each group."""
    views = [view for view in views_of(mdata) if has_features(mdata, view)]
    if not views:
        return _NONE, []
    if markers is None:
        return _MOST_VARIABLE, [[(view, _most_variable(mdata, view)) for view in views]]
    clearest = sorted(markers.rows, key=lambda row: -sum(one.score for one in row.strongest()))[:CLEAREST_GROUPS]
    words = " and of ".join(row.group for row in clearest)
    return _MARKERS.format(words), [[(one.modality, one.name) for one in row.strongest()] for row in clearest]


def _most_variable(mdata: Any, view: str) -> str:
    X: Any = normalised_view(mdata, view)[0]
    if sp.issparse(X):
        variance = np.asarray(X.multiply(X).mean(axis=0)).ravel() - np.asarray(X.mean(axis=0)).ravel() ** 2
    else:
        variance = X.var(axis=0)
    return feature_names(mdata, view)[int(np.argmax(variance))]
