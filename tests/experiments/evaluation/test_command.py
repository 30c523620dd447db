"""The whole evaluation in its quick form: tables, pictures and the page come out, and another run measures nothing."""

import re

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation import __main__ as command
from experiments.evaluation import scores
from experiments.evaluation.compared import DEFAULT
from experiments.evaluation.page import PAGE
from experiments.evaluation.verdicts import verdicts
from experiments.study import making, tables


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Output and journals of one quick run."""
    folder = tmp_path_factory.mktemp("evaluation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "JOURNALS", folder / "journals")
        result = CliRunner().invoke(command.app, ["--quick", "--output", str(folder / "out"), "--workers", "2"])
        assert result.exit_code == 0, result.output
        yield folder


def test_every_experiment_has_a_table(quick):
    assert {path.stem for path in (quick / "out" / "choosing").iterdir()} == set(command.EXPERIMENTS)
    assert set(PAGE.names) == set(command.EXPERIMENTS)
    assert not list(quick.rglob("*.part*"))


def test_the_page_names_every_target_and_shows_every_picture(quick):
    text = (quick / "out" / "choosing.md").read_text(encoding="utf-8")
    for verdict in verdicts(PAGE.load(quick / "out")):
        assert verdict.claim in text
    shown = set(re.findall(r"\]\(images/choosing/([^)]+)\)", text))
    assert shown == {path.name for path in (quick / "out" / "images" / "choosing").iterdir()}


def test_what_the_default_chose_is_in_the_table(quick):
    found = tables.read(quick / "out" / "choosing" / "scores.csv")
    own = found[(found["set"] == "UCI 3 views + 1 noise") & (found["method"] == DEFAULT)]
    value = own.set_index("score")["value"]
    assert value["steps of noise1"] == 0
    assert value["contribution of noise1"] < value["contribution of view1"]
    assert 0 < value[scores.PREDICTION] < 1


def test_a_second_run_measures_nothing_and_writes_the_same(quick, monkeypatch):
    written = {path: path.read_bytes() for path in (quick / "out").rglob("*.csv")}
    text = (quick / "out" / "choosing.md").read_bytes()
    monkeypatch.setattr(making, "JOURNALS", quick / "journals")
    monkeypatch.setattr("experiments.study.running._quietly", None)  # would fail in a worker
    result = CliRunner().invoke(command.app, ["--quick", "--output", str(quick / "out"), "--workers", "1"])
    assert result.exit_code == 0, result.output
    assert written == {path: path.read_bytes() for path in (quick / "out").rglob("*.csv")}
    assert text == (quick / "out" / "choosing.md").read_bytes()


def test_the_best_steps_are_as_good_as_each_view_alone(quick):
    """One step in a view is among the steps that were tried, and scored alike."""
    found = {name: tables.read(quick / "out" / "choosing" / f"{name}.csv") for name in ("scores", "steps")}
    alone, tried = (
        table[(table["set"] == "digits 0.4 + 1.6") & (table["method"] == method) & (table["score"] == score)]
        for table, method, score in (
            (found["scores"], "view1 alone, 2 steps", "accuracy"),
            (found["steps"], "given", "2 0"),
        )
    )
    assert len(tried) == 1
    np.testing.assert_allclose(alone["value"], tried["value"])
