"""Commands whose parameters may be frozen values of options: each field becomes an option of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

from integrated_diffusion.cli.reporting import Reporting


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with a parameter for each field of its dataclasses, and those of `Reporting` at the end.

    Parameters
    ----------
    command : callable
        Its parameters are annotated by what typer takes, or by frozen dataclasses whose fields are.

    Returns
    -------
    callable
        For typer. What is reported and how is settled before the command begins.
    """
    taken = {name: get_type_hints(command, include_extras=True)[name] for name in signature(command).parameters}
    values = {name: kind for name, kind in taken.items() if is_dataclass(kind)}
    found = [one for name in taken for one in _parameters(command, name, taken[name])] + list(_fields_of(Reporting))

    @functools.wraps(command)
    def called(**given: Any) -> None:
        _made(Reporting, given).begin()
        command(**{name: _made(kind, given) for name, kind in values.items()}, **given)

    called.__signature__ = Signature(sorted(found, key=lambda one: one.default is not Parameter.empty))  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in found}
    return called


def _parameters(command: Callable[..., None], name: str, kind: Any) -> list[Parameter]:
    if is_dataclass(kind):
        return _fields_of(kind)
    own = signature(command).parameters[name]
    return [Parameter(name, Parameter.KEYWORD_ONLY, default=own.default, annotation=kind)]


def _fields_of(kind: Any) -> list[Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]


def _made(kind: Any, given: dict[str, Any]) -> Any:
    """The dataclass of its fields, which are taken out of what was given."""
    return kind(**{field.name: given.pop(field.name) for field in fields(kind)})
