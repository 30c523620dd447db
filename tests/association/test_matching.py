"""Which features are compared: by name, link, table and place, and one error where nothing fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.association import (
    Genes,
    Pairs,
    UnknownFeaturesWarning,
    all_pairs,
    linked_pairs,
    matching_pairs,
    near_pairs,
    table_pairs,
)


def columns(pairs):
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_all_pairs():
    pairs = all_pairs(["a", "b"], ["x", "y", "z"])
    assert columns(pairs) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert pairs.frame()["second"].tolist() == ["x", "y", "z"] * 2
    assert len(pairs) == 6


def test_equal_names_and_repeated_ones():
    assert columns(matching_pairs(["a", "b", "a", "c"], ["c", "a", "a"])) == [(0, 1), (0, 2), (2, 1), (2, 2), (3, 0)]


def test_equal_names_leave_other_spellings_alone():
    assert columns(matching_pairs(["CD4", "CD8A"], ["CD4", "CD8a_TotalSeqB"])) == [(0, 0)]


@pytest.mark.parametrize(
    "panel", ["CD8a_TotalSeqB", "CD8A-TotalSeq-B", "ADT_CD8a", "cd8a", "CD8a.1", "adt_CD8a.2", "CD8A-ADT", "anti-CD8a"]
)
def test_antibodies_and_their_genes(panel):
    assert columns(matching_pairs(["CD4", "CD8A"], ["CD19_TotalSeqB", panel])) == [(1, 1)]
    assert columns(matching_pairs(["CD19_TotalSeqB", panel], ["CD4", "CD8A"])) == [(1, 1)]


def test_two_loci_of_one_family_are_no_match():
    with pytest.raises(ValueError, match="expected names that both views have"):
        matching_pairs(["AL645608.8", "PD-1"], ["AL645608.2", "PD-2"])


def test_nothing_in_common_shows_both_sides():
    with pytest.raises(ValueError, match=r"'a', 'b', 'c' here and 'x', 'y' there\); link them"):
        matching_pairs(["a", "b", "c", "d"], ["x", "y"])


def test_links():
    linked = pd.Series(["b", None, "", np.nan, "a", "nowhere"])
    pairs = linked_pairs(["a", "b", ""], [f"peak{i}" for i in range(6)], linked)
    assert columns(pairs) == [(0, 4), (1, 0)]
    assert pairs.second_names.tolist() == ["peak4", "peak0"]
    with pytest.raises(ValueError, match="expected one for each of 2 features, found 1"):
        linked_pairs(["a"], ["x", "y"], ["a"])
    with pytest.raises(ValueError, match=r"'a' here and 'A' there\); check what the links name"):
        linked_pairs(["a"], ["x", "y"], ["A", None])


def test_categories_may_link():
    assert columns(linked_pairs(["a", "b"], ["x", "y"], pd.Series(["b", None], dtype="category"))) == [(1, 0)]


def test_a_table():
    table = pd.DataFrame({"gene": ["b", "a", "b"], "protein": ["x", "y", "x"]})
    assert columns(table_pairs(["a", "b", "b"], ["x", "y"], table)) == [(0, 1), (1, 0), (2, 0)]


def test_unknown_names_in_a_table():
    with pytest.warns(UnknownFeaturesWarning, match=r"found 1 of 2 rows.*there is no 'CD14x', perhaps 'CD14'"):
        assert columns(table_pairs(["CD14", "CD4"], ["x"], [["CD4", "x"], ["CD14x", "x"]])) == [(1, 0)]
    with pytest.raises(ValueError, match="correct the table, there is no 'y1', perhaps 'y2'"):
        table_pairs(["a"], ["y2"], [["a", "y1"]])
    with pytest.raises(ValueError, match=r"expected two columns of names, found shape \(1, 3\)"):
        table_pairs(["a"], ["b"], [["a", "b", "c"]])


@pytest.mark.parametrize("nameless", ["", None, np.nan])
def test_empty_names_of_a_table_are_left_out(nameless):
    with pytest.warns(
        UnknownFeaturesWarning, match=r"found 2 of 3 rows with others, left out.*a name is empty or missing"
    ):
        found = table_pairs(["", "a"], ["x", ""], [[nameless, "x"], ["a", nameless], ["a", "x"]])
    assert columns(found) == [(1, 0)]
    with pytest.raises(ValueError, match=r"expected rows whose names both views have.*a name is empty or missing"):
        table_pairs(["", "a"], ["x", ""], [[nameless, nameless]])


GENES = Genes(
    ["a", "b", "b", "c"], ["chr1", "chr1", "chr2", "chr1"], [1000, 5000, 50, 10], [2000, 6000, 90, 20], [*"++-+"]
)


def test_peaks_nearby():
    peaks = ["chr1:1200-1300", "chr1:5000-5010", "chr2:100-110", "chr3:1-2", "chr1:900-950"]
    pairs = near_pairs(["b", "zzz", "a"], peaks, GENES, window=200)
    assert columns(pairs) == [(0, 1), (0, 2), (2, 0), (2, 4)]
    assert pairs.distance.tolist() == [0, 11, 200, 51]
    assert pairs.frame()["distance"].tolist() == [0, 11, 200, 51]
    assert repr(pairs) == "Pairs(4 pairs of 2 features with 4, at most 200 bases apart)"


def test_the_nearest_of_two_places_counts():
    genes = Genes(["a", "a"], ["1", "1"], [100, 150], [300, 300], ["+", "+"])
    pairs = near_pairs(["a"], ["1:160-170"], genes)
    assert columns(pairs) == [(0, 0)]
    assert pairs.distance.tolist() == [10]


def test_nothing_nearby():
    genes = Genes(["a"], ["chr1"], [0], [10], ["+"])
    with pytest.raises(ValueError, match=r"'ENSG1' here and 'a' there\); take one with the same kind of names"):
        near_pairs(["ENSG1"], ["chr1:5-6"], genes)
    with pytest.raises(ValueError, match=r"within 5 bases of a gene.*'a on chr1' here and 'chr2:5-6' there\); widen"):
        near_pairs(["a"], ["chr2:5-6"], genes, window=5)
    with pytest.raises(TypeError, match="window: expected a whole number"):
        near_pairs(["a"], ["chr1:5-6"], genes, window=0.5)


def test_columns_of_pairs_fit():
    with pytest.raises(ValueError, match="at least one pair"):
        Pairs([], [], [], [])
    with pytest.raises(ValueError, match="equally long"):
        Pairs([0, 1], [0], ["a"], ["b"])
