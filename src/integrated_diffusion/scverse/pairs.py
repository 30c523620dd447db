"""Which features of two views go together: by name, by link, by table, or by place on the genome."""

from __future__ import annotations

from pathlib import Path

import mudata
import pandas as pd

from integrated_diffusion.association import Genes, Pairs, linked_pairs, matching_pairs, near_pairs, table_pairs
from integrated_diffusion.io.annotation import read_genes
from integrated_diffusion.io.measured import closest
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
        If nothing matches; three examples of each side are told.
    """
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
        If no name is on both sides.
    """
    return matching_pairs(feature_names(mdata, first), feature_names(mdata, second))


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
    found = genes if isinstance(genes, Genes) else read_genes(genes)
    return near_pairs(feature_names(mdata, first), feature_names(mdata, second), found, window)
