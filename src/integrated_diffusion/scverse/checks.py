"""What functions on MuData are given: one sentence for what is of another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mudata
import pandas as pd

from integrated_diffusion.association import Pairs
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
    """Raise `TypeError` unless `value` is a mapping by modality or `None`; `what` names the parameter."""
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
    """Raise `TypeError` unless `pairs` are `Pairs`, a data frame or `None`."""
    if pairs is not None and not isinstance(pairs, Pairs | pd.DataFrame):
        raise TypeError(
            f"pairs: expected Pairs or a data frame of two columns of names, found {_found(pairs)}; make them by "
            "scverse.pairs, or give a pandas.DataFrame"
        )


def check_estimator(estimator: Any) -> None:
    """Raise `TypeError` unless `estimator` is an object that estimates mutual information, or `None`."""
    if estimator is not None and not _is_object(estimator, "prepare"):
        raise TypeError(
            f"estimator: expected an object such as EqualFrequency(), found {_found(estimator)}; give one out of "
            "integrated_diffusion.association"
        )


def check_smoothing(smoothing: Any) -> None:
    """Raise `TypeError` unless `smoothing` is an object that smoothes two views, or `None`."""
    if smoothing is not None and not _is_object(smoothing, "shuffled"):
        raise TypeError(
            f"smoothing: expected an object such as NoSmoothing(), found {_found(smoothing)}; give one out of "
            "integrated_diffusion.association"
        )


def _is_object(value: Any, method: str) -> bool:
    return not isinstance(value, type) and callable(value) and hasattr(value, method)


def _found(value: Any) -> str:
    """Text as it is, a class by its name, anything else by its type: a whole table is no sentence."""
    if isinstance(value, str):
        return repr(value)
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
