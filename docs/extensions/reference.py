"""`.. reference:: module` and names, a line each: a table of what they are in one line, then each in full.

With nothing below it, the names are those of the module's `__all__`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

import integrated_diffusion


def public_names(module: str) -> list[str]:
    """The names in `__all__` that are described where they are, not modules with pages of their own."""
    space = importlib.import_module(module)
    return [name for name in space.__all__ if not inspect.ismodule(getattr(space, name)) and name != "__version__"]


def reference(module: str, names: list[str]) -> list[str]:
    """The lines of restructured text that describe some names of a module."""
    space = importlib.import_module(module)
    lines = [f".. currentmodule:: {module}", "", ".. list-table::", "   :widths: 35 65", ""]
    for name in names:
        lines += [f"   * - `{name}`", f"     - {_words(name, getattr(space, name))[0]}"]
    for name in names:
        lines += ["", *_described(name, getattr(space, name))]
    return [*lines, ""]


def _described(name: str, value: Any) -> list[str]:
    """One name in full."""
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        called = ["   :special-members: __call__"] if _is_protocol(value) else []
        return [f".. {kind}:: {name}", "   :members:", *_inherited(value), *called, ""]
    if _is_function(value):
        return [f".. autofunction:: {name}", ""]
    return [f".. py:data:: {name}", "", *(f"   {line}" for line in _words(name, value)), ""]


def _inherited(value: type) -> list[str]:
    """Members of bases that are described nowhere else belong to the class itself."""
    ours = [base for base in value.__mro__[1:] if base.__module__.startswith("integrated_diffusion.")]
    if not any(_is_a_part(base) for base in ours):
        return []
    others = [base.__name__ for base in value.__mro__[1:] if not _is_a_part(base)]
    return [f"   :inherited-members: {', '.join(others)}"]


def _is_a_part(base: type) -> bool:
    """Whether a class is one of ours that no folder lists as public."""
    folder = importlib.import_module(base.__module__.rpartition(".")[0] or base.__module__)
    return base.__module__.startswith("integrated_diffusion.") and base.__name__ not in getattr(folder, "__all__", ())


def _is_protocol(value: Any) -> bool:
    """Whether a class only says how something is called, and is never made by a user."""
    return bool(getattr(value, "_is_protocol", False))


def no_constructor(
    app: Sphinx, what: str, name: str, value: object, options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """A protocol is written without the arguments of a constructor that it does not have."""
    return ("", None) if what == "class" and _is_protocol(value) else None


def _is_function(value: Any) -> bool:
    return inspect.isfunction(value) or hasattr(value, "__wrapped__")


def _words(name: str, value: Any) -> list[str]:
    """A docstring; of a value that is neither class nor function, what stands below it where it is defined."""
    if inspect.isclass(value) or _is_function(value):
        return (inspect.getdoc(value) or "").splitlines()
    for info in pkgutil.walk_packages(integrated_diffusion.__path__, "integrated_diffusion."):
        documented = ModuleAnalyzer.for_module(info.name).find_attr_docs()
        if ("", name) in documented and getattr(importlib.import_module(info.name), name) is value:
            return documented["", name]
    raise ValueError(f"{name}: expected a docstring below its definition, found none; write one")


class Reference(SphinxDirective):
    """Names of a module: a table, then each in full."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Describe the names given, or all."""
        module = self.arguments[0]
        names = [line.strip() for line in self.content if line.strip()] or public_names(module)
        return self.parse_text_to_nodes("\n".join(reference(module, names)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_directive("reference", Reference)
    app.connect("autodoc-process-signature", no_constructor)
    return {"parallel_read_safe": True}
