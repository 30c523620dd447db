"""The page of the comparison says what its table says, with the settings that are the default."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.evaluation.__main__ import FULL
from experiments.evaluation.compared import DEFAULT
from experiments.evaluation.comparison import PAGE
from experiments.evaluation.printed import COMPARED, by_name, means, trade_offs
from experiments.evaluation.reading import known_sets
from experiments.evaluation.sets import FEWER_SEEDS, SETS, UNKNOWN
from experiments.evaluation.settings import described
from experiments.evaluation.verdicts import WORDS, best_on_average, near_baselines

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def found():
    return PAGE.load(DOCS)


def test_the_page_is_what_the_table_gives(found):
    written = (DOCS / "comparison.md").read_text(encoding="utf-8")
    assert PAGE.text(found) == written
    assert described() in written
    changed = found["scores"].assign(value=found["scores"]["value"] + 0.01)
    assert PAGE.text({"scores": changed}) != written


def test_every_set_and_method_is_there_with_its_seeds(found):
    scores = found["scores"]
    assert known_sets(scores) == [name for name in SETS if name not in UNKNOWN]
    own = scores[scores["method"] == DEFAULT]
    for name, seeds in own.groupby("set")["seed"].unique().items():
        assert sorted(seeds) == list(FULL.seeds[: FEWER_SEEDS.get(str(name))]), name
    assert set(COMPARED) <= set(scores["method"])


def test_means_and_outcomes(found):
    scores = found["scores"]
    worse = scores.assign(value=scores["value"] - 0.5 * (scores["method"] == DEFAULT))
    n_sets = len(known_sets(scores))
    assert near_baselines({"scores": worse}).outcome(WORDS) == f"does not hold: 0 of {n_sets}"
    assert best_on_average({"scores": worse}).outcome(WORDS).startswith("does not hold: 0 of ")
    assert f"| {n_sets} |" in means({"scores": scores})


def test_the_price_of_being_ahead_on_one_set(found):
    scores = found["scores"]
    ahead = scores.assign(value=scores["value"] + (scores["method"] == DEFAULT))
    assert trade_offs({"scores": ahead}) == "None on any set."
    name, way = "tree 0.2", "MOFA"
    there = (ahead["set"] == name) & (ahead["method"] == way)
    told = trade_offs({"scores": ahead.assign(value=ahead["value"] + 5 * there)}).splitlines()
    gaps = (by_name(ahead, way) - by_name(ahead, DEFAULT)).dropna().drop(name)
    assert len(told) == 3
    assert told[2].startswith(f"| {name}: {way} | +")
    assert told[2].endswith(f"| {gaps.mean():+.3f} | {gaps.min():+.3f}, {gaps.idxmin()} | {len(gaps)} of {len(gaps)} |")
