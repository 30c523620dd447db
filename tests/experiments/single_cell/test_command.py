"""Figure 4 on small simulated cells: tables, pictures and the page come out, and a second run measures nothing."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData
from matplotlib.image import imread

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.single_cell import __main__ as command
from experiments.single_cell import compared, drawn_information, information, separation
from experiments.single_cell.fits import Kept
from experiments.single_cell.page import PAGE
from experiments.single_cell.sets import CellSet, OwnProteins, counts, linked
from experiments.single_cell.verdicts import verdicts
from experiments.study import making, pictures, tables
from experiments.study.cells import Cell, Scale

mudata = pytest.importorskip("mudata")

N_CELLS, N_GENES, N_PROTEINS = 140, 60, 12
TYPES = np.array(["one", "two", "none"])
SCALE = Scale("single-cell-tiny", "simulated", (0,), (), 120)
OWN = OwnProteins((("G$2_", "P2"), ("absent", "P3")))
SETS = (
    CellSet("typed, $x$", "cells.h5mu", ("rna", "prot"), OWN, ("G$2_", "G1"), "cell_type", "none", n_shuffles=3),
    CellSet("untyped", "cells.h5mu", ("rna", "prot"), OWN, ("G1",), markers=("G1_TotalSeqB", "P2"), n_shuffles=3),
    CellSet("gone", "gone.h5mu", ("rna", "prot"), OWN, ("G1",)),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with a file of two views of the same three kinds of cells."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    types = rng.integers(3, size=N_CELLS)
    rna = rng.poisson(rng.gamma(1, 2, size=(3, N_GENES))[types])
    prot = rng.poisson(rng.gamma(1, 20, size=(3, N_PROTEINS))[types])
    names = [f"cell{i}" for i in range(N_CELLS)]
    genes = ["G$2_", *(f"G{i}" for i in range(1, N_GENES))]
    proteins = [*(f"G{i}_TotalSeqB" for i in (3, 1)), *(f"P{i}" for i in range(2, N_PROTEINS))]
    views = {"rna": _cells(rna, names, genes), "prot": _cells(prot, names, proteins)}
    _write(views, folder / "cells.h5mu", TYPES[types])
    return folder


def _write(views, path, types=None):
    with mudata.set_options(pull_on_update=False):
        both = mudata.MuData(views)
        if types is not None:
            both.obs["cell_type"] = types
        both.write(path)


def _cells(values, names, features):
    return AnnData(sp.csr_matrix(values.astype(np.float32)), pd.DataFrame(index=names), pd.DataFrame(index=features))


@pytest.fixture(scope="module")
def made(data, tmp_path_factory):
    """Output and journals of one run."""
    folder = tmp_path_factory.mktemp("single_cell")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "JOURNALS", folder / "journals")
        command.make(SCALE, folder / "out", SETS, data)
    return folder


@pytest.fixture(scope="module")
def found(made):
    return PAGE.load(made / "out")


@pytest.fixture(scope="module")
def kept(made, data):
    return Kept(SETS, data, next((made / "journals" / SCALE.name).iterdir()))


def test_tables_pictures_and_the_page_are_there(made, found):
    text = (made / "out" / "single_cell.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\(images/single_cell/([^)]+)\)", text))
    assert shown == {path.name for path in (made / "out" / "images" / "single_cell").iterdir()}
    assert len(shown) == 6
    assert text == PAGE.text(found)
    for verdict in verdicts(found):
        assert verdict.claim in text
    assert not list(made.rglob("*.part*"))


def test_pictures_show_something(made):
    for path in (made / "out" / "images" / "single_cell").iterdir():
        assert imread(path)[..., :3].std() > 0.02, path.name


def test_sets_without_a_file_are_left_out(found):
    assert set(found["information"]["set"]) == {"typed, $x$", "untyped"}


def test_cells_of_no_type_are_in_no_score(found):
    table = found["separation"][found["separation"]["set"] == "typed, $x$"]
    of_default = table[table["way"] == compared.DEFAULT].set_index("score")["value"]
    assert of_default[separation.N_CELLS] == SCALE.n_samples
    assert 0 < of_default[separation.N_TYPED] < SCALE.n_samples
    assert set(separation.SCORES) < set(of_default.index)


def test_without_types_there_are_no_scores_of_types(found):
    table = found["separation"][found["separation"]["set"] == "untyped"]
    assert set(table["score"]) == {separation.N_CELLS, separation.N_TYPED}


def test_pairs_are_those_of_one_name_and_those_of_the_table(found):
    subjects = set(found["information"]["method"]) - {information.ALL_PAIRS, information.RANDOM_PAIRS}
    assert subjects == {"G1, G1_TotalSeqB", "G3, G3_TotalSeqB", "G$2_, P2"}


def test_random_pairs_are_none_of_the_pairs(kept):
    cells = kept.fitted(_cell("untyped"))
    random = set(zip(cells.random_pairs.first.tolist(), cells.random_pairs.second.tolist(), strict=True))
    related = set(zip(cells.pairs.first.tolist(), cells.pairs.second.tolist(), strict=True))
    everything = {(a, b) for a in cells.pairs.first.tolist() for b in cells.pairs.second.tolist()}
    assert random == everything - related
    assert all(cells.random_pairs.first_names[i] != cells.random_pairs.second_names[i] for i in range(len(random)))


def _cell(name):
    return Cell("", 0, SCALE.n_samples, (("set", name),))


@pytest.mark.parametrize("way", compared.ALL_SMOOTHINGS)
def test_what_is_drawn_is_what_was_scored(kept, found, way):
    """The mutual information of the two drawn columns is the table's."""
    cells = kept.fitted(_cell("untyped"))
    first, second = drawn_information.smoothed(cells, way, cells.shown[0])
    table = found["information"]
    rows = table[(table["set"] == "untyped") & (table["way"] == way) & (table["null"] == compared.MODALITY_PERMUTED)]
    scored = rows[(rows["method"] == "G1, G1_TotalSeqB") & (rows["score"] == information.SCORE)]["value"].iloc[0]
    assert _mutual_information(first, second) * information.MILLINATS == pytest.approx(scored, rel=0.05)


