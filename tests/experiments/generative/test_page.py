"""The page about totalVI and MultiVI says what its tables say, with the settings that are the default."""

from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.settings import described
from experiments.generative import imputed, maps, new_cells
from experiments.generative.__main__ import FULL
from experiments.generative.page import PAGE, by_method
from experiments.study.label_scores import ACCURACY

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def found():
    return PAGE.load(DOCS)


def test_the_page_is_what_the_tables_give(found):
    written = (DOCS / "generative.md").read_text(encoding="utf-8")
    assert PAGE.text(found) == written
    assert described() in written
    for name, table in found.items():
        assert PAGE.text({**found, name: table.assign(value=table["value"] + 1)}) != written


@pytest.mark.parametrize("study", [maps, imputed, new_cells])
def test_every_set_is_there_with_its_seeds(found, study):
    asked = {(cell["set"], cell.seed) for cell in study.cells(FULL)}
    assert set(found[study.NAME][["set", "seed"]].itertuples(index=False, name=None)) == asked


def test_a_score_that_no_method_has_gets_no_column():
    table = pd.DataFrame([("a", ACCURACY, 0.5), ("a", maps.SECONDS, 3.2)], columns=["method", "score", "value"])
    assert by_method(table, (ACCURACY, maps.ILISI, maps.SECONDS)).splitlines()[-1] == "| a | 0.500 | 3 |"
