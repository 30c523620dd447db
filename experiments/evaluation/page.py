"""`docs/choosing.md`, written from the tables alone: what the default settings reach, and where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments import making
from experiments.evaluation import heat, printed
from experiments.evaluation.prediction import N_TRIALS
from experiments.evaluation.scores import DENOISING
from experiments.evaluation.sequencing import CITE_10K, N_CELLS
from experiments.evaluation.sets import FEWER_SEEDS, N_NOISE_FEATURES
from experiments.evaluation.settings import described, fingerprint
from experiments.evaluation.steps import MOST_ROUNDS
from experiments.evaluation.verdicts import Verdict, verdicts
from experiments.evaluation.ways import MOST_STEPS
from integrated_diffusion.selection import CrossValidatedSteps

TEXT = Path(__file__).parent / "text"
"""What is said about each table; what was measured is read from the tables, never written here."""
TABLES = ("scores", "steps", "pairs", "heat", "trust")
"""Tables that the page is made of."""


def write(folder: Path) -> Path:
    """Write the page beside its tables, whole or not at all."""
    return making.write(folder / "choosing.md", text(load(folder)))


def load(folder: Path) -> dict[str, pd.DataFrame]:
    """Read every table, see `making.load`."""
    return making.load(making.Place(folder, "choosing", fingerprint()), TABLES, "make evaluation", may_be_empty=TABLES)


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    parts = [_introduction(found), _targets(verdicts(found))]
    parts += [_said("sets"), printed.true_scores(found), _said("ahead"), printed.ahead(found)]
    parts += [_said("denoising"), printed.denoising_errors(found), _said("denoising_ahead")]
    parts += [printed.ahead(found, DENOISING), _said("prediction"), printed.prediction_errors(found)]
    parts += [_said("order").format(most_rounds=MOST_ROUNDS), printed.orders(found)]
    parts += [_said("order_defaults"), printed.defaults_in_orders(found)]
    parts += [_said("chosen"), printed.chosen(found)]
    parts += [_said("trust"), printed.view_weights(found), _said("trust_picture")]
    parts += [_said("heat"), *(heat.told_of(str(name), table) for name, table in _sets(found["heat"]))]
    if len(found["pairs"]):  # the quick form has no cells
        parts += [_said("pairs"), *(printed.gene_protein_pairs(found, str(name)) for name, _ in _sets(found["pairs"]))]
    parts += ["## The settings", f"```\n{described()}\n```"]
    return "\n\n".join(parts) + "\n"


def _sets(table: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    return list(table.groupby("set", sort=False))


def _said(name: str) -> str:
    return (TEXT / f"{name}.md").read_text(encoding="utf-8").strip()


def _introduction(found: Mapping[str, pd.DataFrame]) -> str:
    rule, scores = CrossValidatedSteps(), found["scores"]
    seeds = sorted(scores["seed"].unique())
    return _said("introduction").format(
        held_out=rule.held_out,
        n_splits=rule.n_splits,
        first_seed=seeds[0],
        last_seed=seeds[-1],
        few=max(FEWER_SEEDS.values()),
        fewest=FEWER_SEEDS[CITE_10K],
        n_samples=int(scores["n_samples"].iloc[0]),
        n_noise=N_NOISE_FEATURES,
        n_cells=N_CELLS,
        n_halves=N_TRIALS,
        most_steps=MOST_STEPS,
    )


def _targets(judged: list[Verdict]) -> str:
    lines = ["## The targets", "", (TEXT / "targets.md").read_text(encoding="utf-8").strip(), ""]
    lines += ["| target | outcome |", "|---|---|"]
    lines += [f"| {verdict.target} | {verdict.outcome} |" for verdict in judged]
    lines += ["", "What each rests on:"]
    for verdict in judged:
        lines += ["", f"**{verdict.target}** *{verdict.outcome}*", ""]
        lines += [f"- {'holds' if c.holds else 'does not hold'}: {c.set}: {c.said}" for c in verdict.checks]
    return "\n".join(lines)
