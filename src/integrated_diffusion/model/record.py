"""What was done, in plain words and numbers: the record that is kept beside every result."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import metadata
from typing import Any

import numpy as np

from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.version import __version__
from integrated_diffusion.views.recipes import Prepared

LIBRARIES = ("numpy", "scipy", "scikit-learn", "faiss-cpu", "numba", "anndata", "mudata")
"""What the numbers of a result depend on, besides this package."""


def record(
    model: IntegratedDiffusion,
    prepared: Mapping[str, Prepared],
    places: Mapping[str, object],
    seconds: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return everything needed to understand and repeat a fit.

    Parameters
    ----------
    model
        A fitted model.
    prepared
        The views it was fitted on, by name.
    places
        Where each view was measured.
    seconds
        How long each stage took.

    Returns
    -------
    dict
        Nested mappings of text, numbers and arrays: version, formula, steps, power, every parameter, how each view
        was treated, the entropy curves, what cross-validation tried, versions of libraries, and seconds.
    """
    parameters = model.get_params(deep=False) | {"kernel": model.kernel or DEFAULT_KERNEL}
    return {
        "version": __version__,
        "operator": repr(model.operator_),
        "steps": dict(model.steps_),
        "rounds": model.n_repeats_,
        "power": model.power_,
        "parameters": {name: describe(value) for name, value in parameters.items()},
        "views": {name: {**_place(places[name]), **_view(view, model.n_pca)} for name, view in prepared.items()},
        "entropy": {name: _curve(curve) for name, curve in model.entropy_.items()},
        "libraries": {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES},
        "seconds": dict(seconds or {}),
    } | ({} if model.selection_ is None else {"selection": _selection(model.selection_)})


def describe(value: Any) -> Any:
    """Return a parameter in plain types: settings as mappings with their `kind`, functions by their name."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: describe(getattr(value, field.name)) for field in fields(value) if field.repr}
        return {"kind": type(value).__name__, **inner}
    if isinstance(value, Mapping):
        return {str(key): describe(inner) for key, inner in value.items()}
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return value
    return getattr(value, "__name__", None) or repr(value)


def _selection(selection: Selection) -> dict[str, Any]:
    """Every walk that was tried, a row each, and what each view was worth."""
    tried = selection.candidates
    return {
        "chosen": str(selection.chosen),
        "worth": {name: str(contribution) for name, contribution in selection.view_contributions.items()},
        "gain": {name: contribution.gain for name, contribution in selection.view_contributions.items()},
        "gain_stderr": {name: contribution.stderr for name, contribution in selection.view_contributions.items()},
        "steps": {name: np.array([candidate.steps[name] for candidate in tried]) for name in selection.steps},
        "rounds": np.array([candidate.n_repeats for candidate in tried]),
        "sharpness": np.array([candidate.weight_exponent for candidate in tried]),
        "error": np.array([candidate.error for candidate in tried]),
        "stderr": np.array([candidate.stderr for candidate in tried]),
    }


def _place(place: object) -> dict[str, Any]:
    return {"place": str(place), "inside": getattr(place, "inside", "")}


def _view(prepared: Prepared, n_pca: int | None) -> dict[str, Any]:
    n_samples, n_columns = prepared.representation.shape
    reduced = n_pca is not None and n_pca < n_columns
    return {
        "recipe": prepared.recipe.name,
        "n_samples": prepared.values.shape[0],
        "n_features": prepared.values.shape[1],
        "n_coordinates": min(n_pca, n_samples - 1) if reduced and n_pca is not None else n_columns,
    }


def _curve(curve: EntropyCurve) -> dict[str, Any]:
    return {"t": curve.t, "value": curve.value, "stderr": curve.stderr, "elbow": curve.elbow}
