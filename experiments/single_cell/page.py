"""`docs/single_cell.md`, written from the tables alone: figure 4 of the paper on public data sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.single_cell import compared, entropies, information, printed, separation
from experiments.single_cell.drawn_information import MOST_CELLS
from experiments.single_cell.information import N_PAIRS
from experiments.single_cell.reading import level, named_sets, separation_of, told
from experiments.single_cell.separation import N_CELLS, N_TYPED
from experiments.single_cell.sets import SETS, SNARE, CellSet
from experiments.single_cell.settings import described
from experiments.single_cell.verdicts import WORDS, verdicts
from experiments.study.markdown import literal_table
from experiments.study.pages import Page, Texts, joined, picture, verbatim
from experiments.study.verdicts import Verdict, by_group, grounds
from integrated_diffusion.association.result import FDR
from integrated_diffusion.views.reduction import MOST_COMPONENTS

NAME = "single_cell"
said = Texts(Path(__file__).parent / "text")
TABLES = (entropies.NAME, separation.NAME, information.NAME)
"""Tables that the page is made of."""
_FDR = f"{FDR:.0%}"


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    measured = found[information.NAME]
    judged, names = verdicts(found), [name for name, _ in named_sets(measured)]
    parts = [said("introduction"), _sets(found), said("run"), _claims(judged, names)]
    parts += [
        said("maps"),
        *_pictures("maps", found),
        said("separation", n_components=MOST_COMPONENTS),
        printed.scores(found[separation.NAME]),
    ]
    parts += [said("entropy"), picture(NAME, "entropy", "Spectral entropy of both modalities of every data set")]
    parts += [printed.chosen(found[entropies.NAME]), said("information", fdr=_FDR, **_shares(measured))]
    parts += [
        picture(NAME, "means", "Mean mutual information of all pairs with both permutation nulls"),
        printed.means(measured),
    ]
    parts += [said("random", fdr=_FDR), printed.against_random(measured)]
    parts += [said("pairs", n_drawn=MOST_CELLS), *_pictures("pairs", found), printed.pairs(measured)]
    parts += [_grounds(judged), "## The settings", verbatim(described())]
    return joined(parts)


def _pictures(kind: str, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """A picture a set, with what is to be said about it."""
    lines = []
    for name, _ in named_sets(found[separation.NAME]):
        drawn = {"maps": "Maps of", "pairs": "Pairs of features of"}[kind]
        lines += [f"**{name}**", picture(NAME, f"{kind}_{_slug(name)}", f"{drawn} {name}, one for each method")]
    return lines


def _slug(name: str) -> str:
    return CellSet(name, "", ("", ""), SNARE.related, ()).slug


def _sets(found: Mapping[str, pd.DataFrame]) -> str:
    """Each set with its numbers of cells, of cells of a type, and of pairs."""
    files = {cells.name: cells.file for cells in SETS}
    rows = []
    pairs = {
        name: told(rows, compared.RAW, compared.MODALITY_PERMUTED, N_PAIRS)
        for name, rows in named_sets(found["information"])
    }
    for name, table in named_sets(found[separation.NAME]):
        counted = [f"{int(separation_of(table, compared.DEFAULT, what)):,}" for what in (N_CELLS, N_TYPED)]
        rows.append([name, files.get(name, ""), *counted, f"{int(pairs[name]):,}"])
    return literal_table(["data set", "file", "cells", "of a type", "pairs"], rows)


def _shares(table: pd.DataFrame) -> dict[str, str]:
    """The least and the largest share that a null of SNARE-seq has of its score."""
    for name, rows in named_sets(table):
        if name == SNARE.name:
            loose = [level(rows, way).share for way in compared.SMOOTHED]
            strict = [level(rows, way, compared.VALUES_PERMUTED).share for way in compared.SMOOTHED]
            least, most = (f"{end(loose):.0%}" for end in (min, max))
            told_of = {"raw": f"{level(rows, compared.RAW).share:.0%}", "least": least, "most": most}
            return told_of | {"least_strict": f"{min(strict):.0%}", "most_strict": f"{max(strict):.0%}"}
    return dict.fromkeys(("raw", "least", "most", "least_strict", "most_strict"), "(not measured)")


def _claims(judged: list[Verdict], names: list[str]) -> str:
    return joined(["## The verdicts", said("verdicts"), by_group(judged, WORDS, names)]).rstrip()


def _grounds(judged: list[Verdict]) -> str:
    return f"## What the verdicts rest on\n\n{grounds(judged, WORDS)}"


PAGE = Page(NAME, "make figure4", described, TABLES, text)
