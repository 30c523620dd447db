"""Self-contained HTML: template, style, script, numbers and charts in one file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from integrated_diffusion import plotting
from integrated_diffusion.io import keys
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.report.bundle import bundle
from integrated_diffusion.report.content import Content, gather, in_words
from integrated_diffusion.runtime.progress import Progress, silent

SCRIPTS = (
    *("data", "theme", "groups", "canvas", "lasso", "maps", "tooltip", "controls"),
    *("panels", "table", "export", "links", "start"),
)
"""Parts of the script in the order in which they are joined."""

PAPER = (
    "Kuchroo M, Godavarthi A, Tong A, Wolf G, Krishnaswamy S: Multimodal data visualization and denoising with "
    "integrated diffusion. IEEE International Workshop on Machine Learning for Signal Processing (MLSP), 2021."
)
DOI = "10.1109/MLSP52302.2021.9596214"


def write(
    data: Any,
    output: str | Path,
    features: Sequence[str] = (),
    title: str | None = None,
    random_state: int = 0,
    progress: Progress = silent,
) -> Path:
    """Write the self-contained, interactive HTML report of an integrated MuData.

    It needs no network and no other file. The same data give the same bytes.

    Parameters
    ----------
    data : mudata.MuData
        An integrated MuData. Embeddings of single modalities come from `obsm["X_integrated_phate_MODALITY"]` where it
        is there, else PHATE computes them.
    output : str or pathlib.Path
        An `.html` file. It appears complete or not at all.
    features : sequence of str, default ()
        Features to show before and after denoising, by name or as `modality:name`. Unless given, those of the top
        associations, or the strongest markers of two groups if there are no associations.
    title : str or None, default None
        Heading of the page; it names the modalities unless given.
    random_state : int, default 0
        Seed of embeddings that are computed.
    progress : Progress, default silent
        Called with a stage, the number of items done and their number.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    TypeError
        If `features` is one text, not a list of names.
    ValueError
        If the MuData is not integrated, a feature is unknown (the message names the closest ones), or the file cannot
        be written.
    """
    output = check_output(Path(output), [".html", ".htm"])
    content = gather(data, features, title, random_state, progress)
    progress("writing", 0, 1)
    page = render(content)
    with replacing(output) as temporary:
        temporary.write_bytes(page.encode("utf-8", errors="replace"))
    return output


def render(content: Content) -> str:
    """Return the page as HTML text.

    Parameters
    ----------
    content : Content
        What the page shows.

    Returns
    -------
    str
    """
    script = _script()
    return _template().render(
        content=content,
        names=in_words(list(content.steps)),
        charts=_charts(content),
        style=_part("style.css"),
        script=script,
        data=bundle(content),
        policy=_policy(_fingerprint(script)),
        paper=PAPER,
        doi=DOI,
        table_key=keys.ASSOCIATIONS,
    )


def _charts(content: Content) -> dict[str, str]:
    """SVG elements by name."""
    charts = {}
    if content.entropy_chose:
        charts["entropy"] = plotting.entropy_chart(content.curves, content.steps)
    if content.selection is not None:
        charts["candidates"] = plotting.candidate_chart(content.selection)
        charts["contributions"] = plotting.contribution_chart(content.selection)
    return charts


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_part("page.html.j2"))


@cache
def _script() -> str:
    parts = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}\n}})();'


def _part(name: str) -> str:
    return (resources.files("integrated_diffusion.report") / "templates" / name).read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Return a content security policy that forbids all network access and all scripts but the one with this hash."""
    return (
        f"default-src 'none'; script-src {script}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'"
    )


def _fingerprint(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
