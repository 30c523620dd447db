"""All code of the site is run: pages that execute, by the build; single blocks, here."""

from __future__ import annotations

import re
import shlex
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from integrated_diffusion import IntegratedDiffusion, cli, datasets
from mudata_settings import own_columns

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
LAYOUT = ("{toctree}", "{include}")
SHOWN = {"", "text", "r"}
"""Settings and formulas that are printed, and R, which no environment of the tests has."""
WRITTEN = [page for page in sorted(DOCS.rglob("*.md")) if "extensions" not in page.parts]
EXECUTED = [page for page in WRITTEN if "execution_mode: force" in page.read_text(encoding="utf-8")]
ON_MACHINES = re.compile(r"from (distributed|dask_jobqueue) import")
"""Beginning of blocks that need machines, or start processes: tests/cluster tests what they call."""
OTHERS = ("pip ", "conda ", "make ", "python -m benchmarks", "python -m experiments", "conda build")
"""Commands that install or measure: what comes after them is tested elsewhere."""


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def test_every_block_is_of_a_kind_that_is_run():
    for page in WRITTEN:
        kinds = {kind for kind, _ in blocks(page) if not kind.startswith(LAYOUT)} - SHOWN
        assert kinds <= ({"sh", "{code-cell} ipython3"} if page in EXECUTED else {"sh", "python"}), page.name


def test_every_tutorial_runs_when_the_site_is_built():
    tutorials = set((DOCS / "tutorials").iterdir())
    assert {page.stem for page in tutorials} >= {
        "citeseq",
        "multiome",
        "mosaic",
        "new_donor",
        "batches",
        "sensors",
        "cluster",
    }
    assert tutorials <= set(EXECUTED)


def test_what_is_only_shown_is_no_code():
    for page in WRITTEN:
        for kind, block in blocks(page):
            assert kind not in SHOWN or not re.search(r"^(import|from) |\.fit\(", block, flags=re.MULTILINE), page.name


def test_code_of_executed_pages_compiles():
    for page in EXECUTED:
        code = [
            re.sub(r"\A---\n.*?\n---\n", "", block, flags=re.DOTALL) for kind, block in blocks(page) if "cell" in kind
        ]
        assert code, page.name
        for block in code:
            lines = [line for line in block.splitlines() if not line.startswith((":tags:", "%"))]
            compile("\n".join(lines), str(page), "exec")


def commands() -> list[str]:
    """Every command line of every page, once."""
    found = {}
    for page in WRITTEN:
        for kind, block in blocks(page):
            if kind == "sh":
                found |= {
                    " ".join(shlex.split(line, comments=True)): page for line in block.splitlines() if line.strip()
                }
    return list(filter(None, found))


def test_commands_are_known():
    for line in commands():
        assert line.startswith(("integrated-diffusion ", "idiff ", *OTHERS)), line


@pytest.mark.slow
@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_commands_run_on_files_of_their_names(tmp_path, monkeypatch, capsys):
    """The pages' commands in their order, where the files that they read are there."""
    with own_columns():
        cells = datasets.pbmc_citeseq()
        cells.write(tmp_path / "cells.h5mu")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end of the test
    ran = 0
    for line in commands():
        words = shlex.split(line)
        if words[0] not in ("integrated-diffusion", "idiff"):
            continue
        files = (".h5mu", ".h5ad", ".h5", ".csv", ".gtf.gz")
        inputs = [word for word in words[2:] if word.endswith(files) and words[words.index(word) - 1] != "-o"]
        if not all(Path(word).exists() for word in inputs):
            continue
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code == 0, (line, capsys.readouterr().err)
        ran += 1
    assert ran >= 3


@pytest.mark.slow
@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
@pytest.mark.parametrize(
    "page", [page for page in WRITTEN if any(kind == "python" for kind, _ in blocks(page))], ids=lambda page: page.stem
)
def test_python_of_pages_that_are_not_executed_runs(page, tmp_path, monkeypatch):
    """In one namespace, with the names that the page speaks of."""
    with own_columns():
        cells = datasets.pbmc_citeseq()
        few = cells[:200].copy()
        few.write(tmp_path / "reference.h5mu")
        rna, proteins = few["rna"].X, few["prot"].X
        space = {
            "IntegratedDiffusion": IntegratedDiffusion,
            "counts": rna,
            "rna": rna,
            "proteins": proteins,
            "atac": proteins,
            "new_counts": cells["rna"][200:220].X,
            "new_cells": cells["rna"][200:220].copy(),
            "labels": np.where(few.obs["cell_type"] == "Mono", "monocyte", "other"),
        }
        monkeypatch.chdir(tmp_path)
        for kind, block in blocks(page):
            if kind == "python" and not ON_MACHINES.match(block):
                exec(block, space)
