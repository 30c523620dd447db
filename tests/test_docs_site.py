"""The site: every public name has its place, tutorials are shown as they ran, all code of the README runs."""

import importlib
import inspect
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import anndata as ad
import matplotlib as mpl
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import typer

from integrated_diffusion import cli
from mudata_settings import own_columns

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
MAKE = {
    "make demo",
    "make test",
}  # the readme's two commands; the first is run by test_demonstration, the second runs this
INSTALL = "pip install integrated-diffusion"  # `make dist` installs the wheel and runs what follows
N = 150


# Every public name has its place


def described():
    """Names after `.. reference:: module`, by module; none: all public ones."""
    places = {}
    for page in (DOCS / "api").glob("*.rst"):
        text = page.read_text(encoding="utf-8")
        for module, names in re.findall(r"^\.\. reference:: (\S+)\n((?:\n|   \S+\n)*)", text, flags=re.MULTILINE):
            space = importlib.import_module(module)
            public = [name for name in getattr(space, "__all__", ()) if not inspect.ismodule(getattr(space, name))]
            places.setdefault(module, set()).update(names.split() or public)
    return places


@pytest.mark.parametrize(
    "module",
    [
        "",
        ".association",
        ".datasets",
        ".embedding",
        ".fusion",
        ".io",
        ".operators",
        ".report",
        ".scverse",
        ".selection",
    ],
)
def test_every_public_name_has_its_place(module):
    space = importlib.import_module(f"integrated_diffusion{module}")
    values = {
        id(getattr(importlib.import_module(place), name)) for place, names in described().items() for name in names
    }
    public = {name: getattr(space, name) for name in space.__all__ if name != "__version__"}
    missing = [name for name, value in public.items() if not inspect.ismodule(value) and id(value) not in values]
    assert not missing


@pytest.mark.parametrize(
    "module",
    [
        "metrics.demap",
        "metrics.knn_accuracy",
        "views.recipes",
        "views.recognition",
        "scverse.pairs",
        "scverse.pl",
        "scverse.pp",
        "scverse.tl",
    ],
)
def test_every_function_that_users_call_has_its_place(module):
    inner = {"as_measured", "recipes_of"}
    space = importlib.import_module(f"integrated_diffusion.{module}")
    own = {
        name
        for name, value in vars(space).items()
        if inspect.isfunction(value) and value.__module__ == space.__name__ and not name.startswith("_")
    }
    assert own
    places = described()
    found = {name for place, names in places.items() if space.__name__.startswith(place) for name in names}
    assert own - inner <= found


def test_every_page_is_in_the_table_of_contents():
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {
        page.relative_to(DOCS).with_suffix("").as_posix()
        for ending in ("md", "rst")
        for page in DOCS.rglob(f"*.{ending}")
        if "extensions" not in page.parts
    } - {"index"}
    listed = {line for toc in re.findall(r"```\{toctree\}(.*?)```", index, flags=re.DOTALL) for line in toc.split()}
    assert pages <= listed


def test_every_option_of_every_command_has_its_place(monkeypatch):
    pytest.importorskip("docutils", reason="comes with the extra 'docs'")
    monkeypatch.syspath_prepend(DOCS / "extensions")
    describe = importlib.import_module("commands").describe
    commands = typer.main.get_command(cli.app).commands
    assert set(commands) >= {"run", "denoise", "associate", "report", "demo"}
    for name, command in commands.items():
        text = "\n".join(describe(name, command))
        assert f"integrated-diffusion {name} [OPTIONS]" in text
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert all(word in text for word in parameter.opts), parameter.opts
            assert parameter.help.split()[0] in text


