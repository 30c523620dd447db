"""`docs/reproduction.md`, written from the tables alone: what the paper claims beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from experiments import claims, making, tables
from experiments.figures import EXPERIMENTS, global_noise, local_noise
from experiments.methods import METHODS
from experiments.settings import described, fingerprint

TEXT = Path(__file__).parent / "text"
"""What is said about each figure; what was measured is read from the tables, never written here."""

TABLED: dict[str, tuple[tuple[str, str], ...]] = {
    "global_noise": (("accuracy", "noise"), ("accuracy, J once", "noise")),
    "local_noise": (("DEMaP", "local noise"), ("DEMaP, J once", "local noise"), ("DEMaP, PHATE", "local noise")),
    "denoising": (("accuracy", "noise"), ("mean squared error", "noise")),
    "both_noises": (("DEMaP", "noise of view 2"), ("DEMaP, J once", "noise of view 2")),
    "growing": (("accuracy", "n_samples"), ("accuracy, J once", "n_samples")),
}
"""Which scores of which experiment are printed, and against what."""


def write(folder: Path) -> Path:
    """Write the page beside its tables, whole or not at all."""
    return making.write(folder / "reproduction.md", text(load(folder)))


def load(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every table, see `making.load`."""
    return making.load(making.Place(folder, "reproduction", fingerprint()), EXPERIMENTS, "make figures")


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    parts = [_head(found), _verdicts(found)]
    for name in EXPERIMENTS:
        parts.append((TEXT / f"{name}.md").read_text(encoding="utf-8").strip())
        parts += [_table(found[name], score, by) for score, by in TABLED.get(name, ())]
        if name == "many_views":
            parts += [_many_views(found[name], score) for score in ("accuracy", "accuracy, J once")]
        if name == "view_order":
            parts += [_orders(found[name], score) for score in ("accuracy", "accuracy, J once")]
    return "\n\n".join(parts) + "\n"


def _head(found: Mapping[str, pd.DataFrame]) -> str:
    table = found["global_noise"]
    seeds = sorted(table["seed"].unique())
    intro = (TEXT / "introduction.md").read_text(encoding="utf-8").strip()
    settings = f"```\n{described()}\n```"
    return intro.format(
        settings=settings,
        first_seed=seeds[0],
        last_seed=seeds[-1],
        n_samples=f"{int(table['n_samples'].iloc[0]):,}",
        images=table["images"].iloc[0],
        view1=global_noise.VIEW1,
        everywhere=local_noise.EVERYWHERE,
        n_compared=local_noise.N_COMPARED,
    )


def _verdicts(found: Mapping[str, pd.DataFrame]) -> str:
    judged = claims.verdicts(found)
    ways = list(dict.fromkeys(way for verdict in judged for way in verdict.checks))
    lines = ["## The claims", "", "| claim | " + " | ".join(ways) + " |", "|---|" + "---|" * len(ways)]
    for verdict in judged:
        outcomes = [verdict.outcome(way) if way in verdict.checks else "" for way in ways]
        lines.append(f"| {verdict.claim} | " + " | ".join(outcomes) + " |")
    lines += ["", "What each verdict rests on:"]
    for verdict in judged:
        lines += ["", f"**{verdict.claim}**", ""]
        for power, checks in verdict.checks.items():
            lines.append(f"- {power}: *{verdict.outcome(power)}*")
            lines += [f"  - {'holds' if check.holds else 'does not hold'}: {check.what}" for check in checks]
    return "\n".join(lines)


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
    lines = [f"| {title} | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(row) + " |" for name, row in zip(found.index, found.to_numpy(), strict=True)]
    return "\n".join(lines)
