"""The features that the page shows before and after denoising, and which of them it holds against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.blockwise import applied_in_blocks
from integrated_diffusion.report.findings import Findings
from integrated_diffusion.scverse.features import feature_names, find_feature, views_of
from integrated_diffusion.scverse.sources import has_features, normalised

TOP_PAIRS = 4
"""Pairs of features that are shown when there are associations and nobody asked for features."""

_MOST_VARIABLE = "the feature of each view whose normalised values vary most"
_NONE = "that could be shown there are none: every view was integrated from coordinates"


@dataclass(frozen=True, eq=False)
class Feature:
    """A feature before and after denoising.

    Attributes
    ----------
    name, view
        Its name, and the view that measured it.
    measured
        Normalised values, `(n_samples,)`.
    denoised
        The same after the joint walk, `(n_samples,)`.
    """

    name: str
    view: str
    measured: np.ndarray
    denoised: np.ndarray


@dataclass(frozen=True, eq=False)
class Highlights:
    """What is shown before and after denoising.

    Attributes
    ----------
    rule
        How the features were chosen, in words.
    features
        The features.
    pairs
        Places of two features that are drawn against each other.
    """

    rule: str
    features: tuple[Feature, ...]
    pairs: tuple[tuple[int, int], ...]


Named = tuple[str, str]
"""A view and a feature of it."""


def highlights_of(mdata: Any, J: Operator, asked: Sequence[str], findings: Findings | None) -> Highlights:
    """Choose features and compute them before and after denoising.

    Parameters
    ----------
    mdata
        An integrated MuData.
    J
        The joint walk that it keeps.
    asked
        Names of features, or `view:name`. Without any: those of the top associations; without these, the most
        variable feature of each view.
    findings
        Associations, if there are any.

    Raises
    ------
    ValueError
        If no view has a feature that was asked for (the closest names are told), or several have.
    """
    scored = [] if findings is None else _scored(findings)
    if asked:
        names = list(dict.fromkeys(_found(mdata, feature) for feature in asked))
        rule, pairs = "as asked for", [pair for pair in scored if set(pair) <= set(names)] or _neighbours(names)
    elif scored:
        pairs = scored[:TOP_PAIRS]
        names = list(dict.fromkeys(name for pair in pairs for name in pair))
        rule = f"of the top {len(pairs)} associations" if len(pairs) > 1 else "of the top association"
    else:
        names = [(view, _most_variable(mdata, view)) for view in views_of(mdata) if has_features(mdata, view)]
        rule, pairs = _MOST_VARIABLE if names else _NONE, _neighbours(names)
    features = _values(mdata, J, names)
    return Highlights(rule, features, tuple((names.index(a), names.index(b)) for a, b in pairs))


def _found(mdata: Any, feature: str) -> Named:
    view, column = find_feature(mdata, feature)
    return view, feature_names(mdata, view)[column]


def _scored(findings: Findings) -> list[tuple[Named, Named]]:
    firsts, seconds = findings.table["first"].astype(str), findings.table["second"].astype(str)
    return [((findings.first, a), (findings.second, b)) for a, b in zip(firsts, seconds, strict=True)]


def _neighbours(names: Sequence[Named]) -> list[tuple[Named, Named]]:
    """Features of different views that were named one after the other."""
    return [(a, b) for a, b in pairwise(names) if a[0] != b[0]]


def _values(mdata: Any, J: Operator, names: Sequence[Named]) -> tuple[Feature, ...]:
    """All features of a view in one go; of a name that stands several times there, the first."""
    found: dict[Named, Feature] = {}
    for view in dict.fromkeys(view for view, _ in names):
        known, here = feature_names(mdata, view), [name for other, name in names if other == view]
        X, columns = normalised(mdata, view), np.array([known.index(name) for name in here])
        measured = X[:, columns]
        measured = measured if isinstance(measured, np.ndarray) else measured.toarray()
        denoised = np.hstack([block for _, block in applied_in_blocks(J, X, columns)])
        found |= {(view, name): Feature(name, view, measured[:, i], denoised[:, i]) for i, name in enumerate(here)}
    return tuple(found[named] for named in names)


def _most_variable(mdata: Any, view: str) -> str:
    X: Any = normalised(mdata, view)
    if sp.issparse(X):
        variance = np.asarray(X.multiply(X).mean(axis=0)).ravel() - np.asarray(X.mean(axis=0)).ravel() ** 2
    else:
        variance = X.var(axis=0)
    return feature_names(mdata, view)[int(np.argmax(variance))]
