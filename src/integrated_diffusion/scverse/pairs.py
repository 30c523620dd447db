"""Which features of two views go together: by name, by link, by table, or by place on the genome."""

from __future__ import annotations

from pathlib import Path

import mudata
import pandas as pd

from integrated_diffusion.association import Genes, Pairs, linked_pairs, matching_pairs, near_pairs, table_pairs
from integrated_diffusion.io.feature_names import closest
from integrated_diffusion.io.reading.annotation import read_genes
from integrated_diffusion.scverse.checks import check_mudata
from integrated_diffusion.scverse.features import feature_names
from integrated_diffusion.scverse.sources import source_of

LINK = "linked_gene"
"""Column of `var` that names the gene a feature belongs to, unless another is asked for."""


def usual(mdata: mudata.MuData, first: str, second: str) -> Pairs:
    """Pair features as the file suggests: by `var["linked_gene"]` of the second view if it is there, else by name.

    Parameters
    ----------
    mdata
        A MuData.
    first, second
        Views, such as `"rna"` and `"atac"`.

    Raises
    ------
    ValueError
        If both are the same view, or nothing matches; three examples of each side are told.
    """
    _check_two_views(mdata, first, second)
    has_links = LINK in mdata[source_of(mdata, second).modality].var
    return linked(mdata, first, second) if has_links else matching(mdata, first, second)


def matching(mdata: mudata.MuData, first: str, second: str) -> Pairs:
    """Pair features of the same name, such as genes with their activity, or with the proteins called like them.

    Parameters
    ----------
    mdata, first, second
        As in `usual`.

    Raises
    ------
    ValueError
        If both are the same view, names are mere numbers, or none is on both sides.
    """
    _check_two_views(mdata, first, second)
    names = feature_names(mdata, first), feature_names(mdata, second)
    if all(list(map(str, range(len(side)))) == side for side in names):
        raise ValueError(
            f"expected names of features that mean something, found mere numbers from 0 on in {first!r} and in "
            f"{second!r}; give a table of pairs"
        )
    return matching_pairs(*names)


def linked(mdata: mudata.MuData, first: str, second: str, column: str = LINK) -> Pairs:
    """Pair features of the second view, such as peaks, with those of the first that a column of `var` names.

    Parameters
    ----------
    mdata, first, second
        As in `usual`.
    column
        Column of the second view's `var`.

    Raises
    ------
    ValueError
        If there is no such column, or none of its names is in the first view.
    """
    check_mudata(mdata)
    var = mdata[source_of(mdata, second).modality].var
    if column not in var:
        raise ValueError(
            f"column: expected a column of var of '{second}', found {column!r}; "
            f"try {closest(column, list(var.columns))}"
        )
    return linked_pairs(feature_names(mdata, first), feature_names(mdata, second), var[column])


def table(mdata: mudata.MuData, first: str, second: str, names: pd.DataFrame) -> Pairs:
    """Pair features as a table says.

    Parameters
    ----------
    mdata, first, second
        As in `usual`.
    names
        Two columns of names, one of each view.

    Raises
    ------
    ValueError
        If it has fewer columns, or none of its pairs is there.
    """
    check_mudata(mdata)
    return table_pairs(feature_names(mdata, first), feature_names(mdata, second), names)


def near(mdata: mudata.MuData, first: str, second: str, genes: Genes | str | Path, window: int = 100_000) -> Pairs:
    """Pair genes with the peaks around their transcription starts.

    Parameters
    ----------
    mdata, first, second
        As in `usual`; the second view's features are called like `chr1_100_200`.
    genes
        Where the genes are: `association.Genes`, or a GTF, GFF3, BED or table, see `io.annotation.read_genes`.
    window
        Largest distance, in bases.

    Raises
    ------
    ValueError
        If names of peaks cannot be read, or no peak is near a gene of the first view.
    """
    check_mudata(mdata)
    found = genes if isinstance(genes, Genes) else read_genes(genes)
    return near_pairs(feature_names(mdata, first), feature_names(mdata, second), found, window)


def _check_two_views(mdata: mudata.MuData, first: str, second: str) -> None:
    """Every feature goes together with itself."""
    check_mudata(mdata)
    source = source_of(mdata, first)
    if source == source_of(mdata, second):
        raise ValueError(
            f"expected two different views, found {first!r} and {second!r}, both {source.inside}; name another, or "
            "give pairs of features"
        )
