"""The page of figure 4 says what its tables say, with the settings that are the package's."""

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.single_cell import compared
from experiments.single_cell.page import PAGE
from experiments.single_cell.reading import named_sets
from experiments.single_cell.sets import SETS
from experiments.single_cell.settings import described
from experiments.study.pages import fingerprint

DOCS = Path(__file__).parents[3] / "docs"
MOST_BYTES = 400_000


@pytest.fixture(scope="module")
def found():
    return PAGE.load(DOCS)


@pytest.fixture(scope="module")
def written():
    return (DOCS / "single_cell.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_tables_give(found, written):
    assert PAGE.text(found) == written


@pytest.mark.parametrize("name", PAGE.names)
def test_another_number_in_a_table_makes_another_page(found, written, name):
    changed = found[name].copy()
    changed["value"] += 1
    assert PAGE.text({**found, name: changed}) != written


def test_the_page_shows_the_settings_and_the_papers_file(found, written):
    assert {fingerprint(described())} == {value for table in found.values() for value in table["settings"]}
    assert described() in written
    assert "not among them" in written
    assert "integrated-diffusion run pbmc_granulocyte_sorted_10k_filtered_feature_bc_matrix.h5 -o joint.h5mu" in written
    assert "--genes genes.gtf" in written


def test_pictures_are_there_and_small(written):
    shown = re.findall(r"\]\((images/[^)]+)\)", written)
    assert len(shown) == 2 + 2 * len(SETS)
    for target in shown:
        assert 0 < (DOCS / target).stat().st_size < MOST_BYTES, target


def test_every_set_has_every_way(found):
    assert [name for name, _ in named_sets(found["information"])] == [cells.name for cells in SETS]
    for _, rows in named_sets(found["information"]):
        assert set(rows["way"]) == set(compared.ALL_SMOOTHINGS)
