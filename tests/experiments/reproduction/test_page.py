"""The page says what the tables say, with the settings that are published."""

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.reproduction.figures import EXPERIMENTS
from experiments.reproduction.page import PAGE
from experiments.reproduction.settings import described

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def found():
    return PAGE.load(DOCS)


@pytest.fixture(scope="module")
def written():
    return (DOCS / "reproduction.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_tables_give(found, written):
    assert PAGE.text(found) == written


@pytest.mark.parametrize("name", ["global_noise", "local_noise", "denoising", "many_views", "growing"])
def test_another_number_in_a_table_makes_another_page(found, written, name):
    changed = found[name].copy()
    changed.loc[changed["score"].isin(["accuracy", "DEMaP"]), "value"] += 0.01
    assert PAGE.text({**found, name: changed}) != written


def test_the_page_shows_the_published_settings(written):
    assert described() in written


def test_pictures_and_tables_are_there(written):
    targets = re.findall(r"\]\(([^)]+)\)", written)
    assert len(targets) > len(EXPERIMENTS)
    for target in targets:
        assert (DOCS / target).exists(), target


def test_reported_seeds_are_not_those_of_the_search(found):
    for name in ("global_noise", "local_noise", "denoising", "many_views", "both_noises", "growing"):
        assert sorted(found[name]["seed"].unique()) == list(range(10, 20)), name
    assert sorted(found["sensitivity"]["seed"].unique()) == list(range(4))
    assert set(found["global_noise"]["n_samples"]) == {2_000}
