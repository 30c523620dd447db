"""From what the page says to one file that needs nothing else: template, style, script, numbers, plotly."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from plotly.offline import get_plotlyjs

from integrated_diffusion.io import keys
from integrated_diffusion.io.writing.outputs import check_output, replacing
from integrated_diffusion.report import charts
from integrated_diffusion.report.bundle import bundle
from integrated_diffusion.report.content import Content, gather, in_words
from integrated_diffusion.report.packing import squeezed
from integrated_diffusion.runtime.progress import Progress, silent

SCRIPTS = ("data", "groups", "canvas", "lasso", "maps", "tooltip", "controls", "panels", "table", "start")
"""Parts of the script, in their order."""

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
    """Write one self-contained interactive page about an integrated MuData.

    It needs no network and no other file, and the same data give the same bytes.

    Parameters
    ----------
    data
        An integrated MuData. Single-view maps are taken from `obsm["X_integrated_phate_VIEW"]` where they are there,
        else computed.
    output
        An `.html` file, which appears whole or not at all.
    features
        Features shown before and after denoising, by name or `view:name`; those of the top associations unless given,
        or the most variable one of each view.
    title
        The page's heading.
    random_state
        Seed of maps that have to be computed.
    progress
        Is told where the work is.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    TypeError
        If features are one text, not a list of names.
    ValueError
        If nothing was integrated, a feature is unknown (the closest names are told), or the file cannot be written.
    """
    output = check_output(Path(output), [".html", ".htm"])
    content = gather(data, features, title, random_state, progress)
    progress("writing", 0, 1)
    page = render(content)
    with replacing(output) as temporary:
        temporary.write_bytes(page.encode("utf-8", errors="replace"))
    return output


def render(content: Content) -> str:
    """Return the page as HTML."""
    script, plotly = _script(), _plotly()
    return _template().render(
        content=content,
        names=in_words([view.name for view in content.views]),
        entropy=charts.entropy_chart(content.curves, {view.name: view.steps for view in content.views}),
        sizes=charts,
        bars=() if content.selection is None else charts.walk_bars(content.selection),
        style=_part("style.css"),
        script=script,
        data=bundle(content),
        plotly=plotly.packed,
        policy=_policy(_fingerprint(script), plotly.fingerprint),
        paper=PAPER,
        doi=DOI,
        table_key=keys.ASSOCIATIONS,
    )


class _Plotly:
    """plotly.js, packed; the script on the page unpacks it into an element that the policy knows by its hash."""

    def __init__(self) -> None:
        source = get_plotlyjs()
        self.packed = squeezed(source.encode())
        self.fingerprint = _fingerprint(source)


@cache
def _plotly() -> _Plotly:
    return _Plotly()


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


def _policy(*scripts: str) -> str:
    """No network at all, and no script but those with these hashes.

    plotly sets styles on its elements, and its WebGL makes functions out of shaders, which is called eval.
    """
    return (
        f"default-src 'none'; script-src {' '.join(scripts)} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _fingerprint(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
