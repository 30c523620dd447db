"""Importing the package and asking for help are quick: names and commands load what they need at their first use."""

from __future__ import annotations

import ast
import importlib
import json
import pickle
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import integrated_diffusion

OURS = {
    "integrated_diffusion",
    *(f"integrated_diffusion.runtime{name}" for name in ("", ".caches", ".deprecation")),
}
"""Modules of this package that a bare import loads."""

PARSER = {
    *("annotated_doc", "annotated_types", "click", "pydantic", "pydantic_core", "shellingham", "typer"),
    *("typing_extensions", "typing_inspection"),
}
"""The parser of the command line and what it needs."""

OUR_PARSER = OURS | {
    "integrated_diffusion.version",
    "integrated_diffusion.runtime.interruption",
    "integrated_diffusion.runtime.temporary",
    "integrated_diffusion.runtime.telling",
    *(f"integrated_diffusion.cli{name}" for name in ("", ".program", ".options", ".expanded", ".reporting")),
    *(f"integrated_diffusion.cli.{command}" for command in ("run", "denoise", "ingest", "associate", "report", "demo")),
}
"""Modules of this package that help loads."""

LOADED = """
import atexit, json, sys
before = set(sys.modules)
sys.argv = ["integrated-diffusion", *{words!r}]
atexit.register(lambda: print("\\n" + json.dumps(sorted(set(sys.modules) - before))))
{statement}
"""

HELP = "from integrated_diffusion.cli import script; script()"


def loaded(statement, *words):
    """Return modules of other packages, and of this one, that a statement loads in a fresh process."""
    program = LOADED.format(statement=statement, words=words)
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)
    names = json.loads(found.stdout.splitlines()[-1])
    ours = {name for name in names if name.partition(".")[0] == "integrated_diffusion"}
    standard = {*sys.stdlib_module_names, "integrated_diffusion"}
    packages = {name.partition(".")[0] for name in names if not name.startswith("_sysconfigdata")} - standard
    return packages, ours


def test_a_bare_import_loads_no_library():
    assert loaded("import integrated_diffusion") == ({"lazy_loader"}, OURS)


@pytest.mark.parametrize("words", [["--help"], [], ["run", "--help"], ["associate", "--help"], ["rnu"]])
def test_help_and_mistakes_load_the_parser_alone(words):
    packages, ours = loaded(HELP, *words)
    assert packages <= PARSER | {"lazy_loader"}
    assert "typer" in packages
    assert ours == OUR_PARSER


def test_the_version_does_without_the_parser():
    packages, ours = loaded(HELP, "--version")
    assert packages == {"lazy_loader"}
    assert ours < OUR_PARSER


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (["-c", "import integrated_diffusion"], 0.4),
        (["-m", "integrated_diffusion", "--help"], 0.3),
        (["-m", "integrated_diffusion", "--version"], 0.3),
    ],
)
def test_processor_time(words, seconds):
    """The least of five, since a busy machine's caches and clocks make some of them slower."""

    def used():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, timeout=100, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(used() for _ in range(5)) < seconds


def test_every_name_of_the_stub_is_there():
    stub = ast.parse(Path(integrated_diffusion.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    (listed,) = (ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    assert sorted(listed) == sorted(integrated_diffusion.__all__)
    assert set(listed) <= set(dir(integrated_diffusion))
    for name in listed:
        assert getattr(integrated_diffusion, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = integrated_diffusion.nonsense


OLD_NAMES = {
    "BinomialThinning": "CountSplitting",
    "JointWalk": "IntegratedOperator",
    "marginal_fall": "elbow_marginal_decrease",
    "two_line_fit": "elbow_two_segment",
}


@pytest.mark.parametrize("old", OLD_NAMES)
def test_old_names_warn_and_go_on_working(monkeypatch, old):
    monkeypatch.setattr("integrated_diffusion.runtime.deprecation._warned", set())
    with pytest.warns(DeprecationWarning, match=f"'{old}' is called '{OLD_NAMES[old]}' now"):
        found = getattr(integrated_diffusion, old)
    assert found is getattr(integrated_diffusion, OLD_NAMES[old])


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "from integrated_diffusion import IntegratedDiffusion, fusion, embedding, metrics, datasets, association",
        "import integrated_diffusion.scverse as s; s.tl.integrate, s.pp, s.pl",
        "import integrated_diffusion as i; i.scverse.tl.integrate, i.kernels.GaussianKernel",
    ],
)
def test_the_contract_holds_in_a_fresh_process(statement):
    subprocess.run([sys.executable, "-c", statement], timeout=300, check=True)


def test_values_are_pickled_by_the_names_of_their_modules():
    model = integrated_diffusion.IntegratedDiffusion(kernel=integrated_diffusion.GaussianKernel())
    assert repr(pickle.loads(pickle.dumps(model))) == repr(model)


def test_the_module_is_the_program():
    command = [sys.executable, "-m", "integrated_diffusion", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    version = importlib.import_module("integrated_diffusion.version").__version__
    assert (found.stdout, found.stderr) == (f"{version}\n", "")
