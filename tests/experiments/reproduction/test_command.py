"""The whole command in its quick form: tables, pictures and the page come out, and an interrupted run goes on."""

import re

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.reproduction import __main__ as command
from experiments.reproduction import claims
from experiments.reproduction.figures import EXPERIMENTS
from experiments.reproduction.page import PAGE
from experiments.study import making

pytestmark = pytest.mark.slow  # three minutes: every experiment, small


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Output and journals of one quick run."""
    folder = tmp_path_factory.mktemp("quick")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "JOURNALS", folder / "journals")
        result = CliRunner().invoke(command.app, ["--quick", "--output", str(folder / "out")])
        assert result.exit_code == 0, result.output
        yield folder


def test_every_experiment_has_a_table_and_pictures(quick):
    for name in EXPERIMENTS:
        assert (quick / "out" / "reproduction" / f"{name}.csv").exists()
    pictures = [path.name for path in (quick / "out" / "images" / "reproduction").iterdir()]
    assert len(pictures) >= len(EXPERIMENTS)
    assert not list(quick.rglob("*.part*"))


def test_the_page_names_every_claim_and_shows_every_picture(quick):
    text = (quick / "out" / "reproduction.md").read_text(encoding="utf-8")
    for verdict in claims.verdicts(PAGE.load(quick / "out")):
        assert verdict.claim in text
    shown = set(re.findall(r"\]\(images/reproduction/([^)]+)\)", text))
    assert shown == {path.name for path in (quick / "out" / "images" / "reproduction").iterdir()}


def test_an_interrupted_run_goes_on_and_gives_the_same_table(quick):
    (journal,) = (quick / "journals").rglob("growing.jsonl")
    table = quick / "out" / "reproduction" / "growing.csv"
    before, lines = table.read_bytes(), journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:1]) + lines[1][:40], encoding="utf-8")  # stopped while the second was written
    arguments = ["--quick", "--only", "growing", "--output", str(quick / "out"), "--workers", "1"]
    result = CliRunner().invoke(command.app, arguments)
    assert result.exit_code == 0, result.output
    assert table.read_bytes() == before
    assert sum(line.startswith('{"cell"') and line.endswith("}") for line in journal.read_text().splitlines()) == len(
        lines
    )


def test_an_unknown_experiment_is_one_clear_line(quick):
    result = CliRunner().invoke(command.app, ["--quick", "--only", "nothing", "--output", str(quick / "out")])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "global_noise" in result.stderr


def test_missing_data_are_one_clear_line(quick, monkeypatch, tmp_path):
    monkeypatch.setenv("INTEGRATED_DIFFUSION_DATA", str(tmp_path))  # the workers read it when they start
    result = CliRunner().invoke(command.app, ["--only", "growing", "--output", str(tmp_path), "--workers", "1"])
    assert result.exit_code == 2
    assert "mnist_train_60k.npz" in result.stderr
    assert "--quick" in result.stderr
