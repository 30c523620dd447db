"""Features of two views go together as a file suggests, by name, link, table or place."""

import pandas as pd
import pytest

from integrated_diffusion.association import Genes
from integrated_diffusion.scverse import pairs, tl


def named(found):
    return list(zip(found.first_names, found.second_names, strict=True))


def test_by_name_unless_the_file_has_links(mdata):
    mdata["prot"].var_names = ["rna3", "rna1", *mdata["prot"].var_names[2:]]
    by_name = [("rna1", "rna1"), ("rna3", "rna3")]
    assert named(pairs.usual(mdata, "rna", "prot")) == named(pairs.matching(mdata, "rna", "prot")) == by_name
    mdata["prot"].var["linked_gene"] = ["rna0", None, "rna2", "", "rna0", "elsewhere", None, None]
    linked = [("rna0", "rna3"), ("rna0", "prot4"), ("rna2", "prot2")]
    assert named(pairs.usual(mdata, "rna", "prot")) == named(pairs.linked(mdata, "rna", "prot")) == linked


def test_by_a_column_of_its_own(mdata):
    mdata["prot"].var["gene"] = ["rna4"] * 8
    assert len(pairs.linked(mdata, "rna", "prot", "gene")) == 8
    with pytest.raises(ValueError, match="column: expected a column of var of 'prot', found 'genes'; try 'gene'"):
        pairs.linked(mdata, "rna", "prot", "genes")


def test_by_table(mdata):
    asked = pd.DataFrame({"a": ["rna1", "rna2"], "b": ["prot7", "prot0"]})
    assert named(pairs.table(mdata, "rna", "prot", asked)) == [("rna1", "prot7"), ("rna2", "prot0")]


def test_by_place(mdata, tmp_path):
    mdata["prot"].var_names = [f"chr1_{1000 * i}_{1000 * i + 100}" for i in range(8)]
    (tmp_path / "genes.bed").write_text("chr1\t3050\t5000\trna1\t0\t+\nchr2\t10\t500\trna2\t0\t+\n")
    found = pairs.near(mdata, "rna", "prot", tmp_path / "genes.bed", window=1_000)
    assert named(found) == [("rna1", "chr1_3000_3100"), ("rna1", "chr1_4000_4100"), ("rna1", "chr1_2000_2100")] or set(
        named(found)
    ) == {("rna1", f"chr1_{k}000_{k}100") for k in (2, 3, 4)}
    genes = Genes(["rna1"], ["chr1"], [3050], [5000], ["+"])
    assert named(pairs.near(mdata, "rna", "prot", genes, 1_000)) == named(found)


@pytest.mark.parametrize("how", [pairs.usual, pairs.matching])
def test_a_view_with_itself(integrated, how):
    views = integrated.uns["integrated_diffusion"]["views"]
    views["genes"] = dict(views["rna"])
    for second in ("rna", "genes"):
        said = f"two different modalities, found 'rna' and '{second}', both mod/rna/X; name another, or give pairs"
        with pytest.raises(ValueError, match=said):
            how(integrated, "rna", second)
    with pytest.raises(ValueError, match="expected two different modalities, found 'rna' and 'rna'"):
        tl.associate(integrated, "rna", "rna")


def test_a_view_with_itself_by_table(integrated):
    found = tl.associate(integrated, "rna", "rna", pd.DataFrame([["rna1", "rna2"]]), n_shuffles=0)
    assert list(found.pairs.second_names) == ["rna2"]


def test_numbers_for_names_are_not_matched(mdata):
    for cells in mdata.mod.values():
        cells.var_names = [str(i) for i in range(cells.n_vars)]
    with pytest.raises(ValueError, match="found only numbers from 0 on in 'rna' and in 'prot'; give a table of pairs"):
        pairs.usual(mdata, "rna", "prot")
    assert len(pairs.table(mdata, "rna", "prot", pd.DataFrame([["3", "5"]]))) == 1
    mdata["prot"].var_names = [str(i + 2) for i in range(8)]  # these were set by the user
    assert named(pairs.matching(mdata, "rna", "prot")) == [(str(i), str(i)) for i in range(2, 10)]


@pytest.mark.parametrize("how", [pairs.usual, pairs.matching])
def test_nothing_goes_together(mdata, how):
    with pytest.raises(ValueError, match="'rna0', 'rna1', 'rna2' here and 'prot0', 'prot1', 'prot2' there"):
        how(mdata, "rna", "prot")
    with pytest.raises(ValueError, match="view: expected one of the views, found 'peaks'"):
        how(mdata, "rna", "peaks")
