"""Spellings of one gene in two views: suffixes and prefixes of antibody panels and of R."""

from __future__ import annotations

import re

import numpy as np

_BEFORE = re.compile(r"^(adt|ab|prot|protein|anti)[ _.:-]+")
_BEHIND = re.compile(r"[ _.:-]+(total[ _-]?seq[ _-]?[abc]?|adt|ab|prot|protein|antibody)$")
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
