"""The record that is stored beside every result: what was done, as text and numbers."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import metadata
from pathlib import PureWindowsPath
from typing import Any

import numpy as np

from integrated_diffusion.model.estimator import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import SelectedSmoother, Selection
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.version import __version__
from integrated_diffusion.views.batches import Batches
from integrated_diffusion.views.checks import is_whole
from integrated_diffusion.views.prepared import PreparedView

LIBRARIES = ("numpy", "scipy", "scikit-learn", "faiss-cpu", "numba", "anndata", "mudata")
"""Packages other than this one on which the numbers of a result depend."""


def record(
    model: IntegratedDiffusion, places: Mapping[str, object], seconds: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Return everything needed to understand and repeat a fit.

    Parameters
    ----------
    model : IntegratedDiffusion
        A fitted model.
    places : mapping of str to object
        Where each view was measured.
    seconds : mapping of str to float or None, default None
        How long each stage took.

    Returns
    -------
    dict
        Nested mappings of text, numbers and arrays: version, formula, steps, power, every parameter, how each view
        was normalised or scaled, the entropy curves, the candidate models of cross-validation, the smoothers of the
        views for which one was selected, the batches if there are several, versions of libraries, seconds.
    """
    parameters = model.get_params(deep=False) | {"kernel": model.kernel or DEFAULT_KERNEL}
    return {
        "version": __version__,
        "n_samples": model.integration_.samples.n_samples,
        "operator": repr(model.operator_),
        "steps": dict(model.steps_),
        "n_repeats": model.n_repeats_,
        "representation": dict(model.representation_),
        "power": model.power_,
        "parameters": {name: describe(value) for name, value in parameters.items()},
        "views": {name: {**_place(places[name]), **_view(view)} for name, view in model.integration_.views.items()},
        "entropy": {name: _curve(curve) for name, curve in model.entropy_.items()},
        "libraries": {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES},
        "seconds": dict(seconds or {}),
        **_selected(model),
        **({} if model.batches_ is None else {"batches": _batches(model.batches_)}),
    }


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
    """Every candidate model, an entry each, and each view's contribution."""
    tried = selection.candidates
    return {
        "chosen": str(selection.chosen),
        "chosen_index": tried.index(selection.chosen),
        "votes": dict(selection.votes),
        "unpredicted": list(selection.unpredicted),
        **({"unrelated": np.array(selection.unrelated, dtype=object)} if selection.unrelated else {}),
        "view_contributions": {name: str(contribution) for name, contribution in selection.view_contributions.items()},
        "gain": {name: contribution.gain for name, contribution in selection.view_contributions.items()},
        "gain_stderr": {name: contribution.stderr for name, contribution in selection.view_contributions.items()},
        "steps": {name: np.array([candidate.steps[name] for candidate in tried]) for name in selection.steps},
        "n_repeats": np.array([candidate.n_repeats for candidate in tried]),
        "weight_exponent": np.array([candidate.weight_exponent for candidate in tried]),
        "error": np.array([candidate.error for candidate in tried]),
        "stderr": np.array([candidate.stderr for candidate in tried]),
    }


def _batches(batches: Batches) -> dict[str, Any]:
    """Column, names and sizes of the batches, each sample's number among the names, and the balanced views."""
    return {
        "column": batches.column,
        "names": list(batches.names),
        "sizes": batches.sizes,
        "codes": batches.codes.astype(np.int32),
        "views": list(batches.views),
    }


def _selected(model: IntegratedDiffusion) -> dict[str, Any]:
    """What held-out data selected, if they did: the steps, and smoothers of views."""
    smoothers = {name: _smoother(found) for name, found in model.denoising_.known.items()}
    steps = {} if model.selection_ is None else {"selection": _selection(model.selection_)}
    return steps | ({"denoising": smoothers} if smoothers else {})


def _smoother(found: SelectedSmoother) -> dict[str, Any]:
    """What was selected to denoise a view, and every operator that was tried."""
    tried = found.candidates
    candidates: dict[str, Any] = {
        "operator": np.array([candidate.operator for candidate in tried], dtype=object),
        "t": np.array([candidate.t for candidate in tried]),
        "amount": np.array([candidate.amount for candidate in tried]),
        "error": np.array([candidate.error for candidate in tried]),
    }
    return {
        "operator": found.operator,
        "t": found.t,
        "amount": found.amount,
        "by": found.by,
        **({"error": found.error, "error_as_measured": found.error_as_measured} if tried else {}),
        **({"candidates": candidates} if tried else {}),
        **({} if found.counts is None else {"counts": _smoother(found.counts)}),
    }


def _place(place: object) -> dict[str, Any]:
    """File and place within it, without the folder, which is nobody's business but the user's."""
    inside = str(getattr(place, "inside", ""))
    return {"place": without_folder(str(place), inside), "inside": inside}


def without_folder(place: str, inside: str) -> str:
    """Return a place with the name of its file alone: records of older versions have the whole path.

    Parameters
    ----------
    place : str
        A path, followed by a colon and `inside` unless that is empty.
    inside : str
        The path within the file.
    """
    file = place.removesuffix(f":{inside}") if inside else place
    name = PureWindowsPath(file).name or file
    return f"{name}:{inside}" if inside else name


def _view(view: PreparedView) -> dict[str, Any]:
    return {
        "recipe": "none" if view.recipe is None else view.recipe.name,
        "n_samples": view.values.shape[0],
        "n_features": view.values.shape[1],
        "n_coordinates": view.representation.shape[1],
        **({"whole": is_whole(view.raw)} if view.recipe is not None and view.recipe.counts else {}),
    }


def _curve(curve: EntropyCurve) -> dict[str, Any]:
    return {"t": curve.t, "value": curve.value, "stderr": curve.stderr, "elbow": curve.elbow}
