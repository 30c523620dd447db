"""Genome annotations and pairs of genes and near peaks, by this package and by bioframe, side by side.

python -m benchmarks.genome

A case holds where both give the same values or both refuse. What `Genes` and `chromosomes` check and spell, they do
for both. Seconds are processor time, the least of three calls.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.genome_cases import PEAKS, agree, cost, draw, outcome, write_files
from experiments.study.markdown import table
from integrated_diffusion.association.genome import Genes, Intervals, chromosomes, near, parse_peaks
from integrated_diffusion.io.reading.annotation import _gff_names, _gtf_names, read_genes

try:
    import bioframe
except ImportError:
    bioframe = None

N_GENES, N_PEAKS, WINDOW = 60_000, 200_000, 100_000
_TYPES = {"chrom": str, "name": str, "start": np.int64, "end": np.int64}
_IMPORT = """import sys, time, integrated_diffusion.io.reading.annotation
before, start = set(sys.modules), time.process_time()
import bioframe
seconds = time.process_time() - start
new = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
print(f"import bioframe: {seconds:.2f} s, loads", *sorted(name for name in new if name[0] != "_"))"""


def bioframe_genes(path: Path) -> Genes:
    """Read genes by `bioframe.read_table`; it leaves attributes whole, so names are taken out of them here."""
    kind = path.name.split(".")[1]
    frame = bioframe.read_table(str(path), schema=kind, comment="#", dtype=_TYPES, keep_default_na=False)
    if kind != "bed":
        frame = frame[frame["feature"].isin(["gene", "ncRNA_gene", "pseudogene"])]
        names = frame["attributes"].map(lambda text: (_gtf_names if kind == "gtf" else _gff_names)(text)[0])
        frame = frame.assign(name=names, start=frame["start"] - 1)
    frame = frame.assign(strand=frame["strand"].replace("", "."))
    return Genes(*(frame[column].to_numpy() for column in ("name", "chrom", "start", "end", "strand")))


def bioframe_peaks(names: list[str]) -> Intervals:
    """Parse names of peaks by `bioframe.parse_region`; chromosomes are spelled as in this package."""
    where, start, end = zip(*map(bioframe.parse_region, names), strict=True)
    return Intervals(chromosomes(where), np.array(start), np.array(end))


def bioframe_near(genes: Genes, peaks: Intervals, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `near` returns, by `bioframe.overlap`."""
    sites, where = genes.transcription_start, chromosomes(genes.chromosome)
    windows = pd.DataFrame({"chrom": where, "start": sites - window, "end": sites + window + 1})
    places = pd.DataFrame({"chrom": peaks.chromosome, "start": peaks.start, "end": peaks.end})
    pairs = bioframe.overlap(windows, places, how="inner", return_input=False, return_index=True)
    gene, peak = (pairs[name].to_numpy(np.int64) for name in ("index", "index_"))
    distance = np.maximum(np.maximum(peaks.start[peak] - sites[gene], sites[gene] - peaks.end[peak] + 1), 0)
    order = np.lexsort((peak, peaks.start[peak], gene))
    order = order[distance[order] <= window]  # a peak without bases counts as one base in bioframe
    return gene[order], peak[order], distance[order]


def main() -> None:
    """Print which cases hold, then what importing, reading, parsing and overlaps cost."""
    if bioframe is None:
        print("skipped: bioframe is not installed (pip install bioframe)")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), N_GENES)
        cases = [(path.name, outcome(read_genes, path), outcome(bioframe_genes, path)) for path in paths[:-1]]
        cases += [(name, outcome(parse_peaks, [name]), outcome(bioframe_peaks, [name])) for name in PEAKS]
        rows = [(what, "holds" if agree(own, other) else "no", own, other) for what, own, other in cases]
        print(table(("case", "", "this package", "bioframe"), rows, numbers=False))
        genes, peaks = draw(N_GENES, N_PEAKS)
        names = [f"{c}:{s}-{e}" for c, s, e in zip(peaks.chromosome, peaks.start, peaks.end, strict=True)]
        near_both = near, bioframe_near
        same = all(map(np.array_equal, *(find(genes, peaks, WINDOW) for find in near_both)))
        print(
            f"\n{sum(row[1] == 'holds' for row in rows)} of {len(rows)} cases hold; the same pairs: {same}", flush=True
        )
        subprocess.run([sys.executable, "-c", _IMPORT], check=True)
        for what, both, given in (
            ("reading genes", (read_genes, bioframe_genes), (paths[-1],)),
            ("names of peaks", (parse_peaks, bioframe_peaks), (names,)),
            ("genes and near peaks", near_both, (genes, peaks, WINDOW)),
        ):
            print(f"{what}: this package {cost(both[0], *given)}; bioframe {cost(both[1], *given)}", flush=True)


if __name__ == "__main__":
    main()
