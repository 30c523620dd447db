"""Both packages are given the same, and where bioframe is installed it finds the same pairs of genes and peaks."""

import numpy as np
import pytest

from benchmarks import genome, genome_cases
from integrated_diffusion.association.genome import Genes, near, parse_peaks
from integrated_diffusion.io.reading.annotation import read_genes

REFUSED = {"no_genes.gtf", "two_fields_in_a_line.gtf", "start_is_a_word.gtf", "end_before_start.bed",
           "end_beyond_64_bits.bed", "peak1", "1:2-1", f"1:5-{10**20}"}  # fmt: skip


def test_this_package_refuses_the_cases_that_are_mistakes_and_no_others(tmp_path):
    paths = genome_cases.write_files(tmp_path, 10)
    outcomes = {path.name: genome_cases.outcome(read_genes, path) for path in paths}
    outcomes |= {name: genome_cases.outcome(parse_peaks, [name]) for name in genome_cases.PEAKS}
    assert {case for case, text in outcomes.items() if text.startswith("refused: ")} == REFUSED
    assert outcomes["without_strand.bed"] == "('A', '1', 5, 9, '.')"
    assert outcomes["chr1_1_2"] == "('1', 1, 2)"
    assert len(read_genes(paths[-1])) == 10


def test_outcomes_agree_where_values_are_the_same_or_both_are_errors():
    assert genome_cases.agree("('A', 1)", "('A', 1)")
    assert genome_cases.agree("refused: no number", "refused: Overflow")
    assert not genome_cases.agree("('A', 1)", "('A', 2)")
    assert not genome_cases.agree("refused: no number", "nothing")


def test_without_bioframe_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(genome, "bioframe", None)
    genome.main()
    assert capsys.readouterr().out == "skipped: bioframe is not installed (pip install bioframe)\n"


@pytest.mark.parametrize(
    ("genes", "peaks", "window"),
    [
        (*genome_cases.draw(300, 30_000), 1_000_000),
        (Genes(["a"], ["chr1"], [1_000], [1_100], ["+"]), parse_peaks([f"1:{n}-{n}" for n in range(940, 1_060)]), 50),
    ],
    ids=["drawn", "peaks without bases"],
)
def test_bioframe_finds_the_same_pairs(genes, peaks, window):
    pytest.importorskip("bioframe")
    own, other = near(genes, peaks, window), genome.bioframe_near(genes, peaks, window)
    assert len(own[0]) >= 100
    for ours, theirs in zip(own, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)
