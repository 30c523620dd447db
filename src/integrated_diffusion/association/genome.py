"""Positions of genes and peaks on the genome, and peaks near genes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_PEAK = re.compile(r"(?P<chromosome>.+)[:_-](?P<start>\d{1,18})[:_-](?P<end>\d{1,18})", re.ASCII)  # 18 digits fit int64


@dataclass(frozen=True, eq=False, repr=False)
class Genes:
    """Genes on the genome, counted from 0, the end excluded (as in BED).

    Parameters
    ----------
    name : array of str, shape (n_genes,)
        Names; one name may have several positions.
    chromosome : array of str, shape (n_genes,)
        Chromosomes; `chr1` and `1` are the same.
    start, end : array of int, shape (n_genes,)
        First base, and the base after the last.
    strand : array of str, shape (n_genes,)
        `+` or `-`; anything else counts as `+`.
    identifier : array of str, shape (n_genes,), or None, default None
        Identifiers, such as those of Ensembl; by these genes are found if none is found by name.

    Raises
    ------
    ValueError
        If the columns differ in length, a gene ends before it starts, or a position exceeds 64 bits.

    Examples
    --------
    >>> genes = Genes(["CD4", "CD8A"], ["chr12", "chr2"], [6_789_527, 86_784_604], [6_820_799, 86_808_396], ["+", "-"])
    >>> genes
    Genes(2 genes on 2 chromosomes)
    >>> genes.transcription_start.tolist()
    [6789527, 86808395]
    """

    name: np.ndarray
    chromosome: np.ndarray
    start: np.ndarray
    end: np.ndarray
    strand: np.ndarray
    identifier: np.ndarray | None = None

    def __post_init__(self) -> None:
        for field in ("name", "chromosome", "strand"):
            object.__setattr__(self, field, np.asarray(getattr(self, field), dtype=str))
        for field in ("start", "end"):
            object.__setattr__(self, field, _bases(getattr(self, field), field))
        identifiers = self.name if self.identifier is None else np.asarray(self.identifier, dtype=str)
        object.__setattr__(self, "identifier", identifiers)
        columns = (self.name, self.chromosome, self.start, self.end, self.strand, identifiers)
        lengths = {len(column) for column in columns}
        if len(lengths) > 1:
            raise ValueError(f"genes: expected equally long columns, found {sorted(lengths)}; give one row a gene")
        _check_intervals(self.start, self.end, self.name, "genes")

    def __len__(self) -> int:
        return len(self.name)

    def __repr__(self) -> str:
        return f"Genes({len(self):,} genes on {len(np.unique(chromosomes(self.chromosome))):,} chromosomes)"

    @property
    def transcription_start(self) -> np.ndarray:
        """Transcription start sites: the first base, on the reverse strand the last, `(n_genes,)`."""
        return np.where(self.strand == "-", np.maximum(self.end - 1, self.start), self.start)


@dataclass(frozen=True, eq=False)
class Intervals:
    """Peaks on the genome, counted from 0, the end excluded.

    Parameters
    ----------
    chromosome : numpy.ndarray of str, shape (n_peaks,)
        Chromosomes as `chromosomes` spells them.
    start, end : numpy.ndarray of int, shape (n_peaks,)
        First base, and the base after the last.
    """

    chromosome: np.ndarray
    start: np.ndarray
    end: np.ndarray


def chromosomes(names: Sequence[str] | np.ndarray) -> np.ndarray:
    """One spelling of each chromosome: without `chr`, and `MT` for the mitochondrial one.

    >>> chromosomes(["chr1", "1", "chrM", "GL000194.1"]).tolist()
    ['1', '1', 'MT', 'GL000194.1']
    """
    found, places = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    short = [re.sub(r"^chr(?=.)", "", name, flags=re.IGNORECASE) for name in found]
    return np.array(["MT" if name == "M" else name for name in short], dtype=str)[places]


def parse_peaks(names: Sequence[str] | np.ndarray) -> Intervals:
    """Parse peak names: `chr1:100-200`, `chr1-100-200` or `chr1_100_200`, with or without `chr`.

    Raises
    ------
    ValueError
        If a name is not a position (of at most 18 digits), or a peak ends before it starts.

    Examples
    --------
    >>> parse_peaks(["chr1:100-200", "GL000194.1_5_9"]).start.tolist()
    [100, 5]
    """
    found = [_PEAK.fullmatch(name) for name in map(str, names)]
    places = [match.groups() for match in found if match]
    if len(places) < len(found):
        wrong = [str(name) for name, match in zip(names, found, strict=True) if not match]
        raise ValueError(
            "peaks: expected names such as 'chr1:100-200', 'chr1-100-200' or 'chr1_100_200', found "
            f"{len(wrong)} others of {len(found)} ({', '.join(map(repr, wrong[:3]))}); rename these features, leave "
            "them out, or give a table of pairs"
        )
    where, starts, ends = zip(*places, strict=True) if places else ((), (), ())
    start, end = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    _check_intervals(start, end, np.asarray(names, dtype=str), "peaks")
    return Intervals(chromosomes(where), start, end)


def near(genes: Genes, peaks: Intervals, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find peaks within a distance of the transcription start sites of genes.

    On each chromosome the peaks are sorted once and looked up; no array of genes x peaks is made.

    Parameters
    ----------
    genes : Genes
        Genes.
    peaks : Intervals
        Peaks.
    window : int
        Largest distance from the transcription start to the nearest base of a peak, in bases; 0 inside a peak.

    Returns
    -------
    gene, peak, distance : numpy.ndarray of shape (n_pairs,)
        By gene, then by place of the peak.
    """
    parts = [np.empty((3, 0), dtype=np.int64)]
    of_genes, starts = chromosomes(genes.chromosome), genes.transcription_start
    for chromosome in np.intersect1d(of_genes, peaks.chromosome):
        here = np.flatnonzero(of_genes == chromosome)
        there = np.flatnonzero(peaks.chromosome == chromosome)
        there = there[np.argsort(peaks.start[there], kind="stable")]
        gene, peak = _candidates(starts[here], peaks.start[there], peaks.end[there], window)
        parts.append(np.stack([here[gene], there[peak], np.zeros(len(gene), dtype=np.int64)]))
    gene, peak, _ = np.concatenate(parts, axis=1)
    distance = np.maximum(np.maximum(peaks.start[peak] - starts[gene], starts[gene] - peaks.end[peak] + 1), 0)
    kept = np.flatnonzero(distance <= window)
    kept = kept[np.lexsort((peaks.start[peak[kept]], gene[kept]))]
    return gene[kept], peak[kept], distance[kept]


