"""`.. commands::` writes down every command of the command line as the program itself describes it."""

from __future__ import annotations

from typing import Any

import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from integrated_diffusion.cli import app as program


def describe(name: str, command: Any) -> list[str]:
    """One command: what it does, its examples, its options."""
    context = command.make_context(name, [], resilient_parsing=True)
    title = f"integrated-diffusion {name}"
    usage = " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", "").upper()
    lines = [title, "-" * len(title), "", ".. code-block:: text", "", f"   {title} {usage}", ""]
    lines += [*_paragraphs(command.help or ""), ".. list-table::", "   :widths: 35 65", ""]
    for parameter in command.params:
        words, text = parameter.get_help_record(context)
        lines += [f"   * - ``{words}``", f"     - {_plain(text)}"]
    return [*lines, ""]


def _paragraphs(text: str) -> list[str]:
    """The help text, its examples as code."""
    lines: list[str] = []
    for paragraph in text.replace("\f", "").split("\n\n"):
        one = " ".join(paragraph.split())
        is_example = one.startswith("integrated-diffusion ")
        lines += [".. code-block:: sh", "", f"   {one}", ""] if is_example else [_plain(one), ""]
    return lines


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("*", r"\*").replace("_", r"\_")


class Commands(SphinxDirective):
    """Every command, in the order in which the program lists them."""

    def run(self) -> list[nodes.Node]:
        """Describe them all."""
        group: Any = typer.main.get_command(program)
        lines = [line for name, command in group.commands.items() for line in describe(name, command)]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
