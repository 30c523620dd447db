"""Where names in docstrings lead: to the one place that describes them, wherever they were defined.

A name of this package that a type says and that leads nowhere stays unresolved, and the build fails. What belongs to
others (arrays, paths), and the words in a type such as "array of shape (n, 2)", are text: to link them, their pages
would have to be fetched. A name in single backticks is a link if there is something of that name, and text otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

TYPES = {"class", "obj", "exc"}
"""What types in docstrings and signatures are marked as."""

BACKTICKS = "name"
"""What single backticks are marked as."""


class Name(SphinxRole):
    """Single backticks: code, and a link where it names something that is described."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave the link to be found once all is read."""
        code = nodes.literal(self.rawtext, self.text)
        if not re.fullmatch(r"[A-Za-z_]\w+(\.\w+)*", self.text):
            return [code], []
        place = {"py:module": self.env.ref_context.get("py:module"), "py:class": self.env.ref_context.get("py:class")}
        link = pending_xref("", code, refdomain="py", reftype=BACKTICKS, reftarget=self.text, **place)
        link["refdoc"] = self.env.docname
        return [link], []


def leave_words(app: Sphinx, document: nodes.document) -> None:
    """Words such as "shape" in a type are no names: types of this package begin with a capital."""
    for node in list(document.findall(pending_xref)):
        if _is_type(node) and "." not in node["reftarget"] and not node["reftarget"][:1].isupper():
            node.replace_self(node.children)


def escape_underscores(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep the underscore that learned attributes end in, which is markup of a link."""
    lines[:] = [re.sub(r"^:(ivar|vartype) (\w+)_:", r":\1 \2\\_:", line) for line in lines]


def keep_colons(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """In a property, what stands before a colon is a sentence: napoleon would take a first line's for a type."""
    if what in {"property", "attribute"}:
        lines.insert(0, r"\ ")  # nothing, in restructured text


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement) -> nodes.Node | None:
    """A link to the only class of that name, plain text for what is not ours, nothing for what should be there."""
    if node.get("reftype") == BACKTICKS:
        return text
    if _is_type(node):
        target = node["reftarget"]
        places = {(entry.docname, entry.node_id) for entry in _classes(env, target.rpartition(".")[2])}
        if len(places) == 1:
            ((page, anchor),) = places
            return make_refnode(app.builder, node["refdoc"], page, anchor, text, target)
        return None if target.startswith("integrated_diffusion.") else text
    return None


def _is_type(node: pending_xref) -> bool:
    return node.get("refdomain") == "py" and node.get("reftype") in TYPES


def _classes(env: BuildEnvironment, last: str) -> Iterator[ObjectEntry]:
    for name, entry in env.domains.python_domain.objects.items():
        if entry.objtype in {"class", "exception", "data"} and name.rpartition(".")[2] == last:
            yield entry


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_role("name", Name())
    app.connect("doctree-read", leave_words)
    app.connect("autodoc-process-docstring", keep_colons, priority=100)  # before napoleon
    app.connect("autodoc-process-docstring", escape_underscores, priority=900)  # after it
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