def test_formulas_are_mathml_with_the_numbers_of_the_paper(monkeypatch):
    pytest.importorskip("docutils", reason="comes with the extra 'docs'")
    monkeypatch.syspath_prepend(DOCS / "extensions")
    formulas = importlib.import_module("formulas")
    blocks = re.findall(r"\$\$\n(.*?)\n\$\$", (DOCS / "method.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    numbers = [tag[1] for block in blocks if (tag := formulas.TAG.search(block))]
    assert numbers == ["1", "2", "3", "4", "Algorithm 1", "6", "7"]
    for block in blocks:
        element = formulas.mathml(formulas.TAG.sub("", block), as_block=True)
        assert element.startswith("<math alttext=")
        assert "<merror" not in element
    with pytest.raises(Exception, match="expected a formula that docutils can translate"):
        formulas.mathml(r"\unheard")


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    site = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-n",
        "-W",
        "--keep-going",
        "-d",
        str(tmp_path / "trees"),
        str(DOCS),
    ]
    built = subprocess.run([*command, str(site)], capture_output=True, text=True, timeout=600, check=False)
    assert built.returncode == 0, built.stderr[-3000:]
    pages = list(site.rglob("*.html"))
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    anchors = set(re.findall(r'id="(integrated_diffusion\.[\w.]+)"', "".join(texts.values())))
    assert {f"{module}.{name}" for module, names in described().items() for name in names} <= anchors
    for page, text in texts.items():
        assert not re.search(r"/(work|root|home|tmp|Users)/", text), page.name
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+\"", text), page.name


# All code of the readme runs


def h5mu(path, second, names, linked=None):
    """Counts of the same cells in two modalities, which follow the same two hidden numbers."""
    rng = np.random.default_rng(0)
    hidden = rng.gamma(2.0, 1.0, size=(N, 2))
    modalities = {}
    for name, features in (("rna", ["CD4", "CD8A", *(f"gene{i}" for i in range(40))]), (second, names)):
        X = rng.poisson(hidden @ rng.gamma(0.5, 1.0, size=(2, len(features)))).astype(np.float32) + (name == "rna")
        obs, var = pd.DataFrame(index=[f"cell{i}" for i in range(N)]), pd.DataFrame(index=features)
        modalities[name] = ad.AnnData(sp.csr_matrix(X), obs=obs, var=var)
    if linked is not None:
        modalities[second].var["linked_gene"] = linked
    with own_columns():
        data = mudata.MuData(modalities)
        data.obs["cell_type"] = pd.Categorical(np.where(hidden[:, 0] > hidden[:, 1], "T", "B"))
        data.write(path)
    return modalities


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the readme speaks of."""
    peaks = [f"chr1_{1000 * i}_{1000 * i + 500}" for i in range(1, 61)]
    h5mu(tmp_path / "multiome.h5mu", "atac", peaks, linked=[f"gene{i % 40}" for i in range(60)])
    h5mu(tmp_path / "query.h5mu", "atac", peaks)
    cells = h5mu(
        tmp_path / "cells.h5mu", "prot", ["CD4_TotalSeqB", "CD8A_TotalSeqB", *(f"protein{i}" for i in range(12))]
    )
    for name, file in (("rna", "rna.csv"), ("prot", "protein.csv")):
        cells[name].to_df().to_csv(tmp_path / file)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_of_the_readme_is_of_a_kind_that_is_run():
    assert {kind for kind, _ in BLOCKS} == {"python", "sh"}
    lines = [line.partition("  #")[0].strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {line for line in lines if not line.startswith("integrated-diffusion ")} == MAKE | {INSTALL}
    assert {line.removeprefix("make ") for line in MAKE} <= set(targets)


@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_the_python_of_the_readme_runs_in_its_folder(folder):
    space = {}
    with mpl.rc_context({"backend": "agg"}), own_columns():
        for kind, block in BLOCKS:
            if kind == "python":
                exec(block, space)
    assert "model" in space


@pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")
def test_the_commands_of_the_readme_run_in_their_order(folder, monkeypatch, capsys):
    commands = [
        shlex.split(line, comments=True) for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()
    ]
    commands = [words for words in commands if words and " ".join(words) not in MAKE | {INSTALL}]
    assert commands
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # put back at the end of the test
    for words in commands:
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        assert stopped.value.code == 0, (words, capsys.readouterr().err)
        assert (folder / words[words.index("-o") + 1]).stat().st_size > 0
