"""Which features of two views are paired: all, by name, by links, by a table, or by distance on the genome."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from integrated_diffusion.association.genome import Genes, Intervals, near, parse_peaks
from integrated_diffusion.association.pairs import Names, Pairs, as_names
from integrated_diffusion.association.spelling import bare, plain, without_version
from integrated_diffusion.views.checks import check_count


class UnknownFeaturesWarning(UserWarning):
    """Some of the requested pairs name features that a view does not have."""


def all_pairs(first_names: Names, second_names: Names) -> Pairs:
    """Pair every feature of the first view with every one of the second.

    >>> all_pairs(["CD14", "CD19"], ["a", "b", "c"])
    Pairs(6 pairs of 2 features with 3)
    """
    n_first, n_second = len(first_names), len(second_names)
    first, second = np.repeat(np.arange(n_first), n_second), np.tile(np.arange(n_second), n_first)
    return Pairs.of(first_names, second_names, first, second)


def matching_pairs(first_names: Names, second_names: Names) -> Pairs:
    """Pair features of the same name: a gene with its activity, or with its protein.

    Names are compared exactly. Only where no name is equal are they compared without case and without the suffixes of
    antibody panels, see `spelling.bare`; suffixes are removed from at most one of the two names.

    Raises
    ------
    ValueError
        If no two names match even then.

    Examples
    --------
    >>> matching_pairs(["CD14", "CD8A", "CD3D"], ["CD8a_TotalSeqB", "CD14_TotalSeqB", "CD56_TotalSeqB"]).frame()
      first          second  first_column  second_column
    0  CD14  CD14_TotalSeqB             0              1
    1  CD8A  CD8a_TotalSeqB             1              0
    """
    first, second = as_names(first_names), as_names(second_names)
    found = _joined(first, second)
    if not len(found):
        spellings = ((plain, plain), (plain, bare), (bare, plain))
        found = np.unique(np.concatenate([_joined(one(first), other(second)) for one, other in spellings]), axis=0)
    if not len(found):
        raise _nothing("names that both views have", first, second, "link them, or give a table of pairs")
    return Pairs.of(first, second, *found.T)


def linked_pairs(first_names: Names, second_names: Names, linked: Sequence[Any] | np.ndarray | pd.Series) -> Pairs:
    """Pair each feature of the second view with the feature of the first view that it is linked to.

    Parameters
    ----------
    first_names, second_names : sequence of str
        Names of the features.
    linked : sequence of str
        For each feature of the second view the name of its partner; missing or empty where it has no partner.

    Raises
    ------
    ValueError
        If there is not one link for each feature of the second view, or none leads to a feature of the first.

    Examples
    --------
    >>> linked_pairs(["Rgs20", "Sst"], ["peak1", "peak2", "peak3"], ["Rgs20", None, "Rgs20"])
    Pairs(2 pairs of 1 features with 2)
    """
    first, second = as_names(first_names), as_names(second_names)
    if len(linked) != len(second):
        raise ValueError(
            f"linked: expected one for each of {len(second)} features, found {len(linked)}; leave those without a "
            "partner empty"
        )
    partners = as_names(linked)
    found = _joined(first, partners)
    if not len(found):
        given = partners[partners != ""]
        raise _nothing("links to features of the first view", first, given, "check what the links name")
    return Pairs.of(first, second, *found.T)


def table_pairs(first_names: Names, second_names: Names, table: Any) -> Pairs:
    """Pair the features that a table names.

    Parameters
    ----------
    first_names, second_names : sequence of str
        Names of the features.
    table : array of str, shape (n_rows, 2)
        Names of the first and of the second view. A name that occurs several times in a view stands for all its
        columns. A repeated pair counts once. Empty and missing names match nothing, not even features without a name.

    Raises
    ------
    ValueError
        If the table does not have two columns, or every row names an unknown feature.

    Warns
    -----
    UnknownFeaturesWarning
        If some rows name unknown features; they are left out.

    Examples
    --------
    >>> table_pairs(["MS4A1", "CD14"], ["CD19_TotalSeqB"], [["MS4A1", "CD19_TotalSeqB"]])
    Pairs(1 pairs of 1 features with 1)
    """
    first, second = as_names(first_names), as_names(second_names)
    rows = np.asarray(table, dtype=object)
    if rows.ndim != 2 or rows.shape[1] != 2 or not len(rows):
        raise ValueError(f"table: expected two columns of names, found shape {rows.shape}; give one row a pair")
    left, right = as_names(rows[:, 0]), as_names(rows[:, 1])
    missing = [~np.isin(left, first) | (left == ""), ~np.isin(right, second) | (right == "")]
    unknown = missing[0] | missing[1]
    n_unknown = int(unknown.sum())
    closest = _closest(left[missing[0]], first) or _closest(right[missing[1]], second)
    if n_unknown == len(rows):
        raise _nothing("rows whose names both views have", first, second, f"correct the table, {closest}")
    if n_unknown:
        warnings.warn(
            f"table of pairs: expected names that the views have, found {n_unknown} of {len(rows)} rows with others, "
            f"left out; correct the table to have these pairs, {closest}",
            UnknownFeaturesWarning,
            stacklevel=2,
        )
    named = pd.DataFrame({"left": left, "right": right})[~unknown]
    found = named.merge(_columns(first, "left", "first")).merge(_columns(second, "right", "second"))
    found = found[["first", "second"]].drop_duplicates().sort_values(["first", "second"])
    return Pairs.of(first, second, found["first"], found["second"])


def near_pairs(
    gene_names: Names, peak_names: Names, genes: Genes, window: int = 100_000, peaks: Intervals | None = None
) -> Pairs:
    """Pair genes with the peaks near their transcription start sites.

    Parameters
    ----------
    gene_names, peak_names : sequence of str
        Names of the features of the first and of the second view. Genes are named as in the annotation, or by its
        identifiers, whose versions do not matter; peaks by their position, see `genome.parse_peaks`.
    genes : Genes
        Positions of genes. Genes of the view that are not among them have no pairs.
    window : int, default 100_000
        Largest distance in bases from the transcription start site to the nearest base of the peak.
    peaks : Intervals or None, default None
        Positions of the peaks; by their names unless given.

    Returns
    -------
    Pairs
        With distances, 0 inside a peak. For a gene with several positions the nearest one counts.

    Raises
    ------
    TypeError
        If the window is not a whole number.
    ValueError
        If peaks are not named by their position, or no peak is near any gene.
    """
    check_count(window, "window", least=0)
    first, second = as_names(gene_names), as_names(peak_names)
    known = _joined(first, genes.name)
    if not len(known) and genes.identifier is not None:
        known = _joined(without_version(first), without_version(genes.identifier))
    if not len(known):
        raise _nothing("genes of the view in the annotation", first, genes.name, "take one with the same kind of names")
    gene, peak, distance = near(genes, parse_peaks(second) if peaks is None else peaks, window)
    found = pd.DataFrame(known, columns=["first", "gene"]).merge(
        pd.DataFrame({"gene": gene, "second": peak, "distance": distance})
    )
    if not len(found):
        places = np.array([f"{genes.name[i]} on {genes.chromosome[i]}" for i in known[:3, 1]])
        remedy = "widen the window, or take the annotation of the same genome"
        raise _nothing(f"peaks within {window:,} bases of a gene", places, second, remedy)
    nearest = found.sort_values(["first", "second", "distance"]).drop_duplicates(["first", "second"])
    return Pairs.of(first, second, nearest["first"], nearest["second"], nearest["distance"].to_numpy())


def _columns(names: np.ndarray, name: str, column: str) -> pd.DataFrame:
    """Names with their columns."""
    return pd.DataFrame({name: names, column: np.arange(len(names))})


def _joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Columns of equal names, `(n, 2)`, sorted; empty names match nothing."""
    left, right = _columns(first, "name", "first"), _columns(second, "name", "second")
    found = left[left["name"] != ""].merge(right, on="name")[["first", "second"]]
    return found.sort_values(["first", "second"]).to_numpy(dtype=np.intp)


def _nothing(expected: str, first: np.ndarray, second: np.ndarray, remedy: str) -> ValueError:
    here, there = (", ".join(map(repr, map(str, names[:3]))) or "nothing" for names in (first, second))
    return ValueError(f"pairs: expected {expected}, found none (such as {here} here and {there} there); {remedy}")


def _closest(unknown: np.ndarray, known: np.ndarray) -> str:
    """The first unknown name and the known ones nearest to it, for messages."""
    if not len(unknown):
        return ""
    if not unknown[0]:
        return "a name is empty or missing"
    near_names = get_close_matches(str(unknown[0]), known.tolist(), n=3, cutoff=0.5)
    return f"there is no '{unknown[0]}'" + (f", perhaps {' or '.join(map(repr, near_names))}" if near_names else "")
