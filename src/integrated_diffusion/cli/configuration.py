"""Options in a file: read from TOML or the record of an earlier run, and written into the record of this one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

from integrated_diffusion.io import keys
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.files import check_input, opened_hdf5

KEY = "configuration"
"""Where the record of a run keeps its options, as TOML."""

_NOT_KEPT = {"n_jobs"}  # of the machine, not of the result


def read_configuration(path: Path, command: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a command in a file.

    Parameters
    ----------
    path : pathlib.Path
        TOML, with names of options as on the command line (`n-pca = 30`, `steps = {rna = 3}`), at the top or in a table
        with the name of the command; or the `.json`, `.h5mu` or `.zarr` that an earlier run
        wrote.
    command : str
        Name of the command.
    known : mapping of str to object
        Its parameters by name.

    Returns
    -------
    dict of str to object
        Values by parameter.

    Raises
    ------
    ValueError
        If the file cannot be read, or names an option that the command does not have.
    """
    check_input(path)
    try:
        table = tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected options in TOML, found {error}; write for instance n-pca = 30") from error
    tables = {name: value for name, value in table.items() if isinstance(value, dict) and name not in _names(known)}
    flat = {name: value for name, value in table.items() if name not in tables} | dict(tables.get(command, {}))
    found = {}
    for name, value in flat.items():
        parameter = name.replace("-", "_")
        if parameter not in known:
            near = closest(name, _on_the_command_line(known))
            raise ValueError(f"{path}: expected options of `{command}`, found {name!r}; try {near}")
        found[parameter] = [f"{key}={inner}" for key, inner in value.items()] if isinstance(value, dict) else value
    return found


def written_configuration(*options: Any) -> str:
    """Return those options of frozen values that are not the default ones, as TOML.

    Parameters
    ----------
    options : object
        Dataclasses of options.

    Returns
    -------
    str
        A line an option.
    """
    lines = []
    for one in options:
        for field in fields(one):
            value = getattr(one, field.name)
            if value != field.default and field.name not in _NOT_KEPT:
                lines.append(f"{field.name.replace('_', '-')} = {_written(value)}\n")
    return "".join(lines)


def _names(known: Mapping[str, Any]) -> set[str]:
    return {*_on_the_command_line(known), *known}


def _on_the_command_line(known: Mapping[str, Any]) -> list[str]:
    return [name.replace("_", "-") for name in known]


def _written(value: Any) -> str:
    if isinstance(value, Enum):
        return json.dumps(value.value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value if isinstance(value, bool | int | float) else str(value))


def _text(path: Path) -> str:
    """TOML in a file of its own or in a record."""
    if path.suffix.lower() not in (".json", ".h5mu", ".zarr"):
        return path.read_text(encoding="utf-8")
    if path.suffix.lower() == ".json":
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: expected the record of a run, found no JSON ({error}); name another") from error
        found = record.get(KEY) if isinstance(record, dict) else None
    else:
        with opened_hdf5(path) as file:
            place = file.get(f"uns/{keys.RECORD}/{KEY}")
            is_text = getattr(place, "shape", None) == () and place.dtype.kind in "OS"
            found = place.asstr()[()] if is_text else None
    if not isinstance(found, str):
        raise ValueError(f"{path}: expected the options of a run, found none; integrate again, or write a .toml")
    return found
