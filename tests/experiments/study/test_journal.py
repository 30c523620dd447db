"""What was kept is found again, whatever the last run was cut off at, and makes one table whoever came first."""

import json
import math
from itertools import permutations

import numpy as np
import pytest

from experiments.study.cells import RESULTS, Cell, Measured, results
from experiments.study.journal import Journal

CELLS = [Cell("noise", seed, 100, (("noise", level),)) for level in (0.1, 0.2) for seed in (10, 11)]
FOUND = {
    cell.key: [Measured("a", "accuracy", 0.1 * i + 1 / 3), Measured("b — é", "accuracy", i + 1e-17)]
    for i, cell in enumerate(CELLS)
}


def keep(journal, cells):
    for cell in cells:
        journal.keep(cell, FOUND[cell.key])


def rows(cells):
    return [
        [cell.seed, 100, cell["noise"], found.method, found.score, found.value]
        for cell in cells
        for found in FOUND[cell.key]
    ]


def test_nothing_yet(tmp_path):
    journal = Journal(tmp_path / "new" / "noise.jsonl", RESULTS)
    assert len(journal) == 0
    assert CELLS[0] not in journal
    assert not journal.path.exists()


def test_kept_cells_are_found_again(tmp_path):
    path = tmp_path / "new" / "noise.jsonl"
    first = Journal(path, RESULTS)
    keep(first, CELLS[:2])
    again = Journal(path, RESULTS)
    for journal in (first, again):
        assert [cell in journal for cell in CELLS] == [True, True, False, False]
        assert len(journal) == 2
    keep(again, CELLS[2:])
    last = Journal(path, RESULTS)
    assert len(last) == 4
    assert results(last, CELLS).to_numpy().tolist() == rows(CELLS)  # every value to the last bit


def test_a_cell_is_on_disk_as_soon_as_it_is_kept(tmp_path):
    journal = Journal(tmp_path / "noise.jsonl", RESULTS)
    for n, cell in enumerate(CELLS, start=1):
        keep(journal, [cell])
        lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
        assert [line["cell"] for line in lines] == [kept.key for kept in CELLS[:n]]


@pytest.mark.parametrize("cut", [1, 2, 15, "all but one"])
def test_a_line_cut_off_costs_that_cell_and_no_other(tmp_path, cut):
    path = tmp_path / "noise.jsonl"
    keep(Journal(path, RESULTS), CELLS[:3])
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    path.write_bytes(whole[: -cut if cut != "all but one" else 1 - len(last)])

    journal = Journal(path, RESULTS)
    missing = [] if cut == 1 else [CELLS[2]]  # with only its newline lost, the line is whole
    assert [cell for cell in CELLS[:3] if cell not in journal] == missing
    keep(journal, [*missing, CELLS[3]])
    for found in (journal, Journal(path, RESULTS)):
        assert results(found, CELLS).to_numpy().tolist() == rows(CELLS)
    kept = [line for line in path.read_text().splitlines() if line.endswith("}")]
    assert [json.loads(line)["cell"] for line in kept] == [cell.key for cell in CELLS]


def test_table_has_a_row_a_number(tmp_path):
    journal = Journal(tmp_path / "noise.jsonl", RESULTS)
    keep(journal, CELLS)
    table = results(journal, CELLS)
    assert list(table.columns) == ["seed", "n_samples", "noise", "method", "score", "value"]
    assert table.to_numpy().tolist() == rows(CELLS)
    assert table["value"].dtype == np.float64


def test_order_is_that_of_the_cells_asked_for(tmp_path):
    tables = []
    for i, order in enumerate(permutations(CELLS)):
        journal = Journal(tmp_path / f"{i}.jsonl", RESULTS)
        keep(journal, order)
        tables.append(results(journal, CELLS))
    for table in tables[1:]:
        assert table.equals(tables[0])
    part = [CELLS[2], CELLS[0]]
    assert results(journal, part).to_numpy().tolist() == rows(part)


def test_a_cell_that_is_missing_is_no_row_left_out(tmp_path):
    journal = Journal(tmp_path / "noise.jsonl", RESULTS)
    keep(journal, CELLS[:1])
    with pytest.raises(KeyError, match="noise"):
        results(journal, CELLS)


def test_numbers_of_numpy_and_no_number_are_kept(tmp_path):
    path = tmp_path / "noise.jsonl"
    Journal(path, RESULTS).keep(CELLS[0], [Measured("a", "x", np.float64(0.1)), Measured("a", "y", math.nan)])
    value = results(Journal(path, RESULTS), CELLS[:1])["value"]
    assert value[0] == 0.1
    assert math.isnan(value[1])
