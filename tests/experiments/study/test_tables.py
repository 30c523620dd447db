"""Tables come back as they were written, and what is read off them is what numpy and scipy say."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_rel

from experiments.study import tables
from experiments.study.tables import Difference

SEEDS = (10, 11, 12, 13, 14)
LEVELS = (0.4, 1.6, 12.8)
METHODS = ("alternating", "integrated", "WNN")


def long(values, score="accuracy"):
    """From an array by method, level and seed to a long table, in no order."""
    rows = [
        {"seed": seed, "n_samples": 100, "noise": level, "method": method, "score": score, "value": values[m, i, s]}
        for s, seed in enumerate(SEEDS)
        for m, method in enumerate(METHODS)
        for i, level in enumerate(LEVELS)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0, ignore_index=True)


@pytest.fixture
def values():
    return np.random.default_rng(0).uniform(0.5, 1, size=(len(METHODS), len(LEVELS), len(SEEDS)))


def of_level(values, i):
    table = long(values)
    return table[table["noise"] == LEVELS[i]]


def test_round_trip(tmp_path):
    table = pd.DataFrame(
        {
            "seed": [10, 11, 11],
            "local t": ["none", "1", "entropy"],
            "kernel": ["5, local, mean", 'said "so"', ""],
            "noise": [0.4, 1.6, 12.8],
            "views": [3, 6, 6],
            "method": ["NA", "null", "authors' script"],
            "value": [0.12345, 2.0, np.nan],
        }
    )
    path = tmp_path / "new" / "table.csv"
    tables.write(table, path)
    found = tables.read(path)
    pd.testing.assert_frame_equal(found, table)
    assert found["local t"].tolist() == ["none", "1", "entropy"]
    assert found["kernel"].tolist()[-1] == ""
    assert [path.name for path in path.parent.iterdir()] == ["table.csv"]


def test_values_are_rounded_and_conditions_are_not(tmp_path):
    table = pd.DataFrame({"noise": [0.1234567, 1 / 3], "value": [0.1234567, -20000 / 3]})
    tables.write(table, tmp_path / "table.csv")
    found = tables.read(tmp_path / "table.csv")
    assert found["value"].tolist() == [0.12346, -6666.66667]
    assert found["noise"].tolist() == table["noise"].tolist()
    assert table["value"][0] == 0.1234567  # the table given is left alone
    tables.write(found, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "table.csv").read_bytes()


def test_a_write_that_fails_leaves_the_table_of_before(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    tables.write(pd.DataFrame({"value": [1.0]}), path)
    before = path.read_bytes()

    def cut_off(frame, target, **_):
        target.write_text("value\n")
        raise OSError("no space left")

    monkeypatch.setattr(pd.DataFrame, "to_csv", cut_off)
    with pytest.raises(OSError, match="no space left"):
        tables.write(pd.DataFrame({"value": [2.0]}), path)
    assert path.read_bytes() == before
    with pytest.raises(OSError, match="no space left"):
        tables.write(pd.DataFrame({"value": [2.0]}), tmp_path / "new.csv")
    assert not (tmp_path / "new.csv").exists()


def test_summary_against_numpy(values):
    table = pd.concat([long(values), long(values + 1, "another")])
    found = tables.summary(table, "accuracy", "noise")
    assert sorted(found.index) == sorted(METHODS)
    assert list(found.columns) == list(LEVELS)
    for m, method in enumerate(METHODS):
        for i, level in enumerate(LEVELS):
            x = values[m, i]
            stderr = np.sqrt(((x - x.mean()) ** 2).sum() / (len(x) - 1) / len(x))
            assert found.loc[method, level] == f"{x.mean():.3f} ± {stderr:.3f}"


def test_summary_of_a_method_that_was_not_everywhere(values):
    table = long(values)
    table = table[(table["method"] != "WNN") | (table["noise"] == LEVELS[0])]
    found = tables.summary(table, "accuracy", "noise").loc["WNN"]
    assert found[LEVELS[0]] != ""
    assert found[list(LEVELS[1:])].tolist() == ["", ""]


def test_difference_against_scipy_and_by_hand(values):
    found = tables.difference(of_level(values, 1), ("integrated",), ("alternating",))
    a, b = values[1, 1], values[0, 1]
    assert found.p == pytest.approx(ttest_rel(a, b).pvalue, rel=1e-9)
    gap = a - b
    stderr = np.sqrt(((gap - gap.mean()) ** 2).sum() / 4 / 5)
    assert found.mean == pytest.approx(gap.mean(), rel=1e-9)
    assert found.stderr == pytest.approx(stderr, rel=1e-9)
    assert found.p == pytest.approx(2 * student.sf(abs(gap.mean() / stderr), df=4), rel=1e-9)


def test_the_other_way_round_is_the_other_sign(values):
    one = tables.difference(long(values), ("integrated",), ("WNN",))
    other = tables.difference(long(values), ("WNN",), ("integrated",))
    assert (one.mean, one.stderr, one.p) == pytest.approx((-other.mean, other.stderr, other.p), rel=1e-12)


def test_groups_of_methods_and_levels_are_averaged_within_a_seed(values):
    found = tables.difference(long(values), ("integrated", "WNN"), ("alternating",))
    a = [np.mean([values[m, i, s] for m in (1, 2) for i in range(3)]) for s in range(5)]
    b = [np.mean([values[0, i, s] for i in range(3)]) for s in range(5)]
    assert found.mean == pytest.approx(np.mean(a) - np.mean(b), rel=1e-9)
    assert found.stderr == pytest.approx(np.std(np.subtract(a, b), ddof=1) / np.sqrt(5), rel=1e-9)
    assert found.p == pytest.approx(ttest_rel(a, b).pvalue, rel=1e-9)


def test_pairs_count(values):
    """Far apart between seeds, ordered within each: only a paired test is sure."""
    spread = np.linspace(0, 10, 5)
    values[1, 0], values[0, 0] = spread + 0.1 + 0.01 * np.arange(5), spread
    assert tables.difference(of_level(values, 0), ("integrated",), ("alternating",)).p < 1e-3


def test_identical_groups_do_not_differ(values):
    values[1] = values[0]
    found = tables.difference(long(values), ("integrated",), ("alternating",))
    assert found == Difference(0.0, 0.0, 1.0)
    assert not found.is_above(0.0, 0.01)


def test_groups_that_differ_by_rounding_do_not_differ(values):
    """(0.1 + 0.2) / 2 is above 0.15 in the last bit."""
    values[0], values[1], values[2] = 0.15, 0.1, 0.2
    found = tables.difference(long(values), ("integrated", "WNN"), ("alternating",))
    assert found.mean == pytest.approx(0, abs=1e-15)
    assert found.p == 1.0
    assert not found.is_above(0.0, 0.01)


def test_the_same_difference_in_every_seed_is_sure(values):
    values[1] = values[0] + 0.25
    found = tables.difference(long(values), ("integrated",), ("alternating",))
    assert found.mean == pytest.approx(0.25)
    assert found.stderr == pytest.approx(0, abs=1e-12)
    assert found.p == 0.0


def test_one_seed_is_never_sure(values):
    table = long(values)
    found = tables.difference(table[table["seed"] == 10], ("integrated",), ("alternating",))
    assert found.mean == pytest.approx(values[1, :, 0].mean() - values[0, :, 0].mean())
    assert (found.stderr, found.p) == (0.0, 1.0)


def test_an_absent_method_is_named(values):
    with pytest.raises(KeyError, match="MOFA"):
        tables.difference(long(values), ("MOFA",), ("integrated",))


def test_difference_as_text():
    assert str(Difference(0.0304, 0.0021, 0.0123)) == "+0.030 ± 0.002 (p = 0.012)"
    assert str(Difference(-0.5, 0.0, 1e-4)) == "-0.500 ± 0.000 (p = 0.0001)"
    assert str(Difference(-0.5, 0.0, 9.9e-5)) == "-0.500 ± 0.000 (p < 0.0001)"


@pytest.mark.parametrize(
    ("found", "least", "p", "above"),
    [
        (Difference(0.05, 0, 0.009), 0.0, 0.01, True),
        (Difference(0.05, 0, 0.011), 0.0, 0.01, False),
        (Difference(-0.05, 0, 0.001), 0.0, 0.01, False),
        (Difference(0.0, 0, 0.001), 0.0, 0.01, False),
        (Difference(0.05, 0, 0.001), 0.06, 0.01, False),
        (Difference(0.05, 0, 0.9), 0.04, 1.0, True),
    ],
)
def test_above_and_surely_so(found, least, p, above):
    assert found.is_above(least, p) is above


def test_best_has_the_highest_mean(values):
    values[2, 0, 0] = 3.0  # the highest value, and by it the highest mean
    values[0, 0, 1] = 2.0
    name, mean, stderr = tables.best(of_level(values, 0))
    means = values[:, 0].mean(axis=1)
    assert name == METHODS[int(np.argmax(means))] == "WNN"
    assert mean == pytest.approx(means.max())
    assert stderr == pytest.approx(np.std(values[2, 0], ddof=1) / np.sqrt(5))


def test_best_by_mean_and_not_by_its_best_seed(values):
    values[0, 0], values[1, 0], values[2, 0] = 0.6, [1, 0, 0, 0, 0], 0.5
    assert tables.best(of_level(values, 0))[:2] == ("alternating", pytest.approx(0.6))
