"""`docs/single_cell.md`, written from the tables alone: figure 4 of the paper on cells that can be had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments import making
from experiments.single_cell import entropies, information, printed, sharpness, ways
from experiments.single_cell.drawn_information import MOST_CELLS
from experiments.single_cell.information import N_PAIRS
from experiments.single_cell.reading import level, named_sets, sharp, told
from experiments.single_cell.sets import SETS, SNARE, CellSet
from experiments.single_cell.settings import described, fingerprint
from experiments.single_cell.sharpness import N_CELLS, N_TYPED
from experiments.single_cell.verdicts import Verdict, verdicts
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.association.result import FDR

NAME = "single_cell"
TEXT = Path(__file__).parent / "text"
"""What is said about each table; what was measured is read from the tables, never written here."""
TABLES = (entropies.NAME, sharpness.NAME, information.NAME)
"""Tables that the page is made of."""
N_COMPONENTS = IntegratedDiffusion().n_components
_FDR = f"{FDR:.0%}"


def write(folder: Path) -> Path:
    """Write the page beside its tables, whole or not at all."""
    return making.write(folder / f"{NAME}.md", text(load(folder)))


def load(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every table, see `making.load`."""
    return making.load(making.Place(folder, NAME, fingerprint()), TABLES, "make figure4")


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    measured = found[information.NAME]
    judged, names = verdicts(found), [name for name, _ in named_sets(measured)]
    parts = [_said("introduction"), _sets(found), _said("run"), _claims(judged, names)]
    parts += [
        _said("maps"),
        *_pictures("maps", found),
        _said("sharpness").format(n_components=N_COMPONENTS),
        printed.scores(found[sharpness.NAME]),
    ]
    parts += [_said("entropy"), _picture("entropy", "Spectral entropy of both views of every set")]
    parts += [printed.chosen(found[entropies.NAME]), _said("information").format(fdr=_FDR, **_shares(measured))]
    parts += [_picture("means", "Mean mutual information of all pairs beside both nulls"), printed.means(measured)]
    parts += [_said("random").format(fdr=_FDR), printed.against_random(measured)]
    parts += [_said("pairs").format(n_drawn=MOST_CELLS), *_pictures("pairs", found), printed.pairs(measured)]
    parts += [_grounds(judged), "## The settings", f"```\n{described()}\n```"]
    return "\n\n".join(parts) + "\n"


def _said(name: str) -> str:
    return (TEXT / f"{name}.md").read_text(encoding="utf-8").strip()


def _picture(name: str, alternative: str) -> str:
    return f"![{alternative}](images/{NAME}/{name}.png)"


def _pictures(kind: str, found: Mapping[str, pd.DataFrame]) -> list[str]:
    """A picture a set, with what is to be said about it."""
    lines = []
    for name, _ in named_sets(found[sharpness.NAME]):
        drawn = {"maps": "Maps of", "pairs": "Pairs of features of"}[kind]
        lines += [f"**{name}**", _picture(f"{kind}_{_slug(name)}", f"{drawn} {name}, one for each way")]
    return lines


def _slug(name: str) -> str:
    return CellSet(name, "", ("", ""), SNARE.related, ()).slug


def _sets(found: Mapping[str, pd.DataFrame]) -> str:
    """Each set with its numbers of cells, of cells of a type, and of pairs."""
    files = {cells.name: cells.file for cells in SETS}
    rows = []
    pairs = {
        name: told(rows, ways.RAW, ways.VIEWS_SHUFFLED, N_PAIRS) for name, rows in named_sets(found["information"])
    }
    for name, table in named_sets(found[sharpness.NAME]):
        counted = [f"{int(sharp(table, ways.DEFAULT, what)):,}" for what in (N_CELLS, N_TYPED)]
        rows.append([name, files.get(name, ""), *counted, f"{int(pairs[name]):,}"])
    return printed.markdown(["set", "file", "cells", "of a type", "pairs"], rows)


def _shares(table: pd.DataFrame) -> dict[str, str]:
    """The least and the largest share that a null of SNARE-seq has of its score."""
    for name, rows in named_sets(table):
        if name == SNARE.name:
            loose = [level(rows, way).share for way in ways.SMOOTHED]
            strict = [level(rows, way, ways.VALUES_SHUFFLED).share for way in ways.SMOOTHED]
            least, most = (f"{end(loose):.0%}" for end in (min, max))
            told_of = {"raw": f"{level(rows, ways.RAW).share:.0%}", "least": least, "most": most}
            return told_of | {"least_strict": f"{min(strict):.0%}", "most_strict": f"{max(strict):.0%}"}
    return dict.fromkeys(("raw", "least", "most", "least_strict", "most_strict"), "(not measured)")


def _claims(judged: list[Verdict], names: list[str]) -> str:
    lines = ["## The verdicts", "", _said("verdicts"), ""]
    lines += ["| claim | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [f"| {v.claim} | " + " | ".join(v.outcome(name) for name in names) + " |" for v in judged]
    return "\n".join(lines)


def _grounds(judged: list[Verdict]) -> str:
    lines = ["## What the verdicts rest on"]
    for verdict in judged:
        lines += ["", f"**{verdict.claim}** *{verdict.outcome() or 'nothing to test'}*", ""]
        lines += [f"- {'yes' if check.holds else 'no'}: {check.set}, {check.said}" for check in verdict.checks]
    return "\n".join(lines)
