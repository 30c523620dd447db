"""Types of the arguments of functions on MuData: one sentence for an argument of another type."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import mudata
import pandas as pd

from integrated_diffusion.association import Pairs
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.model.estimator import IntegratedDiffusion

_EXAMPLES = {"use_rep": "{'rna': 'X_pca'}", "recipes": "{'rna': 'rna'}", "layers": "{'rna': 'counts'}"}


def check_mudata(data: Any) -> None:
    """Raise `TypeError` unless `data` is a MuData."""
    if not isinstance(data, mudata.MuData):
        raise TypeError(
            f"expected an integrated MuData, found {type(data).__name__}; call tl.integrate first, and give what it "
            "returns"
        )


def check_mapping(value: Any, what: str) -> None:
    """Raise `TypeError` unless `value`, the parameter named `what`, is a mapping by modality or `None`."""
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(
            f"{what}: expected a mapping from modality to text, found {_found(value)}; write for instance "
            f"{_EXAMPLES[what]}"
        )


def check_model(model: Any) -> None:
    """Raise `TypeError` unless `model` is an `IntegratedDiffusion` or `None`."""
    if model is not None and not isinstance(model, IntegratedDiffusion):
        raise TypeError(
            f"model: expected an IntegratedDiffusion, found {_found(model)}; write IntegratedDiffusion(...) with its "
            "settings"
        )


def check_pairs(pairs: Any) -> None:
    """Raise `TypeError` unless `pairs` is a `Pairs`, a data frame or `None`."""
    if pairs is not None and not isinstance(pairs, Pairs | pd.DataFrame):
        raise TypeError(
            f"pairs: expected Pairs or a data frame of two columns of names, found {_found(pairs)}; make them by "
            "scverse.pairs, or give a pandas.DataFrame"
        )


def check_estimator(estimator: Any) -> None:
    """Raise `TypeError` unless `estimator` has the `Estimator` protocol or is `None`."""
    if estimator is not None and not _is_object(estimator, "prepare"):
        raise TypeError(
            f"estimator: expected an object such as EqualFrequency(), found {_found(estimator)}; give one of "
            "integrated_diffusion.association"
        )


def check_smoothing(smoothing: Any) -> None:
    """Raise `TypeError` unless `smoothing` has the `Smoothing` protocol or is `None`."""
    if smoothing is not None and not _is_object(smoothing, "shuffled"):
        raise TypeError(
            f"smoothing: expected an object such as NoSmoothing(), found {_found(smoothing)}; give one of "
            "integrated_diffusion.association"
        )


def suggestion(name: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown name: similar known names, or else what names there are."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(map(repr, near))}?"
    return f"there are {closest(name, known)}"


def _is_object(value: Any, method: str) -> bool:
    return not isinstance(value, type) and callable(value) and hasattr(value, method)


def _found(value: Any) -> str:
    """Text as it is, a class by its name, anything else by its type, so that no message prints a whole table."""
    if isinstance(value, str):
        return repr(value)
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
