"""The page of the defaults says what its tables say, with the settings that are the defaults."""

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.__main__ import FULL
from experiments.evaluation.compared import DEFAULT
from experiments.evaluation.page import PAGE
from experiments.evaluation.reading import known_sets
from experiments.evaluation.sets import FEWER_SEEDS, SETS, UNKNOWN
from experiments.evaluation.settings import described
from experiments.study.pages import fingerprint

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def found():
    return PAGE.load(DOCS)


@pytest.fixture(scope="module")
def written():
    return (DOCS / "choosing.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_tables_give(found, written):
    assert PAGE.text(found) == written


@pytest.mark.parametrize("name", PAGE.names)
def test_another_number_in_a_table_makes_another_page(found, written, name):
    changed = found[name].copy()
    changed["value"] += 0.01
    assert PAGE.text({**found, name: changed}) != written


def test_tables_of_other_settings_do_not_get_onto_the_page(found, tmp_path):
    (tmp_path / "choosing").mkdir()
    for name, table in found.items():
        table.assign(settings="others").to_csv(tmp_path / "choosing" / f"{name}.csv", index=False)
    with pytest.raises(ValueError, match="make evaluation"):
        PAGE.load(tmp_path)


def test_the_page_shows_the_settings_it_was_measured_with(found, written):
    assert {fingerprint(described())} == {value for table in found.values() for value in table["settings"]}
    assert described() in written


def test_pictures_and_tables_are_there(written):
    targets = re.findall(r"\]\(([^)]+)\)", written)
    assert len(targets) >= 5
    for target in targets:
        assert (DOCS / target).exists(), target


def test_every_set_is_there_with_its_seeds(found):
    assert known_sets(found["scores"]) == [name for name in SETS if name not in UNKNOWN]
    own = found["scores"][found["scores"]["method"] == DEFAULT]
    for name, seeds in own.groupby("set")["seed"].unique().items():
        assert sorted(seeds) == list(FULL.seeds[: FEWER_SEEDS.get(str(name))]), name
    assert set(own["n_samples"]) == {FULL.n_samples}


def test_reported_seeds_are_not_those_of_the_search():
    assert not set(FULL.seeds) & set(FULL.search_seeds)
