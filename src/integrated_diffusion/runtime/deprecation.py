"""Old names go on working for one release; each warns once in a process and says what to write instead."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

GONE_IN = "0.3"
"""Version in which the old names stop working."""

Target = TypeVar("Target", bound=Callable[..., Any])
_warned: set[tuple[str, str]] = set()


def warn_renamed(where: str, old: str, new: str, stacklevel: int = 3) -> None:
    """Warn that `old` of `where` (a module, function or class) is called `new`: the first time only."""
    if (where, old) not in _warned:
        message = f"{where}: '{old}' is called '{new}' now, and stops working in {GONE_IN}; write '{new}'"
        warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)
        _warned.add((where, old))


def deprecated_names(module: str, renamed: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__` for old names: `__getattr__ = deprecated_names(__name__, {"Old": "New"})`."""

    def __getattr__(name: str) -> Any:
        if name not in renamed:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        warn_renamed(module, name, renamed[name])
        return getattr(sys.modules[module], renamed[name])

    return __getattr__


def deprecated_keywords(**renamed: str) -> Callable[[Target], Target]:
    """Decorate a function or a class (its `__init__`) to accept old keywords: `@deprecated_keywords(old="new")`."""

    def decorate(target: Any) -> Any:
        if isinstance(target, type):
            target.__init__ = decorate(target.__init__)  # type: ignore[misc]
            return target
        name = target.__qualname__.removesuffix(".__init__")

        @functools.wraps(target)
        def call(*args: Any, **kwargs: Any) -> Any:
            for old in renamed.keys() & kwargs.keys():
                if renamed[old] in kwargs:
                    raise TypeError(f"{name}: expected '{renamed[old]}' alone, found '{old}' too; leave '{old}' out")
                warn_renamed(name, old, renamed[old])
                kwargs[renamed[old]] = kwargs.pop(old)
            return target(*args, **kwargs)

        return call

    return decorate


def deprecated_attribute(old: str, new: str) -> Any:
    """Return a property under an old name, for a class body: `old = deprecated_attribute("old", "new")`."""

    def read(self: Any) -> Any:
        warn_renamed(type(self).__name__, old, new)
        return getattr(self, new)

    return property(read, doc=f"Old name of `{new}`.")
