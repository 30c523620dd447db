"""From data to numbers: what methods are given, how they are scored, and whether the stages are those of the fit."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.performance import __main__ as command
from experiments.performance import environment, sets
from experiments.performance.journal import RUNS, Job
from experiments.performance.measures import stages
from experiments.performance.process import DONE, FAILED, Ended, Limits
from experiments.performance.scores import scores
from experiments.performance.subjects import Measurement, Method, few, module_names, subject_of, timed
from experiments.performance.workshop import Workshop
from experiments.study.data import ROOT
from experiments.study.journal import Journal
from integrated_diffusion import IntegratedDiffusion

OWN = "experiments.performance.methods.paper"
pytestmark = pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning")


@pytest.fixture(scope="module")
def tree():
    return sets.draw_tree(700)


# Data


def test_the_tree_is_in_random_order_and_its_truth_with_it(tree):
    assert {X.dtype for X in tree.views.values()} == {np.dtype(np.float32)}
    assert np.mean(tree.labels[1:] == tree.labels[:-1]) < 0.3
    for X in tree.views.values():
        assert np.median(np.linalg.norm(X - tree.clean, axis=1)) < 1.5
        moved = np.linalg.norm(X - np.roll(tree.clean, 1, axis=0), axis=1)
        assert np.median(moved) > np.median(np.linalg.norm(X - tree.clean, axis=1))


@pytest.mark.slow
def test_data_are_drawn_once_and_scored_by_at_most_two_thousand(tmp_path):
    files = sets.kept("tree", 2_500, tmp_path)
    with np.load(files.truth) as truth, np.load(files.views) as views:
        assert truth["scored"].shape == truth["labels"].shape == (2_000,)
        assert truth["clean"].shape == (2_000, 50)
        assert len(np.unique(truth["scored"])) == 2_000
        assert set(views.files) == {"view1", "view2"}
        assert views["view1"].shape == (2_500, 50)
    before = files.views.stat().st_mtime_ns
    assert sets.kept("tree", 2_500, tmp_path) == files
    assert files.views.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["digits", "CITE-seq", pytest.param("SNARE-seq", marks=pytest.mark.slow)])
def test_real_data_are_whole(name):
    known = sets.SETS[name]
    if known.missing:
        pytest.skip(known.missing)
    drawn = known.draw(known.n_samples)
    assert {len(X) for X in drawn.views.values()} == {known.n_samples} == {len(drawn.labels)}
    assert all(X.dtype == np.float32 and np.isfinite(X).all() for X in drawn.views.values())
    assert len(np.unique(drawn.labels)) >= 8


def test_what_is_missing_says_where_it_should_be(monkeypatch, tmp_path):
    monkeypatch.setattr(sets, "FOLDER", tmp_path)
    assert "uci_mfeat_digits.npz" in sets.SETS["digits"].missing
    assert not sets.TREE.missing


# Scores


def test_the_truth_itself_scores_one(tmp_path, tree):
    truth, made = tmp_path / "truth.npz", tmp_path / "made.npy"
    scored = np.arange(0, 700, 2)
    np.savez(truth, scored=scored, labels=tree.labels[scored].astype(str), clean=tree.clean[scored])
    np.save(made, tree.clean)
    found = scores(truth, made)
    assert found["DEMaP"] > 0.85  # geodesic against straight distances
    assert found["accuracy"] > 0.95
    np.save(made, np.random.default_rng(0).standard_normal((700, 2)))
    found = scores(truth, made)
    assert abs(found["DEMaP"]) < 0.1
    assert found["accuracy"] < 0.3


def test_without_noiseless_data_only_labels_count(tmp_path):
    np.savez(tmp_path / "truth.npz", scored=np.arange(20), labels=np.repeat(["a", "b"], 10))
    np.save(tmp_path / "made.npy", np.repeat([[0.0], [1.0]], 10, axis=0) + 1e-3 * np.arange(20)[:, None])
    assert scores(tmp_path / "truth.npz", tmp_path / "made.npy") == {"accuracy": 1.0}


# Runs


def test_the_stages_are_those_of_the_fit(tree):
    clock = stages.Clock()
    coordinates = stages.staged(tree.views, clock)
    np.testing.assert_array_equal(coordinates, IntegratedDiffusion.paper().fit_transform(tree.views))
    timed_stages = {name.removesuffix(": seconds") for name in clock.numbers if name.endswith(": seconds")}
    assert timed_stages == {*stages.STAGES, stages.PHATE}
    assert all(0.05 < clock.numbers[f"{stage}: gigabytes"] < 10 for stage in timed_stages)


@pytest.mark.slow
def test_a_method_runs_in_a_process_of_its_own_and_is_scored(tmp_path):
    found = Workshop(tmp_path).do(Job("integrated diffusion, as published", "tree", 700), OWN, Limits(120))
    assert found.outcome == DONE, found.said
    assert {"seconds", "processor seconds", "gigabytes", "accuracy", "DEMaP"} <= set(found.numbers)
    assert found.numbers["DEMaP"] > 0.5
    assert 0.1 < found.numbers["gigabytes"] < 3
    assert found.version
    assert not list(tmp_path.glob("tmp*"))


def test_a_method_that_is_not_installed_fails_in_one_line(tmp_path):
    views = tmp_path / "views.npz"
    np.savez(views, view1=np.zeros((20, 3), dtype=np.float32))
    outputs = [str(tmp_path / "found.json"), str(tmp_path / "made.npy")]
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "experiments.performance.child",
            "experiments.performance.methods.magic",
            str(views),
            *outputs,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode
    assert "No module named 'magic'" in process.stderr.splitlines()[-1]


def test_coordinates_that_are_not_numbers_fail(tmp_path, monkeypatch):
    truth, views = tmp_path / "truth.npz", tmp_path / "views.npz"
    np.savez(truth, scored=np.arange(20), labels=np.repeat(["a", "b"], 10))

    def run(command, folder, limits, log):
        Path(command[-2]).write_text(json.dumps({"numbers": {"gigabytes": 1.0}, "version": "1"}))
        np.save(command[-1], np.full((20, 2), np.nan))
        return Ended(DONE, "", 0.5)

    monkeypatch.setattr("experiments.performance.workshop.run", run)
    monkeypatch.setattr("experiments.performance.workshop.kept", lambda *_: sets.Files(views, truth))
    found = Workshop(tmp_path).do(Job("integrated diffusion, as published", "tree", 20), OWN, Limits(120))
    assert found.outcome == FAILED
    assert found.said.startswith("embedding: expected finite")


def test_the_clock_counts_processors_too():
    result, numbers = timed(lambda: np.sort(np.random.default_rng(0).random(2_000_000)))
    assert len(result) == 2_000_000
    assert numbers["processor seconds"] > 0
    assert numbers["seconds"] > 0


def test_few_samples_are_the_same_of_every_view(tree):
    chosen = few(tree.views, 50)
    rows = [np.flatnonzero((tree.views["view1"] == x).all(axis=1))[0] for x in chosen["view1"]]
    np.testing.assert_array_equal(chosen["view2"], tree.views["view2"][rows])


# The peers' environment


def test_peers_are_pinned_and_no_dependencies_of_the_package():
    lines = environment.REQUIREMENTS.read_text(encoding="utf-8").split()
    pinned = dict(line.split("==") for line in lines)
    assert {"phate", "graphtools", "magic-impute", "muon", "mofapy2", "scikit-learn"} <= set(pinned)
    assert "://" not in "".join(lines)
    needed = [subject_of(name) for name in module_names() if subject_of(name).needs_peers]
    assert {method.package for method in needed} <= set(pinned)


def test_the_environment_is_built_once_for_the_same_versions(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(environment.subprocess, "run", lambda arguments, check: commands.append(arguments))
    monkeypatch.setattr(environment.subprocess, "check_output", lambda arguments, text: "/usr/bin/newest\n")
    (tmp_path / "v").mkdir()
    for text, n_commands in (("a==1", 2), ("a==1", 2), ("a==2", 4)):
        (tmp_path / "requirements.txt").write_text(text)
        assert environment.python_of(tmp_path / "v") == tmp_path / "v" / "bin" / "python"
        assert len(commands) == n_commands
    assert commands[0] == ["/usr/bin/newest", "-m", "venv", "--clear", str(tmp_path / "v")]
    assert "--no-deps" in commands[1]


# The command


def test_the_command_runs_what_is_missing_and_writes_the_page(tmp_path, monkeypatch):
    tiny = Method("tiny", "numpy", "nothing", lambda views: views["view1"], needs_peers=False, sizes=(100, 200))
    measured = Measurement("looked at", (100,), lambda views: {"samples": 100.0})
    monkeypatch.setattr(command, "WORKSHOP", tmp_path / "build")
    monkeypatch.setattr(command, "subjects", lambda: {"tiny": tiny, "looked": measured})
    monkeypatch.setattr(command, "SETS", {"tree": sets.TREE})
    monkeypatch.setattr(command, "jobs", lambda *_: [Job("tiny", "tree", 100), Job("tiny", "tree", 200)])
    done = []

    def do(self, job, module, limits):
        done.append((job.n_samples, module, limits))
        return command.Found(job, DONE, "", "1.0", {"seconds": 1.0})

    monkeypatch.setattr(Workshop, "do", do)
    result = CliRunner().invoke(command.app, ["-o", str(tmp_path / "out"), "--limit", "7"])
    assert result.exit_code == 0, result.output
    assert done == [(100, "tiny", Limits(7, 20)), (200, "tiny", Limits(7, 20))]
    assert (tmp_path / "out" / "performance.md").exists()
    assert len(Journal(tmp_path / "build" / "journal.jsonl", RUNS)) == 2
    assert json.loads((tmp_path / "build" / "journal.jsonl").read_text().split("\n")[0])["job"]["subject"] == "tiny"

    again = CliRunner().invoke(command.app, ["-o", str(tmp_path / "out")])
    assert again.exit_code == 0
    assert len(done) == 2  # nothing was missing
    CliRunner().invoke(command.app, ["-o", str(tmp_path / "out"), "--again", "tiny", "--budget", "0"])
    assert len(done) == 2  # nothing is run without a budget
    CliRunner().invoke(command.app, ["-o", str(tmp_path / "out")])
    assert len(done) == 4


def test_a_name_that_nobody_has_is_a_mistake_in_one_line():
    result = CliRunner().invoke(command.app, ["--only", "nobody"])
    assert result.exit_code == 2
    assert "nobody" in result.output


def test_what_the_budget_cuts_short_is_not_kept(tmp_path, monkeypatch):
    from rich.console import Console

    monkeypatch.setattr(command, "WORKSHOP", tmp_path)
    monkeypatch.setattr(
        Workshop, "do", lambda self, job, module, limits: command.Found(job, command.TOO_LONG, "stopped", "", {})
    )
    journal, job = Journal(tmp_path / "journal.jsonl", RUNS), Job("tiny", "tree", 100)
    command.work([job], {"tiny": "tiny"}, journal, Limits(600), 5.0, Console(quiet=True))
    assert job not in journal
    command.work([job], {"tiny": "tiny"}, journal, Limits(600), 5_000.0, Console(quiet=True))
    assert job in journal
    assert Path(journal.path).exists()
