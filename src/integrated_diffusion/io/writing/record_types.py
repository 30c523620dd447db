"""A record in the types of JSON, and in those that every anndata reads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from integrated_diffusion.io import keys


def for_json(value: Any) -> Any:
    """Return a record in JSON's own types: numbers, text, lists, dictionaries and `None`; anything else as text.

    Parameters
    ----------
    value : any
        A record, or a part of one. Numbers that are not finite become `None`.
    """
    if isinstance(value, Mapping):
        return {str(key): for_json(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return for_json(value.tolist())
    if isinstance(value, list | tuple):
        return [for_json(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def readable_json(value: Any, indent: str = "") -> str:
    """Return JSON with one key a line and every list on one line; what is not finite becomes `null`.

    Parameters
    ----------
    value : any
        A record, or a part of one.
    indent : str, default ""
        Spaces before each line after the first.
    """
    value = for_json(value)
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    deeper = indent + "  "
    lines = [f"{deeper}{json.dumps(key)}: {readable_json(inner, deeper)}" for key, inner in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def for_hdf5(value: Any) -> Any:
    """Return a record in types that every anndata reads: `None` as text, lists as arrays, keys without slashes.

    Parameters
    ----------
    value : any
        A record, or a part of one.
    """
    if isinstance(value, Mapping):
        return {keys.as_key(str(key)): for_hdf5(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiub":
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return value
    if isinstance(value, np.ndarray | list | tuple):
        items = for_json(value)
        kinds = {type(item) for item in items}
        return (
            np.array(items)
            if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {str, bool})
            else json.dumps(items)
        )
    return value if isinstance(value, str | bool | int | float) else str(value)
