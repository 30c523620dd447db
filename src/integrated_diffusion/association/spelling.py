"""Spellings of one gene in two views: suffixes and prefixes of antibody panels and of R."""

from __future__ import annotations

import re

import numpy as np

_BEFORE = re.compile(r"^(adt|ab|prot|protein|anti)[ _.:-]+")
_BEHIND = re.compile(r"[ _.:-]+(total[ _-]?seq[ _-]?[abc]?|adt|ab|prot|protein|antibody)$")
_VERSION = re.compile(r"^(ENS[A-Z]*\d+)\.\d+$")
_AGAIN = re.compile(r"\.\d$")


def plain(names: np.ndarray) -> np.ndarray:
    """Names without case.

    >>> plain(np.array(["CD8a "])).tolist()
    ['cd8a']
    """
    return np.array([name.strip().casefold() for name in names], dtype=str)


def bare(names: np.ndarray) -> np.ndarray:
    """Names without case, panel name, word for protein, and number of a second clone.

    >>> bare(np.array(["CD14_TotalSeqB", "CD8a-TotalSeq-B", "ADT_CD4", "cd4.2", "PD-1", "CD19 antibody"])).tolist()
    ['cd14', 'cd8a', 'cd4', 'cd4', 'pd-1', 'cd19']
    """
    return np.array([_AGAIN.sub("", _BEHIND.sub("", _BEFORE.sub("", name))) for name in plain(names)], dtype=str)


def without_version(names: np.ndarray) -> np.ndarray:
    """Identifiers of Ensembl without their version; other names as they are.

    >>> without_version(np.array(["ENSG00000153563.16", "CD8A", "AC0001.2"])).tolist()
    ['ENSG00000153563', 'CD8A', 'AC0001.2']
    """
    return np.array([_VERSION.sub(r"\1", name) for name in names], dtype=str)
