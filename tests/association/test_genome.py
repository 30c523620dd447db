"""Places on the genome: spellings, and what is near against all gene-peak distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrated_diffusion.association.genome import Genes, chromosomes, near, parse_peaks


@pytest.mark.parametrize(
    ("name", "chromosome"),
    [
        ("chr1_100_200", "1"),
        ("chr1:100-200", "1"),
        ("chr1-100-200", "1"),
        ("1:100-200", "1"),
        ("chrX:100-200", "X"),
        ("chrM:100-200", "MT"),
        ("GL000194.1_100_200", "GL000194.1"),
        ("chrUn_KI270742v1-100-200", "Un_KI270742v1"),
        ("chr1_GL456211_random:100-200", "1_GL456211_random"),
        ("HLA-A*01:01-100-200", "HLA-A*01:01"),
    ],
)
def test_spellings(name, chromosome):
    found = parse_peaks([name])
    assert (found.chromosome[0], found.start[0], found.end[0]) == (chromosome, 100, 200)


def test_other_names_are_refused():
    with pytest.raises(ValueError, match=r"'chr1:100-200'.*found 2 others of 3 \('peak1', 'chr1'\)"):
        parse_peaks(["chr1:1-2", "peak1", "chr1"])
    with pytest.raises(ValueError, match=r"end after they start, found 1 others \(first 'chr1:20-10' from 20 to 10\)"):
        parse_peaks(["chr1:1-2", "chr1:20-10"])


@pytest.mark.parametrize("name", ["chr1_99999999999999999999_5", "chr1:5-99999999999999999999"])
def test_places_beyond_64_bits_are_refused(name):
    with pytest.raises(ValueError, match=f"found 1 others of 2 .'{name}'"):
        parse_peaks(["chr1:1-2", name])


def test_chromosomes_have_one_spelling():
    assert chromosomes(["chr2", "2", "Chr2", "chrMT", "M"]).tolist() == ["2", "2", "2", "MT", "MT"]


def test_transcription_starts_at_the_end_of_the_reverse_strand():
    genes = Genes(["a", "b", "c"], ["1"] * 3, [100] * 3, [200] * 3, ["+", "-", "."])
    assert genes.transcription_start.tolist() == [100, 199, 100]


def test_columns_of_genes_fit():
    with pytest.raises(ValueError, match="equally long columns, found"):
        Genes(["a"], ["1", "2"], [1], [2], ["+"])
    with pytest.raises(ValueError, match="'a' from 5 to 2"):
        Genes(["a"], ["1"], [5], [2], ["+"])
    with pytest.raises(ValueError, match="expected starts within 64 bits, found a larger number"):
        Genes(["a"], ["1"], [10**20], [10**20], ["+"])


def test_distances_by_hand():
    genes = Genes(["a"], ["chr1"], [1_000], [2_000], ["+"])
    peaks = parse_peaks(["1:900-1000", "1:900-1001", "1:1000-1100", "1:1001-1100", "1:1050-1100", "2:1000-1001"])
    gene, peak, distance = near(genes, peaks, 49)
    assert gene.tolist() == [0, 0, 0, 0]
    assert dict(zip(peak.tolist(), distance.tolist(), strict=True)) == {0: 1, 1: 0, 2: 0, 3: 1}


@given(st.integers(0, 40), st.integers(0, 400))
def test_near_is_every_pair_within_the_window(seed, window):
    rng = np.random.default_rng(seed)
    n_genes, n_peaks = rng.integers(1, 30, 2)
    start = rng.integers(0, 1_000, n_genes)
    genes = Genes(
        np.arange(n_genes).astype(str),
        rng.choice(["chr1", "2", "chr3"], n_genes),
        start,
        start + rng.integers(1, 200, n_genes),
        rng.choice(["+", "-"], n_genes),
    )
    at = rng.integers(0, 1_000, n_peaks)
    length = rng.integers(1, 300, n_peaks)
    peaks = parse_peaks([f"chr{rng.integers(1, 5)}:{s}-{s + n}" for s, n in zip(at, length, strict=True)])
    expected = {}
    for g in range(n_genes):
        site = genes.transcription_start[g]
        for p in range(n_peaks):
            bases = np.arange(peaks.start[p], peaks.end[p])
            if genes.chromosome[g].removeprefix("chr") == peaks.chromosome[p] and np.abs(bases - site).min() <= window:
                expected[g, p] = np.abs(bases - site).min()
    gene, peak, distance = near(genes, peaks, window)
    assert len(gene) == len(expected)
    assert dict(zip(zip(gene, peak, strict=True), distance, strict=True)) == expected
    assert (np.diff(gene) >= 0).all()
