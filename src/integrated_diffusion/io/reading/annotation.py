"""Read the positions of genes on the genome from an annotation: GTF, GFF3, BED or a table, each also gzipped."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import unquote

import pandas as pd

from integrated_diffusion.association.genome import Genes
from integrated_diffusion.io.files import check_input, one_line

Row: TypeAlias = tuple[str, str, int, int, str, str]
"""Name, chromosome, start, end, strand and identifier of a gene; positions count from 0, and the end is excluded."""

_ENCODING = "utf-8-sig"  # UTF-8, with or without the byte order mark that spreadsheets write
_GTF_ATTRIBUTE = re.compile(r'(\w+) "([^"]*)"')
_GFF_GENES = {"gene", "ncRNA_gene", "pseudogene"}  # the feature types of genes in Ensembl's files
_COLUMNS = {
    "name": ("name", "gene", "gene_name", "symbol"),
    "chromosome": ("chromosome", "chrom", "chr", "seqname"),
    "start": ("start",),
    "end": ("end",),
    "strand": ("strand",),
}


def read_genes(path: str | Path) -> Genes:
    """Read the positions of genes from a genome annotation.

    Parameters
    ----------
    path : str or pathlib.Path
        File in UTF-8. Its ending says the format; `.gz` after it says that the file is gzipped:

        - `.gtf`: rows of the feature `gene`, named by `gene_name`, or by `gene_id` where that is missing.
        - `.gff3`, `.gff`: rows of the features `gene`, `ncRNA_gene` and `pseudogene`, named by `Name`, `gene_name`
          or `ID`, the first that is there. Sequences after `##FASTA` are not read.
        - `.bed`: all rows, named by column 4, with the strand in column 6 if there is one.
        - `.csv`, `.tsv`: a table with a column for the name (`name`, `gene`, `gene_name` or `symbol`), one for the
          chromosome (`chromosome`, `chrom`, `chr` or `seqname`), `start`, `end` and, if known, `strand`.

        Positions in GTF, GFF3 and tables count from 1 and include the end; those in BED count from 0 and exclude it.

    Returns
    -------
    Genes
        All genes in the order of the file, one a row. Positions count from 0 and exclude the end.

    Raises
    ------
    MissingFileError, LockedFileError
        If the file does not exist, or the user may not read it.
    ValueError
        If the ending is another one, the file is empty, damaged or holds no genes, or a gene ends before it starts.
    """
    path = Path(path)
    if path.is_file() and path.stat().st_size == 0:
        raise ValueError(f"{path}: expected genes, found an empty file; write it again")
    check_input(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = len(suffixes) > 1 and suffixes[-1] == ".gz"
    kind = suffixes[-2] if zipped else suffixes[-1] if suffixes else ""
    if kind not in _READERS:
        raise ValueError(
            f"{path}: expected a genome annotation that ends in {', '.join(_READERS)} or one of these and .gz, found "
            f"'{kind}'; give one of these"
        )
    try:
        with gzip.open(path, "rt", encoding=_ENCODING) if zipped else path.open(encoding=_ENCODING) as stream:
            rows = list(_READERS[kind](stream))
    except (ValueError, IndexError, OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path}: expected genes in the format {kind}, found a file that cannot be read as such "
            f"({one_line(error)}); check how it was made"
        ) from error
    if not rows:
        raise ValueError(
            f"{path}: expected genes, found none; give an annotation with rows for genes, not only for transcripts"
        )
    name, chromosome, start, end, strand, identifier = zip(*rows, strict=True)
    return Genes(name, chromosome, start, end, strand, identifier)  # type: ignore[arg-type]


def _gtf(stream: IO[str]) -> Iterator[Row]:
    for fields in _fields(stream, 9):
        if fields[2] == "gene":
            yield _one_based(*_gtf_names(fields[8]), fields)


def _gtf_names(text: str) -> tuple[str, str]:
    """Return the name and the identifier of a gene, from the attributes of its row in GTF."""
    attributes = dict(_GTF_ATTRIBUTE.findall(text))
    identifier = attributes.get("gene_id", "")
    return attributes.get("gene_name") or identifier, identifier


def _gff(stream: IO[str]) -> Iterator[Row]:
    features = takewhile(lambda line: not line.startswith("##FASTA"), stream)  # sequences of bases may follow the genes
    for fields in _fields(features, 9):
        if fields[2] in _GFF_GENES:
            yield _one_based(*_gff_names(fields[8]), fields)


def _gff_names(text: str) -> tuple[str, str]:
    """Return the name and the identifier of a gene, from the attributes of its row in GFF3."""
    pairs = (entry.partition("=") for entry in text.split(";"))
    attributes = {key.strip(): unquote(value.strip()) for key, _, value in pairs}
    name = attributes.get("Name") or attributes.get("gene_name")  # GENCODE writes gene_name
    identifier = attributes.get("ID", "").removeprefix("gene:")
    return name or identifier, attributes.get("gene_id", identifier)


def _bed(stream: IO[str]) -> Iterator[Row]:
    for fields in _fields(stream, 4):
        yield fields[3], fields[0], int(fields[1]), int(fields[2]), fields[5] if len(fields) > 5 else ".", fields[3]


def _table(separator: str) -> Callable[[IO[str]], Iterator[Row]]:
    def read(stream: IO[str]) -> Iterator[Row]:
        frame = pd.read_csv(stream, sep=separator, dtype=str, keep_default_na=False)
        found = {column.strip().lower(): column for column in frame.columns}
        place = {what: next((found[name] for name in names if name in found), None) for what, names in _COLUMNS.items()}
        missing = [what for what, column in place.items() if column is None and what != "strand"]
        if missing:
            raise ValueError(f"no column {' and no column '.join(missing)} among {', '.join(frame.columns)}")
        strand = frame[place["strand"]] if place["strand"] else ["."] * len(frame)
        names, where, starts, ends = (frame[place[what]] for what in ("name", "chromosome", "start", "end"))
        for name, chromosome, start, end, direction in zip(names, where, starts, ends, strand, strict=True):
            yield name, chromosome, _whole(start) - 1, _whole(end), direction, name

    return read


def _fields(stream: Iterable[str], least: int) -> Iterator[list[str]]:
    """Yield the fields of each line, which tabs separate; comments and empty lines are left out."""
    for number, line in enumerate(stream, start=1):
        if line.strip() and not line.startswith(("#", "track", "browser")):
            fields = line.rstrip("\r\n").split("\t")
            if len(fields) < least:
                raise ValueError(f"line {number} has {len(fields)} fields between tabs, not {least}")
            yield fields


def _whole(text: str) -> int:
    """Return a whole number, also from `101.0`, which programs write for columns that had missing values."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not number.is_integer():
        raise ValueError(f"expected a whole number, found {text}")
    return int(number)


def _one_based(name: str, identifier: str, fields: list[str]) -> Row:
    return name, fields[0], int(fields[3]) - 1, int(fields[4]), fields[6], identifier


_READERS: dict[str, Callable[[IO[str]], Iterator[Row]]] = {
    ".gtf": _gtf,
    ".gff": _gff,
    ".gff3": _gff,
    ".bed": _bed,
    ".csv": _table(","),
    ".tsv": _table("\t"),
}
