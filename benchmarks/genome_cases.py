"""What `benchmarks.genome` gives to both packages, cases like those of the tests, and how it counts."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from integrated_diffusion.association.genome import Genes, Intervals

GTF = 'chr1\tx\tgene\t101\t200\t.\t+\t.\tgene_id "E1"; gene_name "A";\n2\tx\tgene\t11\t50\t.\t-\t.\tgene_id "E2";\n'
GFF = "chr1\tx\tgene\t101\t200\t.\t+\t.\tID=gene:E1;Name=A\n2\tx\tncRNA_gene\t11\t50\t.\t-\t.\tID=gene:E2\n"
BED = "chr1\t100\t200\tA\t0\t+\n2\t10\t50\tE2\t0\t-\n"
FILES = {
    "comment.gtf": "#!genome-build x\n" + GTF,
    "gzipped.gtf.gz": GTF,
    "escaped_name.gff": "##gff-version 3\n" + GFF.replace("=A", "=A%2CB"),
    "gencode_name.gff": GFF.replace("Name=A", "gene_name=A"),
    "sequences_at_the_end.gff": GFF + "##FASTA\n>chr1\nACGT\n",
    "with_strand.bed": BED,
    "without_strand.bed": "1\t5\t9\tA\n",
    "track_line.bed": "track name=genes\n" + BED,
    "gene_named_NA.bed": BED.replace("A", "NA"),
    "gene_named_A#1.bed": BED.replace("A", "A#1"),
    "one_name_at_two_places.bed": BED.replace("E2", "A"),
    "no_genes.gtf": GTF.replace("\tgene\t", "\texon\t"),
    "two_fields_in_a_line.gtf": GTF + "chr1\tgene\n",
    "start_is_a_word.gtf": GTF.replace("101", "one"),
    "end_before_start.bed": "chr1\t100\t20\tA\n",
    "end_beyond_64_bits.bed": f"chr1\t5\t{10**20}\tA\n",
}
PEAKS = ("chr1:1-2", "chrM:1-2", "chr1-1-2", "chr1_1_2", "HLA-A*01:01-1-2", "peak1", "1:2-1", f"1:5-{10**20}")
_LENGTH = 125_000_000  # of each of 24 chromosomes, in bases


def write_files(folder: Path, n_genes: int) -> list[Path]:
    """Write all annotations to a folder, and last one of many genes with four other rows each."""
    exon = 'chr1\tx\texon\t101\t200\t.\t+\t.\tgene_id "E1"; transcript_id "T1"; gene_name "A"; exon_number 1;\n'
    texts = FILES | {"many.gtf": (GTF + 8 * exon) * (n_genes // 2)}
    for name, text in texts.items():
        content = text.encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return [folder / name for name in texts]


def outcome(read: Callable[[Any], Genes | Intervals], given: Any) -> str:
    """Return what a reader gives as text, one row a gene or peak, or `refused: ` and the error."""
    try:
        columns = list(vars(read(given)).values())[:5]  # without identifiers
    except (ValueError, OverflowError) as error:
        return f"refused: {error}".replace(f"{given}: ", "")
    return " ".join(str(row) for row in zip(*(column.tolist() for column in columns), strict=True)) or "nothing"


def agree(own: str, other: str) -> bool:
    """Return whether two outcomes are the same values, or both an error."""
    return own == other or (own.startswith("refused: ") and other.startswith("refused: "))


def draw(n_genes: int, n_peaks: int) -> tuple[Genes, Intervals]:
    """Draw genes and peaks evenly on 24 chromosomes; some peaks have no bases."""
    rng = np.random.default_rng(0)
    at, on = rng.integers(0, _LENGTH, n_genes + n_peaks), rng.integers(1, 25, n_genes + n_peaks).astype(str)
    genes = Genes(np.arange(n_genes), on[:n_genes], at[:n_genes], at[:n_genes] + 999, rng.choice(["+", "-"], n_genes))
    return genes, Intervals(on[n_genes:], at[n_genes:], at[n_genes:] + rng.integers(0, 2_000, n_peaks))


def cost(call: Callable[..., Any], *given: Any) -> str:
    """Return the least processor time of three calls, and the highest memory of a fourth, as text."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        call(*given)
        seconds.append(time.process_time() - start)
    tracemalloc.start()
    call(*given)
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return f"{min(seconds):.2f} s, {megabytes:.0f} MB"
