"""`docs/comparison.md`, written from the scores alone: the default beside every other method on every data set."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from experiments.evaluation import printed, scores
from experiments.evaluation.compared import MOST_STEPS
from experiments.evaluation.page import said
from experiments.evaluation.reading import known_sets
from experiments.evaluation.sequencing import N_CELLS
from experiments.evaluation.sets import FEWER_SEEDS, N_NOISE_FEATURES, UNKNOWN
from experiments.evaluation.settings import described
from experiments.evaluation.verdicts import WORDS, best_on_average, near_alone, near_baselines, pure_noise
from experiments.study.cells import Cell, Experiment, Scale
from experiments.study.markdown import table as markdown
from experiments.study.pages import Page, joined, verbatim
from experiments.study.verdicts import grounds
from integrated_diffusion.views.reduction import MOST_COMPONENTS


def text(found: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    table = found[scores.NAME]
    judged = [near_alone(found), near_baselines(found), best_on_average(found), pure_noise(found)]
    outcomes = markdown(["target", "outcome"], [[v.claim, v.outcome(WORDS)] for v in judged], numbers=False)
    seeds = sorted(table["seed"].unique())
    parts = [said("comparison", n_sets=len(known_sets(table))), outcomes, said("means"), printed.means(found)]
    parts += [said("trade_offs"), printed.trade_offs(found)]
    parts += ["## Data set by data set", printed.true_scores(found)]
    parts += ["Ahead of the default, by more than the standard error:", printed.ahead(found)]
    parts += [
        said(
            "comparison_measured",
            first_seed=seeds[0],
            last_seed=seeds[-1],
            few=3,
            fewest=min(FEWER_SEEDS.values()),
            n_samples=int(table["n_samples"].iloc[0]),
            n_noise=N_NOISE_FEATURES,
            n_cells=N_CELLS,
            most_components=MOST_COMPONENTS,
            most_steps=MOST_STEPS,
        )
    ]
    parts += ["## What each outcome rests on", grounds(judged, WORDS), "## The settings", verbatim(described())]
    return joined(parts)


def cells(scale: Scale) -> list[Cell]:
    """One cell for each set whose truth is known, and seed."""
    return [cell for cell in scores.cells(scale) if cell["set"] not in UNKNOWN]


EXPERIMENT = Experiment(scores.NAME, cells, scores.measure)

PAGE = Page("comparison", "make comparison", described, (scores.NAME,), text, may_be_empty=(scores.NAME,))
