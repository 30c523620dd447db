"""`docs/reproduction.md`, written from the tables alone: what the paper claims beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from experiments.methods import METHODS
from experiments.reproduction import claims
from experiments.reproduction.figures import EXPERIMENTS, global_noise, local_noise
from experiments.reproduction.settings import described
from experiments.study import tables
from experiments.study.markdown import table as markdown
from experiments.study.pages import Page, Texts, joined, verbatim
from experiments.study.verdicts import by_group, grounds_by_group

said = Texts(Path(__file__).parent / "text")

TABLED: dict[str, tuple[tuple[str, str], ...]] = {
    "global_noise": (("accuracy", "noise"), ("accuracy, J once", "noise")),
    "local_noise": (("DEMaP", "local noise"), ("DEMaP, J once", "local noise"), ("DEMaP, PHATE", "local noise")),
    "denoising": (("accuracy", "noise"), ("mean squared error", "noise")),
    "both_noises": (("DEMaP", "noise of view 2"), ("DEMaP, J once", "noise of view 2")),
    "growing": (("accuracy", "n_samples"), ("accuracy, J once", "n_samples")),
}
"""Which scores of which experiment are printed, and against what."""


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    parts = [_introduction(found), _claims(found)]
    for name in EXPERIMENTS:
        parts.append(said(name))
        parts += [_table(found[name], score, by) for score, by in TABLED.get(name, ())]
        if name == "many_views":
            parts += [_many_views(found[name], score) for score in ("accuracy", "accuracy, J once")]
        if name == "view_order":
            parts += [_orders(found[name], score) for score in ("accuracy", "accuracy, J once")]
    return joined(parts)


def _introduction(found: Mapping[str, pd.DataFrame]) -> str:
    table = found["global_noise"]
    seeds = sorted(table["seed"].unique())
    return said(
        "introduction",
        settings=verbatim(described()),
        first_seed=seeds[0],
        last_seed=seeds[-1],
        n_samples=f"{int(table['n_samples'].iloc[0]):,}",
        images=table["images"].iloc[0],
        view1=global_noise.VIEW1,
        everywhere=local_noise.EVERYWHERE,
        n_compared=local_noise.N_COMPARED,
    )


def _claims(found: Mapping[str, pd.DataFrame]) -> str:
    judged = claims.verdicts(found)
    groups = list(dict.fromkeys(group for verdict in judged for group in verdict.groups))
    outcomes = by_group(judged, claims.WORDS, groups)
    rests_on = grounds_by_group(judged, claims.WORDS)
    return f"## The claims\n\n{outcomes}\n\nWhat each verdict rests on:\n\n{rests_on}"


def _table(table: pd.DataFrame, score: str, by: str) -> str:
    found = tables.summary(table, score, by)
    return _markdown(found.reindex(_ordered(found.index)), f"{score} against {by}")


def _many_views(table: pd.DataFrame, score: str) -> str:
    named = table.assign(setting=[f"{v} views, {n} noisy" for v, n in zip(table["views"], table["noisy"], strict=True)])
    found = tables.summary(named, score, "setting")
    return _markdown(found.reindex(_ordered(found.index)), f"{score} against the number of views")


def _orders(table: pd.DataFrame, score: str) -> str:
    named = table.assign(setting=[f"{o}, {n:g}" for o, n in zip(table["order"], table["noise"], strict=True)])
    found = tables.summary(named, score, "setting")
    return _markdown(found.reindex(_ordered(found.index)), f"{score} against order and noise")


def _ordered(methods: Iterable[str]) -> list[str]:
    """Single views first, then methods in the order of their table."""
    known = list(METHODS)
    return sorted(methods, key=lambda name: (known.index(name) if name in known else -1, name))


def _markdown(found: pd.DataFrame, title: str) -> str:
    columns = [f"{c:g}" if isinstance(c, int | float) else str(c) for c in found.columns]
    return markdown(
        [title, *columns], ([str(name), *row] for name, row in zip(found.index, found.to_numpy(), strict=True))
    )


PAGE = Page("reproduction", "make figures", described, tuple(EXPERIMENTS), text)
