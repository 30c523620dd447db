"""What places new samples, as plain arrays, numbers and text that a file keeps, and made again from these.

Coordinates, loadings and other fitted numbers are kept in single precision: 0.2 kB a cell and view at 50 coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.view_extension import ViewExtension
from integrated_diffusion.io import keys
from integrated_diffusion.kernels.fitted import FittedKernel
from integrated_diffusion.model.reference import Reference
from integrated_diffusion.views.recipe import FittedRecipe, Recipe
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.reduction import KeepFeatures, Projection, Reduction
from integrated_diffusion.views.representation import REPRESENTATIONS
from integrated_diffusion.views.validation import View

_KNOWN: dict[str, Mapping[str, Recipe]] = {"recipe": RECIPES, "representation": REPRESENTATIONS}
_NUMBERS = ("n_neighbors", "n_candidates", "decay", "threshold", "rule")


def described_reference(reference: Reference) -> dict[str, Any] | None:
    """Return what places new samples as nested mappings of arrays, numbers and text, by view.

    Parameters
    ----------
    reference : Reference
        Of a fit.

    Returns
    -------
    dict or None
        `None` if a view has a kernel that new samples have no affinities by.
    """
    if any(view.operator.affinities.fitted is None for view in reference.views.values()):
        return None
    return {keys.as_key(name): _described_view(reference, name) for name in reference.views}


def stored_reference(
    container: Any, integrated: IntegratedOperator, features: Mapping[str, Sequence[str]], where: str = "the MuData"
) -> Reference:
    """Return what places new samples, from what a run left.

    Parameters
    ----------
    container : mudata.MuData
        A MuData, or anything with its `uns`.
    integrated : IntegratedOperator
        The integrated operator in it.
    features : mapping of str to sequence of str
        Names of the features by view.
    where : str, default "the MuData"
        What to call it in messages.

    Raises
    ------
    ValueError
        If the run left nothing that places new samples, as 0.1 did.
    """
    kept = container.uns.get(keys.REFERENCE)
    if kept is None:
        raise ValueError(
            f"expected what places new samples in {where}, found no uns['{keys.REFERENCE}']: version 0.1 did not "
            "keep it, nor does a kernel of your own; integrate again with this version"
        )
    views, recipes, before = {}, {}, {}
    for name, operator in integrated.operators.items():
        one = kept.get(keys.as_key(name))
        if one is None:
            raise ValueError(
                f"expected what places new samples of view '{name}' in {where}, found none; integrate again"
            )
        numbers = {number: one[number] for number in _NUMBERS}
        kernel = FittedKernel(
            int(numbers["n_neighbors"]),
            int(numbers["n_candidates"]),
            float(numbers["decay"]),
            float(numbers["threshold"]),
            str(numbers["rule"]),
            np.asarray(one["bandwidth"], dtype=np.float64),
            np.asarray(one["radius"], dtype=np.float64),
        )
        measured = np.asarray(one["measured"]) if "measured" in one else np.arange(operator.n_samples)
        points = _points(one["points"])
        _check_lengths(points, measured, kernel, operator.n_samples, f"view '{name}' in {where}")
        views[name] = ViewExtension(name, operator, points, measured, kernel=kernel)
        recipes[name] = _recipe(one["recipe"], name, where) if "recipe" in one else None
        if "undenoised" in one:
            before[name] = _points(one["undenoised"])
    return Reference(integrated, views, recipes, features, before)


def _check_lengths(points: Any, measured: np.ndarray, kernel: FittedKernel, n_samples: int, where: str) -> None:
    """Compiled code looks these numbers up by sample, so there must be one for each."""
    n_measured = len(measured) if measured.ndim == 1 and measured.dtype.kind in "iu" else -1
    within = n_measured > 0 and measured.min() >= 0 and measured.max() < n_samples
    distinct = within and len(np.unique(measured)) == n_measured
    lengths = (len(kernel.bandwidth), len(kernel.radius)) if kernel.bandwidth.ndim == kernel.radius.ndim == 1 else ()
    one_each = lengths == (n_measured, n_measured) and points.ndim == 2 and points.shape[0] == n_measured
    coordinates = points.data if sp.issparse(points) else points
    finite = one_each and np.isfinite(coordinates).all() and np.isfinite(kernel.bandwidth).all()
    if not (distinct and finite and not np.isnan(kernel.radius).any() and 0 < kernel.n_neighbors <= n_measured):
        raise ValueError(
            f"expected coordinates, bandwidth and radius of each measured sample of {where}, found other numbers of "
            "them, or others than finite ones; integrate again"
        )


def _described_view(reference: Reference, name: str) -> dict[str, Any]:
    view, recipe = reference.views[name], reference.recipes[name]
    kernel = view.fitted
    found: dict[str, Any] = {number: getattr(kernel, number) for number in _NUMBERS}
    found |= {"points": _single(view.points), "bandwidth": kernel.bandwidth, "radius": kernel.radius}
    if len(view.measured) < view.operator.n_samples:
        found["measured"] = view.measured
    if name in reference.undenoised:
        found["undenoised"] = _single(reference.undenoised[name])
    return found if recipe is None else found | {"recipe": _described_recipe(recipe)}


def _described_recipe(fitted: FittedRecipe) -> dict[str, Any]:
    recipe, reduction = fitted.recipe, fitted.reduction
    kind = next((kind for kind, known in _KNOWN.items() if known.get(recipe.name) is recipe), "own")
    if kind == "own" or not isinstance(reduction, KeepFeatures | Projection):
        return {"kind": "own", "name": recipe.name}
    return {
        "kind": kind,
        "name": recipe.name,
        "n_features": fitted.n_features,
        "normalisation": _fields_of(fitted.normalisation),
        "reduction": _fields_of(reduction),
    }


def _recipe(kept: Mapping[str, Any], view: str, where: str) -> FittedRecipe:
    kind, name = str(kept["kind"]), str(kept["name"])
    if kind not in _KNOWN or name not in _KNOWN[kind]:
        raise ValueError(
            f"expected a recipe of this package for view '{view}' in {where}, found '{name}', which a file does not "
            "keep; use the fitted model's transform in the session that fitted it"
        )
    recipe, n_features = _KNOWN[kind][name], int(kept["n_features"])
    normalisation = _made(recipe.normalisation, kept["normalisation"])
    reduction: Reduction = _made(Projection, kept["reduction"]) if "loadings" in kept["reduction"] else KeepFeatures()
    lengths = [(np.shape(value), (n_features,)) for value in vars(normalisation).values() if np.ndim(value)]
    if isinstance(reduction, Projection):
        n_components = np.shape(reduction.loadings)[-1:]
        lengths += [
            (np.shape(reduction.loadings), (n_features, *n_components)),
            (np.shape(reduction.origin), n_components),
        ]
        lengths += [] if reduction.shift is None else [(np.shape(reduction.shift), (n_features,))]
    for found, expected in lengths:
        if found != expected:
            raise ValueError(
                f"expected a fitted recipe for view '{view}' in {where} with numbers of shape {expected}, found "
                f"{found}; integrate again"
            )
    return FittedRecipe(recipe, normalisation, reduction, n_features)


def _fields_of(value: Any) -> dict[str, Any]:
    """The fields of a frozen value; what is `None` is left out."""
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: _single(inner) for name, inner in found.items() if inner is not None}


def _made(kind: Any, kept: Mapping[str, Any]) -> Any:
    names = [field.name for field in fields(kind)]
    return kind(**{name: _plain(kept[name]) if name in kept else None for name in names})


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _single(value: Any) -> Any:
    if sp.issparse(value):
        return sp.csr_matrix(value, dtype=np.float32)
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


def _points(value: Any) -> View:
    return sp.csr_array(value) if sp.issparse(value) else np.asarray(value)
