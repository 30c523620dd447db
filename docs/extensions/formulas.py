r"""Formulas as MathML, which browsers draw by themselves: nothing is fetched, and no script runs.

Docutils, on which Sphinx stands, translates LaTeX. An equation may carry the paper's number as `\tag{6}`.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

TAG = re.compile(r"\s*\\tag\{([^}]*)\}")


def mathml(formula: str, as_block: bool = False) -> str:
    """Translate LaTeX; the formula itself stays in the element, for those who copy it or hear it read.

    Raises
    ------
    sphinx.errors.ExtensionError
        If it cannot be translated.
    """
    try:
        element = tex2mathml(formula, as_block=as_block)
    except MathError as error:
        raise ExtensionError(f"expected a formula that docutils can translate, found {formula!r}: {error}") from error
    one_line = re.sub(r"\n\s*", "", element)
    return one_line.replace("<math ", f'<math alttext="{html.escape(formula)}" ', 1)


def inline(writer: Any, node: nodes.math) -> None:
    """A formula within a line."""
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """A formula of its own, with the paper's number beside it."""
    number = TAG.search(node.astext())
    shown = f'<span class="eqno">({html.escape(number[1])})</span>' if number else ""
    formula = mathml(TAG.sub("", node.astext()).strip(), as_block=True)
    writer.body.append(f'<div class="math"><div>{formula}</div>{shown}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}
