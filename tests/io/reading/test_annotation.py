"""Genes from every kind of annotation, the same places from each."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

import numpy as np
import pytest

from integrated_diffusion.io.reading.annotation import read_genes

GTF = """#!genome-build GRCh38
chr1\tHAVANA\tgene\t101\t200\t.\t+\t.\tgene_id "ENSG1"; gene_name "A"; level 2;
chr1\tHAVANA\ttranscript\t101\t190\t.\t+\t.\tgene_id "ENSG1"; gene_name "A";
GL000194.1\tHAVANA\tgene\t11\t50\t.\t-\t.\tgene_id "ENSG2";
"""
GFF = """##gff-version 3
chr1\thavana\tgene\t101\t200\t.\t+\t.\tID=gene:ENSG1;Name=A;biotype=protein_coding
chr1\thavana\tmRNA\t101\t190\t.\t+\t.\tID=transcript:T1;Parent=gene:ENSG1;Name=A-201
GL000194.1\thavana\tncRNA_gene\t11\t50\t.\t-\t.\tID=gene:ENSG2
"""
BED = "track name=genes\nchr1\t100\t200\tA\t0\t+\nGL000194.1\t10\t50\tENSG2\t0\t-\n"
CSV = "gene,chrom,start,end,strand\nA,chr1,101,200,+\nENSG2,GL000194.1,11,50,-\n"
TSV = "end\tseqname\tName\tstrand\tstart\n200\tchr1\tA\t+\t101\n50\tGL000194.1\tENSG2\t-\t11\n"
FILES = {".gtf": GTF, ".gff3": GFF, ".gff": GFF, ".bed": BED, ".csv": CSV, ".tsv": TSV}


def write(folder, suffix, text):
    path = folder / f"genes.v1{suffix}"
    whole = text.encode()
    path.write_bytes(gzip.compress(whole) if suffix.endswith(".gz") else whole)
    return path


@pytest.mark.parametrize("gzipped", ["", ".gz"])
@pytest.mark.parametrize("suffix", list(FILES))
def test_every_format_says_the_same(tmp_path, suffix, gzipped):
    genes = read_genes(write(tmp_path, suffix + gzipped, FILES[suffix]))
    assert genes.name.tolist() == ["A", "ENSG2"]
    assert genes.chromosome.tolist() == ["chr1", "GL000194.1"]
    np.testing.assert_array_equal(genes.start, [100, 10])
    np.testing.assert_array_equal(genes.end, [200, 50])
    assert genes.strand.tolist() == ["+", "-"]
    assert genes.transcription_start.tolist() == [100, 49]


def test_names_may_be_escaped_or_look_like_missing(tmp_path):
    text = GFF.replace("Name=A;", "Name=A%2CB;")
    assert read_genes(write(tmp_path, ".gff3", text)).name[0] == "A,B"
    assert read_genes(write(tmp_path, ".csv", CSV.replace("A,", "NA,"))).name[0] == "NA"


def test_the_strand_may_be_missing(tmp_path):
    assert read_genes(write(tmp_path, ".bed", "1\t5\t9\tA\n")).transcription_start.tolist() == [5]
    assert read_genes(write(tmp_path, ".csv", "name,chromosome,start,end\nA,1,6,9\n")).transcription_start.tolist() == [
        5
    ]


@pytest.mark.parametrize(
    ("suffix", "text", "message"),
    [
        (".txt", "A", r"expected a genome annotation that ends in .gtf, .*found '.txt'"),
        (".gtf", GTF.replace("\tgene\t", "\texon\t"), "expected genes, found none"),
        (".gtf", "chr1\tgene\n", "line 1 has 2 fields between tabs, not 9"),
        (".gtf", GTF.replace("\t101\t", "\tone\t"), "in the format .gtf, found a file that cannot be read"),
        (".csv", "name,start,end\nA,1,2\n", "no column chromosome among name, start, end"),
        (".csv", "name,chrom,start,end\nA,1,x,2\n", "cannot be read as such"),
        (".bed", "chr1\t100\t20\tA\n", "end after they start"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, suffix, text, message):
    with pytest.raises(ValueError, match=message) as raised:
        read_genes(write(tmp_path, suffix, text))
    assert "\n" not in str(raised.value)


def test_files_that_are_not_there_or_damaged(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a file at"):
        read_genes(tmp_path / "none.gtf")
    whole = write(tmp_path, ".gtf.gz", GTF * 50)
    whole.write_bytes(whole.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"in the format .gtf, found a file that cannot be read as such"):
        read_genes(whole)
    plain = write(tmp_path, ".bed.gz", BED)
    plain.write_text(BED)
    with pytest.raises(ValueError, match="cannot be read as such"):
        read_genes(plain)
    binary = write(tmp_path, ".bed", BED)
    binary.write_bytes(b"\xff\xfe\x00\x81" * 20)
    with pytest.raises(ValueError, match="cannot be read as such"):
        read_genes(binary)


def test_gencode_has_no_name_but_a_gene_name(tmp_path):
    text = (
        "##gff-version 3\nchr1\tHAVANA\tgene\t11869\t14409\t.\t+\t.\tID=ENSG00000290825.1;gene_id=ENSG00000290825.1;"
        "gene_type=lncRNA;gene_name=DDX11L2;level=2\n"
    )
    assert read_genes(write(tmp_path, ".gff3", text)).name.tolist() == ["DDX11L2"]
    both = text.replace("gene_name=", "Name=shown;gene_name=")
    assert read_genes(write(tmp_path, ".gff3", both)).name.tolist() == ["shown"]


def test_sequences_end_the_table(tmp_path):
    genes = read_genes(write(tmp_path, ".gff3", GFF + "##FASTA\n>chr1\nACGT\nACGT\n"))
    assert genes.name.tolist() == ["A", "ENSG2"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_text_is_utf_8_whatever_the_locale(tmp_path, suffix):
    path = write(tmp_path, suffix, "\ufeff" + CSV.replace("A,", "Agé1,"))
    code = """
import sys
from integrated_diffusion.io.reading.annotation import read_genes
print(ascii(str(read_genes(sys.argv[1]).name[0])))
"""
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    found = subprocess.run(
        [sys.executable, "-c", code, path], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ascii("Agé1")


@pytest.mark.parametrize("suffix", list(FILES))
def test_an_empty_file_was_expected_to_hold_genes(tmp_path, suffix):
    with pytest.raises(ValueError, match="expected genes, found an empty file; write it again"):
        read_genes(write(tmp_path, suffix, ""))


@pytest.mark.parametrize("text", ["101.0", "1.01e+02", "101"])
def test_whole_numbers_of_tables(tmp_path, text):
    genes = read_genes(write(tmp_path, ".csv", CSV.replace("101", text)))
    np.testing.assert_array_equal(genes.start, [100, 10])


@pytest.mark.parametrize("text", ["101.5", "inf"])
def test_other_numbers_are_refused(tmp_path, text):
    with pytest.raises(ValueError, match=f"expected a whole number, found {text}"):
        read_genes(write(tmp_path, ".csv", CSV.replace("101", text)))


def test_places_beyond_64_bits_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected ends within 64 bits"):
        read_genes(write(tmp_path, ".bed", f"chr1\t5\t{10**20}\tA\n"))