def _candidates(sites: np.ndarray, starts: np.ndarray, ends: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of sites and peaks (sorted by start) that include all pairs within the window."""
    furthest = np.maximum.accumulate(ends)  # a long peak that starts far before a site can still overlap its window
    first = np.searchsorted(furthest, sites - window, side="right")
    after = np.searchsorted(starts, sites + window, side="right")
    counts = np.maximum(after - first, 0)
    gene = np.repeat(np.arange(len(sites)), counts)
    offset = np.arange(len(gene)) - np.repeat(np.cumsum(counts) - counts, counts)
    return gene, first[gene] + offset


def _bases(places: Sequence[int] | np.ndarray, what: str) -> np.ndarray:
    try:
        return np.asarray(places, dtype=np.int64)
    except OverflowError as error:
        raise ValueError(f"genes: expected {what}s within 64 bits, found a larger number; correct it") from error


def _check_intervals(start: np.ndarray, end: np.ndarray, names: np.ndarray, what: str) -> None:
    wrong = np.flatnonzero((end < start) | (start < 0))
    if len(wrong):
        i = wrong[0]
        raise ValueError(
            f"{what}: expected places from 0 on that end after they start, found {len(wrong)} others (first "
            f"'{names[i]}' from {start[i]} to {end[i]}); correct them"
        )