def _mutual_information(x, y):
    """Ten bins of equal frequency, by a table of counts; ties, which are few, may fall otherwise."""
    bins = [information.ESTIMATOR.prepare(np.asarray(v, dtype=np.float32)[None])[0] for v in (x, y)]
    counted = np.histogram2d(*bins, bins=(np.arange(11), np.arange(11)))[0] / len(x)
    expected = np.outer(counted.sum(axis=1), counted.sum(axis=0))
    seen = counted > 0
    return float((counted[seen] * np.log(counted[seen] / expected[seen])).sum())


def test_the_joint_walks_are_those_of_the_ways(kept):
    cells = kept.fitted(_cell("untyped"))
    rna, prot = (cells.default.joint.operators[view] for view in ("rna", "prot"))
    x = np.random.default_rng(0).standard_normal(SCALE.n_samples)
    np.testing.assert_allclose(compared.operators(cells)[compared.ALTERNATING] @ x, rna @ (prot @ x))
    np.testing.assert_allclose(compared.operators(cells)["prot alone"] @ x, prot @ x)


def test_a_second_run_measures_nothing_and_writes_the_same(made, data, monkeypatch):
    written = {path: path.read_bytes() for path in (made / "out").rglob("*.*") if path.suffix in (".csv", ".md")}
    assert len(written) == len(PAGE.names) + 1
    monkeypatch.setattr(pictures, "save_small", lambda figure, path: path)  # pictures take their time
    monkeypatch.setattr(making, "JOURNALS", made / "journals")
    monkeypatch.setattr("experiments.study.running._quietly", None)  # would fail if anything were measured
    command.make(SCALE, made / "out", SETS, data)
    assert written == {path: path.read_bytes() for path in written}


def test_another_number_makes_another_page(found):
    for name in PAGE.names:
        changed = found[name].copy()
        changed["value"] += 1
        assert PAGE.text({**found, name: changed}) != PAGE.text(found), name


def test_tables_of_other_settings_do_not_get_onto_the_page(found, tmp_path):
    (tmp_path / "single_cell").mkdir()
    for name, table in found.items():
        tables.write(table.assign(settings="others"), tmp_path / "single_cell" / f"{name}.csv")
    with pytest.raises(ValueError, match="make figure4"):
        PAGE.load(tmp_path)


def test_links_are_read_from_the_file(tmp_path):
    names = [f"cell{i}" for i in range(30)]
    rna = _cells(np.ones((30, 4)), names, ["G1", "G2", "G5", "G6"])
    atac = _cells(np.ones((30, 3)), names, ["chr1_1_2", "chr1_3_4", "chr1_5_6"])
    atac.var["linked_gene"] = pd.Categorical(["G5", None, "G1"])
    _write({"rna": rna, "atac": atac}, tmp_path / "linked.h5mu")
    cells = CellSet("linked", "linked.h5mu", ("rna", "atac"), linked, ("G1",))
    pairs = linked(counts(cells, tmp_path, 20, 0).measured)
    assert pairs.frame()[["first", "second"]].to_numpy().tolist() == [["G1", "chr1_5_6"], ["G5", "chr1_1_2"]]
