"""Proteins find their genes by the table of antigens, isotype controls are left out, the others are listed."""

from __future__ import annotations

import re

import pytest

from integrated_diffusion.association import Unpaired, protein_pairs
from integrated_diffusion.association.antigens import TABLE, genes_by_antigen, genes_of, is_control
from integrated_diffusion.association.proteins import are_proteins
from integrated_diffusion.datasets import pbmc_citeseq

PANEL_10K = [
    *(
        "CD127",
        "CD14",
        "CD15",
        "CD16",
        "CD19",
        "CD25",
        "CD3",
        "CD45RA",
        "CD45RO",
        "CD4",
        "CD56",
        "CD8a",
        "PD-1",
        "TIGIT",
    ),
]
"""TotalSeq-B panel of 10x's 10k PBMC."""


@pytest.mark.parametrize(
    "written",
    ["{}", "{}_TotalSeqB", "{}-TotalSeq-C", "{}.1", "{}-1", "{} antibody", "ADT_{}", "Hu.{}", "anti-{}", "prot_{}"],
)
@pytest.mark.parametrize(
    ("antigen", "genes"),
    [
        ("CD3", ("CD3D", "CD3E", "CD3G")),
        ("CD127", ("IL7R",)),
        ("CD45RA", ("PTPRC",)),
        ("cd8a", ("CD8A",)),
        ("PD-1", ("PDCD1",)),
        ("HLA-DR", ("HLA-DRA", "HLA-DRB1")),
        ("CD158e1", ("KIR3DL1",)),
    ],
)
def test_every_way_to_write_a_name(written, antigen, genes):
    assert genes_of(written.format(antigen)) == genes


@pytest.mark.parametrize(
    ("name", "genes"),
    [
        ("cd3.1", ("CD3D", "CD3E", "CD3G")),  # not CD31
        ("CD8-1", ("CD8A", "CD8B")),  # not CD81
        ("CD31", ("PECAM1",)),
        ("cd4.1", ("CD4",)),  # not CD41
        ("CD4-RPA.T4", ("CD4",)),
        ("tcr.v.7.2", ("TRAV1-2",)),
        ("cd66a.c.e", ("CEACAM1", "CEACAM5", "CEACAM6")),
        ("4-1BB", ("TNFRSF9",)),
        ("protein7", ()),
        ("", ()),
    ],
)
def test_names_that_could_be_taken_for_others(name, genes):
    assert genes_of(name) == genes


@pytest.mark.parametrize(
    ("name", "control"),
    [
        *(
            (name, True)
            for name in (
                "IgG1_control_TotalSeqB",
                "Mouse-IgG2a",
                "rat.igg2b",
                "Isotype_MOPC.21",
                "IgG1",
                "isotype_ctrl",
            )
        ),
        *((name, False) for name in ("IgM", "IgD", "IgG.Fc", "CD32", "IgA", "CTLA-4")),
    ],
)
def test_isotype_controls(name, control):
    assert is_control(name) == control


def test_pairs_unpaired_and_controls():
    genes = ["IL7RA", "CD14", "FCGR3A", "CD3E", "PTPRC", "Cd4", "TIGIT"]
    found = protein_pairs(genes, [*PANEL_10K, "IgG1_control"])
    names = {(first, second) for first, second in zip(found.first_names, found.second_names, strict=True)}
    assert names == {
        *(("CD14", "CD14"), ("FCGR3A", "CD16"), ("CD3E", "CD3"), ("PTPRC", "CD45RA"), ("PTPRC", "CD45RO")),
        *(("Cd4", "CD4"), ("TIGIT", "TIGIT")),
    }
    assert found.controls == ("IgG1_control",)
    assert found.unpaired[0] == Unpaired("CD127", ("IL7R",), ("IL7RA",))
    assert [one.name for one in found.unpaired] == ["CD127", "CD15", "CD19", "CD25", "CD56", "CD8a", "PD-1"]
    assert str(found.unpaired[0]) == "CD127: expected IL7R, nearest IL7RA"
    assert repr(found).endswith("7 without a partner, 1 isotype controls left out)")
    assert found.swapped().first_names.tolist() == found.second_names.tolist()


def test_a_gene_of_the_same_name_counts_too():
    found = protein_pairs(["CD8A", "CD8", "CD8B"], ["CD8_TotalSeqC"])
    assert set(found.first_names) == {"CD8A", "CD8", "CD8B"}


def test_nothing_to_pair():
    with pytest.raises(ValueError, match="expected genes of the proteins, found none") as caught:
        protein_pairs(["ACTB"], ["CD4", "IgG1"])
    assert "\n" not in str(caught.value)


def test_what_a_panel_is():
    cells = pbmc_citeseq()
    assert are_proteins(cells["prot"].var_names)
    assert not are_proteins(cells["rna"].var_names)
    assert not are_proteins(["protein1", "protein2", "CD4"])
    assert not are_proteins(["IgG1"])


def test_the_cells_of_the_package_find_their_genes():
    cells = pbmc_citeseq()
    known = [name for name in cells["prot"].var_names if genes_of(name)]
    assert len(known) == len(cells["prot"].var_names)
    found = protein_pairs(cells["rna"].var_names, cells["prot"].var_names)
    pairs = set(zip(found.first_names, found.second_names, strict=True))
    expected = {("NCAM1", "cd56.1"), ("NCAM1", "cd56.2"), ("MS4A1", "cd20"), ("CD8A", "cd8"), ("CD8B", "cd8")}
    assert expected <= pairs
    assert len(pairs) + len(found.unpaired) >= len(known)


def test_the_table_says_where_it_comes_from_and_has_symbols():
    text = TABLE.read_text(encoding="utf-8")
    assert "HGNC" in text
    assert "CC0" in text
    table = genes_by_antigen()
    assert len(table) > 400
    symbols = [gene for genes in table.values() for gene in genes]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9-]+", symbol) for symbol in symbols)
    assert all(genes for genes in table.values())
