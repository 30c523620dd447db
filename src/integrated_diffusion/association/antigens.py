"""Antigens of antibody panels: what their names mean, which genes encode them, which are isotype controls."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from integrated_diffusion.association.spelling import bare

TABLE = Path(__file__).with_name("antigens.csv")
"""Names of antigens and symbols of their genes; its first lines state where they come from."""

_SPECIES = re.compile(r"^(human|humsrt|hums|hu|mouse|ms)[ _.:-]+")
_CONTROL = re.compile(r"isotype|control|ctrl|(mouse|rat|hamster|goat|rabbit)[ _.-]*ig[agm]|^igg(1|2a|2b|2c|3)$")
_SEPARATOR = re.compile(r"[ _.:/-]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^a-z0-9]+(?=\d)")


@cache
def genes_by_antigen() -> dict[str, tuple[str, ...]]:
    """Return the genes of each antigen, by its name without case, spaces and punctuation."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {_key(row["antigen"]): tuple(row["genes"].split()) for row in rows}


def is_control(name: str) -> bool:
    """Whether a name is that of an isotype control, which binds to no antigen.

    >>> [is_control(name) for name in ("IgG2a_control_TotalSeqB", "Mouse-IgG1", "Isotype_MOPC.21", "IgM", "IgG.Fc")]
    [True, True, True, False, False]
    """
    return any(_CONTROL.search(one) for one in (name.strip().casefold(), str(bare(np.array([name]))[0])))


def genes_of(name: str) -> tuple[str, ...]:
    """Return the genes that encode the antigen with a name as panels write it; none if it is unknown.

    Suffixes of panels and clones, numbers of a second clone and prefixes of a species do not matter.

    >>> genes_of("CD3_TotalSeqB"), genes_of("PD-1"), genes_of("Hu.CD4-RPA.T4"), genes_of("cd56.1"), genes_of("Fish")
    (('CD3D', 'CD3E', 'CD3G'), ('PDCD1',), ('CD4',), ('NCAM1',), ())
    """
    known = genes_by_antigen()
    return next((known[key] for one in _spellings(name) if (key := _key(one)) in known), ())


def _spellings(name: str) -> Iterator[str]:
    """A name, and what is left of it without what panels add."""
    plain = name.strip().casefold()
    whole = dict.fromkeys((plain, str(bare(np.array([name]))[0]), _SPECIES.sub("", plain)))
    yield from whole
    for one in whole:
        ends = [found.start() for found in _SEPARATOR.finditer(one)]
        yield from (one[:end] for end in reversed(ends) if end)


def _key(name: str) -> str:
    """A name without spaces and punctuation, but for those between two digits: CD3-1 is not CD31."""
    return re.sub(r"[^a-z0-9|]", "", _BETWEEN_DIGITS.sub("|", name.casefold()))
