"""The settings are told alike in every process, and no table of others gets onto the page."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.reproduction import settings
from experiments.reproduction.settings import described, fingerprint, paper
from experiments.study import tables

ROOT = Path(__file__).parents[3]


def test_described_has_names_and_no_addresses():
    text = described()
    assert "0x" not in text
    assert "elbow_marginal_decrease" in text
    assert [line.split(" = ")[0] for line in text.splitlines()] == [
        "kernel",
        "local_denoising",
        "steps",
        "power",
        "n_pca",
    ]


@pytest.mark.slow  # three processes that import the experiments
def test_fingerprint_is_the_same_in_every_process():
    tell = [sys.executable, "-c", "from experiments.reproduction.settings import fingerprint; print(fingerprint())"]
    told = [subprocess.run(tell, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert told == [f"{fingerprint()}\n"] * 2


def test_fingerprint_changes_with_a_setting(monkeypatch):
    before = fingerprint()
    monkeypatch.setattr(settings, "paper", lambda: paper(n_pca=51))
    assert fingerprint() != before


@pytest.fixture
def page():
    """The page of one experiment."""
    for name in ("torch", "mofapy2", "muon"):
        pytest.importorskip(name)
    from experiments.reproduction.page import PAGE

    return replace(PAGE, names=("growing",))


def write(folder, *of_settings):
    rows = [{"seed": 10, "method": "integrated", "value": 0.5, "settings": found} for found in of_settings]
    tables.write(pd.DataFrame(rows), folder / "reproduction" / "growing.csv")


def test_tables_of_the_published_settings_are_read(tmp_path, page):
    write(tmp_path, fingerprint(), fingerprint())
    found = page.load(tmp_path)
    assert list(found) == ["growing"]
    assert set(found["growing"]["settings"]) == {fingerprint()}


@pytest.mark.parametrize("others", [("0123456789ab",), (fingerprint(), "0123456789ab")])
def test_a_table_of_other_settings_is_refused(tmp_path, page, others):
    write(tmp_path, *others)
    with pytest.raises(ValueError, match="make figures") as raised:
        page.load(tmp_path)
    for part in ("growing.csv", fingerprint(), "0123456789ab"):
        assert part in str(raised.value)
