"""`docs/choosing.md`, written from the tables alone: what the default settings reach, and where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.evaluation import heat, printed
from experiments.evaluation.compared import MOST_STEPS
from experiments.evaluation.prediction import N_TRIALS
from experiments.evaluation.scores import DENOISING
from experiments.evaluation.sequencing import N_CELLS
from experiments.evaluation.sets import FEWER_SEEDS, N_NOISE_FEATURES
from experiments.evaluation.settings import described
from experiments.evaluation.steps import MOST_REPEATS
from experiments.evaluation.verdicts import WORDS, verdicts
from experiments.study.markdown import table as markdown
from experiments.study.pages import Page, Texts, joined, verbatim
from experiments.study.verdicts import Verdict, grounds
from integrated_diffusion.selection import CrossValidatedSteps
from integrated_diffusion.selection.refinement import LEAST_GAIN
from integrated_diffusion.selection.votes import LEAST_VOTE
from integrated_diffusion.views.reduction import MOST_COMPONENTS

TEXT = Path(__file__).parent / "text"
said = Texts(TEXT)
TABLES = ("scores", "steps", "pairs", "heat", "view_weights")
"""Tables that the page is made of."""


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    parts = [_introduction(found), _targets(verdicts(found))]
    parts += [said("sets"), printed.true_scores(found), said("ahead"), printed.ahead(found)]
    parts += [said("denoising"), printed.denoising_errors(found), said("denoising_ahead")]
    parts += [printed.ahead(found, DENOISING), said("prediction"), printed.prediction_errors(found)]
    parts += [said("order", most_rounds=MOST_REPEATS), printed.orders(found)]
    parts += [said("order_defaults"), printed.defaults_in_orders(found)]
    parts += [said("chosen"), printed.chosen(found)]
    parts += [said("view_weights"), printed.weights(found), said("view_weights_picture")]
    parts += [said("heat"), *(heat.told_of(str(name), table) for name, table in _sets(found["heat"]))]
    if len(found["pairs"]):  # the quick form has no cells
        parts += [said("pairs"), *(printed.gene_protein_pairs(found, str(name)) for name, _ in _sets(found["pairs"]))]
    parts += ["## The settings", verbatim(described())]
    return joined(parts)


def _sets(table: pd.DataFrame) -> list[tuple[object, pd.DataFrame]]:
    return list(table.groupby("set", sort=False))


def _introduction(found: Mapping[str, pd.DataFrame]) -> str:
    rule, scores = CrossValidatedSteps(), found["scores"]
    seeds = sorted(scores["seed"].unique())
    return said(
        "introduction",
        held_out=rule.held_out,
        n_splits=rule.n_splits,
        t_max=rule.t_max,
        least_vote=LEAST_VOTE,
        least_gain=LEAST_GAIN,
        first_seed=seeds[0],
        last_seed=seeds[-1],
        few=max(FEWER_SEEDS.values()),
        fewest=min(FEWER_SEEDS.values()),
        n_samples=int(scores["n_samples"].iloc[0]),
        n_noise=N_NOISE_FEATURES,
        n_cells=N_CELLS,
        n_halves=N_TRIALS,
        most_components=MOST_COMPONENTS,
        most_steps=MOST_STEPS,
    )


def _targets(judged: list[Verdict]) -> str:
    outcomes = markdown(["target", "outcome"], [[v.claim, v.outcome(WORDS)] for v in judged], numbers=False)
    return joined(["## The targets", said("targets"), outcomes, "What each rests on:", grounds(judged, WORDS)]).rstrip()


PAGE = Page("choosing", "make evaluation", described, TABLES, text, may_be_empty=TABLES)
