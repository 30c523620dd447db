"""Pairs of features of two modalities: by name, by link, by table, or by distance on the genome."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import mudata
import numpy as np
import pandas as pd

from integrated_diffusion.association import (
    Genes,
    Pairs,
    linked_pairs,
    matching_pairs,
    near_pairs,
    protein_pairs,
    table_pairs,
)
from integrated_diffusion.association.genome import Intervals, chromosomes, parse_peaks
from integrated_diffusion.association.proteins import are_proteins
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.reading.annotation import read_genes
from integrated_diffusion.scverse.arguments import check_mudata
from integrated_diffusion.scverse.feature_values import feature_names, symbols
from integrated_diffusion.scverse.inputs import input_of

_POSITION_COLUMNS = (
    ("chrom", "start", "end"),
    ("chromosome", "start", "end"),
    ("chr", "start", "end"),
    ("seqnames", "start", "end"),
    ("chrom", "chromStart", "chromEnd"),
)

LINK = "linked_gene"
"""Default column of `var` that names the gene of a feature."""


def usual(mdata: mudata.MuData, first: str, second: str) -> Pairs:
    """Pair features by `var["linked_gene"]` of the second modality, as proteins with their genes, or by name.

    If the second modality has that column, by it; if at least half of its features are known antigens, as `proteins`
    does, and of the first modality likewise; else as `matching` does.

    Parameters
    ----------
    mdata : mudata.MuData
        A MuData.
    first, second : str
        Modalities, such as `"rna"` and `"atac"`.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If both are the same modality, or nothing matches; the message gives three examples of each side.
    """
    _check_different(mdata, first, second)
    if LINK in mdata[input_of(mdata, second).modality].var:
        return linked(mdata, first, second)
    of_proteins = [are_proteins(feature_names(mdata, view)) for view in (first, second)]
    if of_proteins == [False, True]:
        return proteins(mdata, first, second)
    return proteins(mdata, second, first).swapped() if of_proteins == [True, False] else matching(mdata, first, second)


def proteins(mdata: mudata.MuData, first: str, second: str) -> Pairs:
    """Pair the proteins of the second modality with the genes of the first that encode them.

    A table of antigens that comes with the package says which: CD3 goes with *CD3D*, *CD3E* and *CD3G*, CD127 with
    *IL7R*. Names are those of genes, or symbols beside them in `var`.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `usual`.
    first, second : str
        As in `usual`.

    Returns
    -------
    Pairs
        `unpaired` are proteins whose gene is not there, `controls` isotype controls, which have no pairs.

    Raises
    ------
    ValueError
        If both are the same modality, or no protein has its gene in the first one.
    """
    _check_different(mdata, first, second)
    genes, antigens = feature_names(mdata, first), feature_names(mdata, second)
    pairs: list[Pairs] = []
    for names in (genes, *symbols(mdata, first)):
        with suppress(ValueError):
            pairs.append(protein_pairs(names, antigens))
    if not pairs:
        return protein_pairs(genes, antigens)  # says what it expected
    most = max(pairs, key=len)
    return Pairs.of(genes, antigens, most.first, most.second, unpaired=most.unpaired, controls=most.controls)


def matching(mdata: mudata.MuData, first: str, second: str) -> Pairs:
    """Pair features of the same name, such as genes with their activity scores, or with proteins of the same name.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `usual`.
    first, second : str
        As in `usual`.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If both are the same modality, names are only numbers, or no name is in both.
    """
    _check_different(mdata, first, second)
    names = feature_names(mdata, first), feature_names(mdata, second)
    if all(list(map(str, range(len(side)))) == side for side in names):
        raise ValueError(
            f"expected names of features, found only numbers from 0 on in {first!r} and in "
            f"{second!r}; give a table of pairs"
        )
    try:
        return matching_pairs(*names)
    except ValueError as error:
        for one in (names[0], *symbols(mdata, first)):
            for other in (names[1], *symbols(mdata, second)):
                with suppress(ValueError):
                    return _named(matching_pairs(one, other), *names)
        raise error


def linked(mdata: mudata.MuData, first: str, second: str, column: str = LINK) -> Pairs:
    """Pair features of the second modality, such as peaks, with the features of the first that a column of `var` names.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `usual`.
    first, second : str
        As in `usual`.
    column : str, default "linked_gene"
        Column of the second modality's `var`.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If there is no such column, or none of its names is in the first modality.
    """
    check_mudata(mdata)
    var = mdata[input_of(mdata, second).modality].var
    if column not in var:
        raise ValueError(
            f"column: expected a column of var of '{second}', found {column!r}; "
            f"try {closest(column, list(var.columns))}"
        )
    return linked_pairs(feature_names(mdata, first), feature_names(mdata, second), var[column])


def table(mdata: mudata.MuData, first: str, second: str, names: pd.DataFrame) -> Pairs:
    """Pair features as a table lists them.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `usual`.
    first, second : str
        As in `usual`.
    names : pandas.DataFrame
        Two columns of names, one of each modality.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If the table has fewer columns, or none of its pairs is in the data.
    """
    check_mudata(mdata)
    return table_pairs(feature_names(mdata, first), feature_names(mdata, second), names)


def near(mdata: mudata.MuData, first: str, second: str, genes: Genes | str | Path, window: int = 100_000) -> Pairs:
    """Pair genes with the peaks near their transcription start sites.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `usual`.
    first, second : str
        As in `usual`. The second modality's features have names such as `chr1_100_200`, or their positions in columns
        of `var`: `interval`, or `chrom`, `start` and `end`.
    genes : association.Genes, str or pathlib.Path
        Positions of the genes, or a GTF, GFF3, BED or table file that `io.annotation.read_genes` reads.
    window : int, default 100_000
        Largest distance, base pairs.

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If names of peaks cannot be parsed, or no peak is near a gene of the first modality.
    """
    check_mudata(mdata)
    found = genes if isinstance(genes, Genes) else read_genes(genes)
    genes_of_view, peaks = feature_names(mdata, first), feature_names(mdata, second)
    return near_pairs(genes_of_view, peaks, found, window, _positions(mdata[input_of(mdata, second).modality].var))


def _named(pairs: Pairs, first: list[str], second: list[str]) -> Pairs:
    """The same pairs, by the features' own names."""
    columns = pairs.frame()
    return Pairs.of(first, second, columns["first_column"], columns["second_column"])


def _positions(var: pd.DataFrame) -> Intervals | None:
    """Positions of peaks by columns of `var`, where they are not named by them; `None` if there are no such columns."""
    with suppress(ValueError):
        return parse_peaks(list(map(str, var.index)))
    if "interval" in var:  # muon's reader of 10x files
        with suppress(ValueError):
            return parse_peaks(list(var["interval"].astype(str)))
    for names in _POSITION_COLUMNS:
        if set(names) <= set(var.columns):
            chromosome, start, end = (var[name].to_numpy() for name in names)
            return Intervals(chromosomes(chromosome.astype(str)), start.astype(np.int64), end.astype(np.int64))
    return None


def _check_different(mdata: mudata.MuData, first: str, second: str) -> None:
    """Raise `ValueError` if both are the same values, in which every feature matches itself."""
    check_mudata(mdata)
    source = input_of(mdata, first)
    if source == input_of(mdata, second):
        raise ValueError(
            f"expected two different modalities, found {first!r} and {second!r}, both {source.inside}; name another, "
            "or give pairs of features"
        )
