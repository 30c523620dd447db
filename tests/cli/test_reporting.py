"""Options of every command: quiet, verbose, a log, a file of options; the progress of a whole run."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import h5py
import numpy as np
import pytest
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from integrated_diffusion import IntegratedDiffusion, datasets
from integrated_diffusion.cli import plans
from integrated_diffusion.cli.configuration import read_configuration, written_configuration
from integrated_diffusion.cli.options import Embedding, Fitting, Preset
from integrated_diffusion.cli.program import app
from integrated_diffusion.runtime import telling
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Plan
from integrated_diffusion.scverse import tl
from mudata_settings import own_columns

FAST = ("--n-components", "3", "--no-local-denoising", "--steps", "a=2", "--steps", "b=1")


@pytest.fixture
def tables(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(80, 2))
    views = {name: hidden @ rng.normal(size=(2, 12)) + 0.1 * rng.normal(size=(80, 12)) for name in ("a", "b")}
    np.savez(tmp_path / "in.npz", **views)
    return tmp_path / "in.npz"


def test_quiet_tells_nothing(run, tables, tmp_path):
    assert run("run", tables, "-o", tmp_path / "out.npz", *FAST, "-q") == (0, "", "")


def test_verbose_names_every_stage_once(run, tables, tmp_path):
    code, out, err = run("run", tables, "-o", tmp_path / "out.npz", *FAST, "--verbose")
    assert code == 0
    stages = re.findall(r"^ +\d+\.\d s  (.+)$", err, flags=re.MULTILINE)
    assert stages[0] == "reading"
    assert stages[-1] == "writing"
    assert {"a: neighbours and kernel", "PHATE of the integrated operator"} <= set(stages)
    assert "Integrated diffusion" in out


def test_a_log_has_everything_and_is_added_to(run, tables, tmp_path):
    log = tmp_path / "run.log"
    assert run("run", tables, "-o", tmp_path / "out.npz", *FAST, "--log", log)[0] == 0
    first = log.read_text()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", line) for line in first.splitlines())
    assert "reading" in first
    assert "wrote" in first
    words = ("--log", log, "-q", "--color", "kind")
    code, _, err = run("run", tables, "-o", tmp_path / "out.npz", *FAST, *words)
    assert code == 2
    added = log.read_text().removeprefix(first)
    assert err.strip() in added.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--quiet", "--verbose"), "expected one of --quiet and --verbose, found both"),
        (("--log", "in.npz"), "--log: expected a file that ends in .log or .txt"),
        (("--log", "nowhere/run.log"), "--log: expected a file that ends in .log or .txt in a folder that is there"),
        (("--config", "none.toml"), "expected a file at none.toml, found none"),
    ],
)
def test_mistakes(run, tables, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("run", "in.npz", "-o", "out.npz", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.npz"]


def test_options_come_from_a_file_unless_they_are_given(run, tables, tmp_path):
    (tmp_path / "o.toml").write_text(
        "n-components = 3\nlocal-denoising = false\n[run]\nsteps = {a = 2, b = 1}\npower = 2\n"
    )
    words = ("run", tables, "--config", tmp_path / "o.toml", "--power", 1, "-o")
    assert run(*words, tmp_path / "by_file.npz")[0] == 0
    assert run("run", tables, "-o", tmp_path / "by_hand.npz", *FAST, "--power", 1)[0] == 0
    records = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("by_file", "by_hand")]
    assert records[0]["parameters"] == records[1]["parameters"]
    assert records[0]["configuration"] == records[1]["configuration"]
    with np.load(tmp_path / "by_file.npz") as one, np.load(tmp_path / "by_hand.npz") as two:
        np.testing.assert_array_equal(one["embedding"], two["embedding"])


def test_a_run_is_repeated_by_its_record(run, tables, tmp_path):
    words = ("--normalize", "a=other", "--n-pca", 5, "--order", "given")
    assert run("run", tables, "-o", tmp_path / "one.h5mu", *FAST, *words)[0] == 0
    assert run("run", tables, "-o", tmp_path / "two.npz", "--config", tmp_path / "one.h5mu")[0] == 0
    assert run("run", tables, "-o", tmp_path / "three.npz", "--config", tmp_path / "two.json")[0] == 0
    with h5py.File(tmp_path / "one.h5mu") as file:
        first, kept = file["obsm/X_integrated"][:], file["uns/integrated_diffusion/configuration"].asstr()[()]
    assert str(tmp_path) not in kept
    for name in ("two", "three"):
        with np.load(tmp_path / f"{name}.npz") as again:
            np.testing.assert_array_equal(again["embedding"], first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("n_pcs = 3", "found 'n_pcs'; try 'n-pca'"),
        ("n-pca = ", "expected options in TOML"),
        ('n-pca = "many"', "--n-pca"),
    ],
)
def test_mistakes_in_a_file_of_options(run, tables, tmp_path, text, said):
    (tmp_path / "o.toml").write_text(text)
    code, _, err = run("run", tables, "-o", tmp_path / "out.npz", "--config", tmp_path / "o.toml")
    assert code == 2
    assert said in err


def test_records_without_options(tmp_path):
    (tmp_path / "o.json").write_text('{"version": "0.1.0"}')
    with pytest.raises(ValueError, match="expected the options of a run, found none"):
        read_configuration(tmp_path / "o.json", "run", {})
    with h5py.File(tmp_path / "o.h5mu", "w") as file:
        file["uns/integrated_diffusion/configuration"] = np.arange(3)
    with h5py.File(tmp_path / "q.h5mu", "w") as file:
        file.create_group("uns/integrated_diffusion/configuration")
    for name in ("o.h5mu", "q.h5mu"):
        with pytest.raises(ValueError, match="expected the options of a run, found none"):
            read_configuration(tmp_path / name, "run", {})
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(ValueError, match="expected the record of a run, found no JSON"):
        read_configuration(tmp_path / "p.json", "run", {})


def test_options_are_written_as_they_are_read(tmp_path):
    options = (
        Fitting(preset=Preset.PAPER, view=['a="b"\\c', "ö"], n_pca=7, transpose=True, n_jobs=3),
        Embedding(power=2),
    )
    (tmp_path / "o.toml").write_text(written_configuration(*options), encoding="utf-8")
    known = dict.fromkeys(["preset", "view", "n_pca", "transpose", "power"])
    found = read_configuration(tmp_path / "o.toml", "run", known)
    assert found == {"preset": "paper", "view": ['a="b"\\c', "ö"], "n_pca": 7, "transpose": True, "power": 2}
    assert written_configuration(Fitting(), Embedding()) == ""


def test_short_help_and_the_short_name(run, monkeypatch):
    assert run("-h") == run("--help")
    assert run("run", "-h")[0] == 0
    assert [command.callback.__name__ for command in app.registered_commands] == [
        *("run", "denoise", "associate", "report", "ingest", "demo")
    ]


@pytest.mark.parametrize(
    ("words", "completed"),
    [("integrated-diffusion as", ["associate"]), ("integrated-diffusion run --col", ["--color"])],
)
def test_the_shell_completes_commands_and_options(run, words, completed):
    assert "--install-completion" in run("--help")[1]
    asked = {
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
        "_INTEGRATED_DIFFUSION_COMPLETE": "complete_bash",
    }
    command = [sys.executable, "-m", "integrated_diffusion"]
    done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == completed


def test_names_in_brackets_are_told_as_they_are(capsys, tmp_path):
    table = Table()
    table.add_column("view")
    table.add_row(escape("[red]rna"))
    telling.begin(telling.Telling(log=tmp_path / "run.log"))
    telling.tell(table, "wrote [red]rna.h5mu")
    telling.begin(telling.Telling())
    for told in (capsys.readouterr().out, (tmp_path / "run.log").read_text()):
        assert " [red]rna " in told
        assert "wrote [red]rna.h5mu" in told


def test_a_plan_knows_its_share():
    plan = Plan({"reading": 1, "smoother": 3})
    assert plan.share_done("reading", 0, 1) == 0
    assert plan.share_done("rna: smoother", 1, 3) == 0.5
    assert plan.share_done("something else", 1, 2) == 0


def test_the_bar_of_a_whole_run_only_grows_and_says_how_long_it_takes(monkeypatch):
    telling.begin(telling.Telling())
    seconds = iter(np.arange(0.0, 1e4, 10.0))
    monkeypatch.setattr("integrated_diffusion.runtime.console.time.perf_counter", lambda: next(seconds))
    drawn = io.StringIO()
    with progress_bar(Console(file=drawn, force_terminal=True, width=120), Plan({"one": 1, "two": 1})) as progress:
        for stage, done in (("one", 0), ("one", 1), ("unknown", 0), ("two", 0), ("two", 1)):
            progress(stage, done, 2)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.getvalue())
    assert "75%" in text
    assert re.search(r"about \d+ s left|about \d+ min", text)


def stages(err):
    return {line[12:].rpartition(": ")[2] for line in err.splitlines() if re.match(r" +\d+\.\d s  ", line)}


@pytest.fixture(scope="module")
def integrated(tmp_path_factory):
    """A small file that `run` wrote."""
    folder = tmp_path_factory.mktemp("integrated")
    with own_columns():
        few = datasets.pbmc_citeseq()[:120].copy()
        few.write(folder / "few.h5mu")
        tl.integrate(few, IntegratedDiffusion(steps={"rna": 1, "prot": 1}, n_components=3)).write(folder / "joint.h5mu")
    return folder


def test_every_stage_of_a_run_is_planned(run, tables, tmp_path):
    _, _, err = run("run", tables, "-o", tmp_path / "out.npz", "--n-components", "3", "-v")
    assert set(plans.RUN.shares) - {"splitting the counts", "normalising"} <= stages(err)


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        (["denoise", "joint.h5mu", "-o", "d.csv", "--only", "rna", "--features", "CD8A"], plans.DENOISE),
        (["ingest", "few.h5mu", "--reference", "joint.h5mu", "-o", "mapped.h5mu"], plans.INGEST),
        (["report", "joint.h5mu", "-o", "report.html"], plans.REPORT),
        (
            ["associate", "joint.h5mu", "-o", "pairs.csv", "--between", "rna,prot", "--n-shuffles", "3"],
            plans.associate_plan(is_integrated=True, changes_operators=False),
        ),
    ],
)
def test_every_stage_of_a_command_is_planned(run, integrated, monkeypatch, words, plan):
    monkeypatch.chdir(integrated)
    code, _, err = run(*words, "-v", "--overwrite")
    assert code == 0, err
    assert stages(err) == set(plan.shares)


def test_the_plan_of_associate_grows_with_what_is_to_be_done():
    plan = plans.associate_plan(is_integrated=False, changes_operators=True)
    assert list(plan.shares)[-3:] == ["mutual information of shuffles", "mutual information", "writing"]
    assert set(plans.FIT) < set(plan.shares)
